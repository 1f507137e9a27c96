"""What open pages ask every few seconds: cheap when nothing happened, exact when something did, silent about what one may not see."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Role
from activity import clock
from activity.models import Activity
from notifications.notices import note, read_all
from tests.cast import Team, make_team, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


class Window:
    """Somebody's page, as its script asks."""

    def __init__(self, user):
        self.user, self.client, self.tag, self.asked = user, Client(), "", {}
        self.client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    def ask(self, **query):
        headers = {"If-None-Match": self.tag} if self.tag and query == self.asked else {}
        response = self.client.get("/live", {"who": self.user.pk, **query}, headers=headers)
        self.tag, self.asked = response.headers.get("ETag", self.tag), query
        return response

    def news(self, **query):
        response = self.ask(**query)
        assert response.status_code == 200
        return response.json()


@pytest.fixture
def _one_minute(monkeypatch):
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.mark.usefixtures("_one_minute")
def test_nothing_new_is_304_for_one_query_beyond_the_session(team, django_assert_num_queries):
    team.ask(team.version())
    window = Window(team.reviewer)
    assert window.news() == {"counts": {"waiting": "1", "unread": ""}}
    with django_assert_num_queries(3):
        assert window.ask().status_code == 304
    team.ask(team.version())
    assert window.news() == {"counts": {"waiting": "2", "unread": ""}}


@pytest.mark.usefixtures("_one_minute")
def test_what_others_do_elsewhere_changes_nothing(team):
    window = Window(team.stranger)
    window.news()
    team.ask(team.version())
    assert window.ask().status_code == 304


@pytest.mark.usefixtures("_one_minute")
def test_what_happens_to_a_hidden_model_changes_nothing_for_who_is_not_let_in(team):
    team.hide()
    window, insider = Window(team.reviewer), Window(team.engineer)
    window.news()
    insider.news()
    team.ask(team.version())
    assert (window.ask().status_code, insider.ask().status_code) == (304, 200)
    team.let_in(team.reviewer)
    assert window.news()["counts"]["waiting"] == "1"


def test_a_minute_later_it_is_looked_at_again_because_time_alone_changes_things(team, monkeypatch):
    window = Window(team.reviewer)
    window.news()
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert window.ask().status_code == 200


def test_who_is_signed_out_or_somebody_else_by_now_is_told_so(team):
    assert (Client().get("/live", {"who": team.reviewer.pk}).status_code) == 403
    window = Window(team.reviewer)
    assert window.ask(who=team.engineer.pk).json() == {"signed_in": False}


def test_who_was_let_go_or_changed_the_password_elsewhere_is_told_so(team):
    window, other = Window(team.reviewer), Window(team.engineer)
    window.news()
    team.let_go(team.reviewer)
    assert window.ask().status_code == 403
    other.news()
    team.engineer.set_password("another-long-password")
    team.engineer.save()
    assert other.ask(about="").status_code == 403


def test_a_request_says_what_happened_since_the_page_was_drawn(team):
    asked = team.ask(team.version(name="v7"))
    window = Window(team.engineer)
    about = {"about": f"request:{asked.pk}"}
    mark = window.client.get(f"/requests/{asked.pk}").context["live"]["mark"]
    assert window.news(**about, mark=mark) == {"counts": {"waiting": "", "unread": ""}, "mark": mark}
    team.approve(asked)
    news = window.news(**about, mark=mark)
    assert news["mark"] != mark
    assert news["said"] == [
        f"{team.reviewer.display_name} approved the move of churn v7: Unassigned → Staging",
        f"{team.reviewer.display_name} put the move of churn v7 into effect: Unassigned → Staging",
    ]


def test_a_policy_that_changed_moves_the_mark_without_words(team):
    asked = team.ask(team.version())
    window = Window(team.engineer)
    mark = window.client.get(f"/requests/{asked.pk}").context["live"]["mark"]
    team.policy("staging", approvals_required=2)
    news = window.news(about=f"request:{asked.pk}", mark=mark)
    assert (news["mark"] == mark, news["said"]) == (False, [])


@pytest.mark.parametrize("kind", ["request", "version", "model"])
def test_nobody_learns_anything_of_what_they_may_not_see(team, kind):
    asked = team.ask(team.version())
    pk = {"request": asked.pk, "version": asked.version_id, "model": team.model.pk}[kind]
    assert Window(team.stranger).news(about=f"{kind}:{pk}", mark="0.0") == {"counts": {"waiting": "", "unread": ""}}
    listed = Window(team.stranger).news(rows=f"model:{team.model.pk}", shown="", waits=str(asked.pk))
    assert (listed["others"], listed["settled"]) == ([], {})


@pytest.mark.parametrize("about", ["", "request", "request:", "request:x", "person:1", "request:" + "9" * 30, "model:²"])
def test_what_is_no_page_has_no_news(team, about):
    assert Window(team.reviewer).news(about=about, mark="x") == {"counts": {"waiting": "", "unread": ""}}


def test_a_list_tells_of_new_rows_and_of_rows_that_left_it(team):
    first, second, third = (team.ask(team.version()) for _ in range(3))
    window = Window(team.reviewer)
    query = {"rows": "turn", "shown": f"{first.pk},{second.pk}", "waits": f"{first.pk},{second.pk}"}
    news = window.news(**query)
    assert (news["others"], news["settled"]) == ([third.pk], {})
    team.reject(first, by=team.second_reviewer)
    team.policy("staging", approvals_required=2)
    team.approve(second)
    news = window.news(**query)
    assert {number: row["said"] for number, row in news["settled"].items()} == {
        str(first.pk): f"churn v1: Rejected by {team.second_reviewer.display_name}",
        str(second.pk): "churn v2: No longer waits for you",
    }


def test_a_list_keeps_to_the_filters_of_its_page(team):
    asked = team.ask(team.version(), "development")
    window = Window(team.reviewer)
    assert window.news(rows="turn", shown="", waits="", to_stage="development")["others"] == [asked.pk]
    assert window.news(rows="turn", shown="", waits="", to_stage="staging")["others"] == []
    assert "others" not in window.news(rows="decided", shown="", waits="")


@pytest.mark.parametrize("count", [1, 3])
def test_the_news_of_a_list_take_the_same_queries_whatever_happened(team, count, django_assert_num_queries):
    asked = [team.ask(team.version()) for _ in range(count)]
    for each in asked:
        team.reject(each)
    numbers = ",".join(str(each.pk) for each in asked)
    window = Window(team.second_reviewer)
    with django_assert_num_queries(13):
        window.news(rows="turn", shown=numbers, waits=numbers)


def test_a_new_member_hears_of_the_workspace(team):
    newcomer = person("nell")
    window = Window(newcomer)
    team.ask(team.version())
    assert window.news()["counts"] == {"waiting": "", "unread": ""}
    team.role(newcomer, Role.EDITOR)
    assert window.news()["counts"] == {"waiting": "1", "unread": ""}


@pytest.mark.usefixtures("_one_minute")
def test_a_notice_and_its_reading_show_in_the_count(team):
    change_request = team.ask(team.version())
    note(Activity.objects.get(request_id=change_request.pk))
    window = Window(team.reviewer)
    assert window.news()["counts"] == {"waiting": "1", "unread": "1"}
    read_all(team.reviewer)
    assert window.news()["counts"] == {"waiting": "1", "unread": ""}


def test_pages_say_how_often_to_ask_and_can_be_told_never_to(team, settings):
    client = Window(team.reviewer).client
    settings.LIVE_SECONDS = 2.0
    assert f'data-live="2.0" data-live-who="{team.reviewer.pk}"' in client.get("/approvals").content.decode()
    settings.LIVE_SECONDS = 0
    assert "data-live-who" not in client.get("/approvals").content.decode()

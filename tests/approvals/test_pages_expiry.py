"""How long a request waits, and that its time is over: said also before the sweep came by."""

from datetime import timedelta

import pytest

from activity import clock
from approvals.models import StageChangeRequest
from tests.cast import make_team
from tests.log import activities, no_activity
from tests.pages import browser, look, send

pytestmark = pytest.mark.django_db
OVER = "nobody decided in time"


@pytest.fixture
def team():
    team = make_team()
    team.policy("staging", 1, expires_after_days=3)
    return team


def late(change_request):
    """Let the time of a request be over."""
    StageChangeRequest.objects.filter(pk=change_request.pk).update(expires_at=clock.now() - timedelta(hours=2))
    return change_request


def test_a_request_says_when_it_expires_with_the_exact_moment(team):
    change_request = team.ask(team.version())
    exact = f"({change_request.expires_at:%-d %b %Y, %H:%M:%S} UTC)"
    for address in (f"/requests/{change_request.pk}", "/w/default/models/churn/versions/1", "/approvals"):
        assert f"expires in 3 days {exact}" in look(browser(team.reviewer), address).words


def test_a_request_without_an_end_says_nothing_of_it(team):
    team.policy("staging", 1, expires_after_days=None)
    assert "xpires" not in look(browser(team.reviewer), f"/requests/{team.ask(team.version()).pk}").words


def test_one_whose_time_is_over_says_so_and_how_to_ask_again(team):
    change_request = late(team.ask(team.version(), comment="Lift holds."))
    page = look(browser(team.engineer), f"/requests/{change_request.pk}")
    assert f"Expired 2 hours ago ({StageChangeRequest.objects.get().expires_at:%-d %b %Y}" in page.words
    assert OVER in page.words
    assert "To ask again, make a new request." in page.words
    assert [text for text in page.links if text in ("Approve", "Reject", "Revoke")] == []
    again = look(browser(team.engineer), page.links["Ask again"])
    assert again.values["comment"] == "Lift holds."
    with activities("stage_change.expired", "stage_change.requested"):
        send(browser(team.engineer), page.links["Ask again"].partition("?")[0], again.values | {"to_stage": "staging"})


def test_one_whose_time_is_over_is_nobodys_turn_and_told_to_who_asked(team):
    late(team.ask(team.version()))
    assert "Nothing is waiting for you" in look(browser(team.reviewer), "/approvals").words
    (row,) = look(browser(team.engineer), "/approvals?tab=asked").rows[1:]
    assert OVER in row[3]


def test_its_version_offers_to_ask_again(team):
    late(team.ask(team.version()))
    page = look(browser(team.engineer), "/w/default/models/churn/versions/1")
    assert "Change stage" in page.links


def test_a_decision_on_it_is_refused_and_what_was_typed_is_kept(team):
    change_request = late(team.ask(team.version()))
    with no_activity():
        page = send(browser(team.reviewer), f"/requests/{change_request.pk}/approve", {"comment": "Fine by me."}, 409)
    assert "This request expired on" in page.words
    assert "Fine by me." in page.words


def test_the_bulk_summary_leaves_it_out_with_the_reason(team):
    change_request = late(team.ask(team.version()))
    page = look(browser(team.reviewer), f"/approvals/selected?action=approve&requests={change_request.pk}")
    assert "This request expired on" in page.rows[1][2]

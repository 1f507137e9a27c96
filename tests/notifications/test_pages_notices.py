"""The pages of notices and of choices, as a person uses them."""

from typing import Any

import pytest
from django.core import mail

from accounts.models import Role
from activity.unit import unit_of_work
from approvals.services import add_comment
from notifications.models import Mute, Notice, Preference
from notifications.outbox import drain
from notifications.reasons import REASONS
from registry.models import Proposal
from tests.cast import Team, caller, make_team
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def waiting(team: Team, count: int = 1) -> list[Any]:
    made = [team.ask(team.version()) for _ in range(count)]
    drain()
    return made


def test_a_row_says_what_happened_and_why_one_hears(team):
    waiting(team)
    page = look(browser(team.reviewer), "/notices")
    assert "⚠skips Development Pending unread Engineer asked to move churn v1: Unassigned → Staging" in page.words
    assert "because your approval would count" in page.words


def test_rows_about_one_request_are_put_together(team):
    (change_request,) = waiting(team)
    for words in ("First.", "Second."):
        with unit_of_work():
            add_comment(
                version_id=change_request.version_id, change_request_id=change_request.pk, body=words, by=caller(team.reviewer)
            )
    drain()
    words = look(browser(team.engineer), "/notices").words
    assert "Second. " in words
    assert "First." not in words
    assert "1 earlier, 2 unread in all" in words


def test_who_has_nothing_to_read_is_told_so(team):
    client = browser(team.viewer)
    assert "You have read everything" in look(client, "/notices").words
    assert "Nobody told you anything yet" in look(client, "/notices?show=all").words


def test_the_count_stands_in_the_navigation_until_it_is_read(team):
    waiting(team, 2)
    client = browser(team.reviewer)
    assert client.get("/models").context["unread_count"] == 2
    send(client, "/notices/read", {})
    answer = client.get("/models")
    assert answer.context["unread_count"] == 0
    assert 'data-live-count="unread" hidden' in answer.content.decode()


def test_opening_the_request_reads_what_was_told_of_it(team):
    first, _ = waiting(team, 2)
    client = browser(team.reviewer)
    client.head(f"/requests/{first.pk}")
    assert Notice.objects.visible_to(team.reviewer).unread().count() == 2
    answer = client.get(f"/requests/{first.pk}")
    assert answer.context["unread_count"] == 1


def test_a_notice_leads_to_what_it_is_about_and_is_read_by_that(team):
    (change_request,) = waiting(team)
    client = browser(team.reviewer)
    notice = Notice.objects.visible_to(team.reviewer).get()
    assert client.get(f"/notices/{notice.pk}")["Location"] == f"/requests/{change_request.pk}"
    assert Notice.objects.visible_to(team.reviewer).unread().count() == 0


def _proposal(team: Team) -> str:
    team.role(team.reviewer, Role.ADMIN)
    team.policy("staging", 0)
    assert Proposal.objects.exists()
    return "/w/default/settings"


def _away(team: Team) -> str:
    team.away(team.engineer, team.reviewer)
    return "/settings/away"


def _said_of_a_version(team: Team) -> str:
    version = team.version()
    for who in (team.reviewer, team.engineer):
        with unit_of_work():
            add_comment(version_id=version.pk, body="x", by=caller(who))
    return "/w/default/models/churn/versions/1"


@pytest.mark.parametrize("make", [_proposal, _away, _said_of_a_version])
def test_a_notice_about_anything_else_leads_there_too(team, make):
    address = make(team)
    drain()
    client = browser(team.reviewer)
    notice = Notice.objects.visible_to(team.reviewer).latest("pk")
    assert client.get(f"/notices/{notice.pk}")["Location"] == address
    assert client.get(address).status_code == 200


def test_one_row_is_marked_as_read_and_one_stays_where_one_was(team):
    waiting(team, 2)
    client = browser(team.reviewer)
    first = Notice.objects.visible_to(team.reviewer).earliest("pk")
    assert send(client, f"/notices/{first.pk}/read", {"back": "/notices?show=all"}) == "/notices?show=all"
    assert send(client, f"/notices/{first.pk}/read", {"back": "https://elsewhere.example"}) == "/notices"
    assert Notice.objects.visible_to(team.reviewer).unread().count() == 1


def test_somebody_elses_notice_is_not_there(team):
    waiting(team)
    theirs = Notice.objects.filter(person=team.admin).get()
    client = browser(team.reviewer)
    look(client, f"/notices/{theirs.pk}", status=404)
    assert client.post(f"/notices/{theirs.pk}/read").status_code == 404


@pytest.mark.parametrize("address", ["/notices", "/settings/notifications", "/notices/1"])
def test_nobody_reads_them_without_signing_in(team, address):
    assert browser().get(address).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_one_row_and_three(team, django_assert_num_queries, count):
    waiting(team, count)
    client = browser(team.reviewer)
    client.get("/notices")
    with django_assert_num_queries(12):
        assert len(client.get("/notices").context["rows"]) == count


def test_a_long_list_has_pages(team):
    waiting(team, 27)
    client = browser(team.reviewer)
    first = client.get("/notices").context["page"]
    assert (len(first.rows), bool(first.next)) == (25, True)
    assert len(client.get(first.next).context["rows"]) == 2


def choices(**changes: Any) -> dict[str, Any]:
    """What the form sends as it stands, with changes."""
    sent = {f"app_{code}": "on" for code in REASONS} | {f"mail_{code}": str(reason.mail) for code, reason in REASONS.items()}
    return sent | {"digest": "on", "digest_at": "08:00", "time_zone": "UTC"} | changes


def test_choices_are_saved_and_shown_again(team):
    client = browser(team.reviewer)
    sent = choices(mail_comment="now", time_zone="Asia/Tokyo", digest_at="07:30")
    del sent["app_ended"]
    assert send(client, "/settings/notifications", sent) == "/settings/notifications"
    assert flashes(client, "/settings/notifications") == ["Your choices are saved."]
    values = look(client, "/settings/notifications").values
    assert (values["time_zone"], values["digest_at"], "app_ended" in values, "app_decide" in values) == (
        "Asia/Tokyo",
        "07:30",
        False,
        True,
    )
    kept = Preference.objects.get()
    assert kept.choices == {"comment": {"app": True, "mail": "now"}, "ended": {"app": False, "mail": "now"}}


def test_a_wrong_zone_is_told_at_its_field_and_nothing_is_saved(team):
    page = send(browser(team.reviewer), "/settings/notifications", choices(time_zone="Mars"), status=400)
    assert "There is no time zone “Mars”, so nothing was saved." in page.words
    assert not Preference.objects.exists()


def test_a_kind_of_mail_that_there_is_not_is_refused(team):
    page = send(browser(team.reviewer), "/settings/notifications", choices(mail_decide="pigeon"), status=400)
    assert "pigeon" in page.words


def test_who_has_no_address_or_a_refused_one_is_told(team):
    client = browser(team.reviewer)
    Preference.objects.create(
        person=team.reviewer,
        refused_address=team.reviewer.email,
        refused_reason="550 no such user",
        refused_at=team.workspace.created_at,
    )
    assert "the mail server said: 550 no such user" in look(client, "/settings/notifications").words
    team.reviewer.email = "new@example.org"
    team.reviewer.save()
    assert "550" not in look(client, "/settings/notifications").words
    team.reviewer.email = ""
    team.reviewer.save()
    assert "You get no mail" in look(client, "/settings/notifications").words


def test_a_request_is_muted_on_its_page_and_heard_of_again_from_the_settings(team):
    (change_request,) = waiting(team)
    mail.outbox.clear()
    client = browser(team.engineer)
    address = f"/requests/{change_request.pk}"
    assert send(client, f"{address}/mute", {}) == address
    assert Mute.objects.filter(person=team.engineer).exists()
    assert "Hear of it again" in look(client, address).words
    assert f"churn v1, request {change_request.pk}" in look(client, "/settings/notifications").words
    assert send(client, f"{address}/mute", {"unmute": "1", "settings": "1"}) == "/settings/notifications"
    assert not Mute.objects.exists()


def test_a_stranger_cannot_mute(team):
    (change_request,) = waiting(team)
    assert browser(team.stranger).post(f"/requests/{change_request.pk}/mute").status_code == 404


def test_what_is_hidden_from_somebody_is_not_named_among_what_they_muted(team):
    change_request, client = team.ask(team.version()), browser(team.reviewer)
    client.post(f"/requests/{change_request.pk}/mute")
    assert "churn" in look(client, "/settings/notifications").words
    team.hide()
    assert "churn" not in look(client, "/settings/notifications").words

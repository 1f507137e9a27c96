"""How mails look: headers that thread them and end them, words that nobody can break out of, and the link that ends them."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail.message import EmailMultiAlternatives
from django.test import Client

from activity.errors import Invalid
from activity.unit import unit_of_work
from approvals.services import add_comment
from notifications.choices import unsubscribe_token
from notifications.models import Notice, Preference
from notifications.outbox import drain
from registry.services import register_model
from tests.cast import Team, caller, make_team
from tests.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = make_team()
    drain()
    mail.outbox.clear()
    return made


def to(person: Any) -> list[EmailMultiAlternatives]:
    """The mails that somebody got, since the last time this was asked."""
    drain()
    got = [message for message in mail.outbox if message.to == [person.email]]
    mail.outbox.clear()
    return got  # type: ignore[return-value]


def html(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


def test_a_mail_is_text_and_html_with_the_same_words_and_a_link_straight_to_the_request(team):
    change_request = team.ask(team.version(), "production", comment="The best yet.")
    (message,) = to(team.reviewer)
    assert message.subject == f"churn v1: Unassigned → Production (request {change_request.pk})"
    for body in (message.body, html(message)):
        for words in (
            "Engineer asked to move churn v1: Unassigned → Production.", "The best yet.", "your approval would count",
            f"http://testserver/requests/{change_request.pk}", "http://testserver/settings/notifications", "Development, Staging",
        ):  # fmt: skip
            assert words in body
    assert message.alternatives[0][1] == "text/html"
    assert 'class="preview">Engineer asked to move churn v1' in html(message)
    assert "style=" not in html(message)


def test_mails_about_one_request_form_a_thread_whichever_comes_first(team):
    change_request = team.ask(team.version())
    (asked,) = to(team.reviewer)
    with unit_of_work():
        add_comment(
            version_id=change_request.version_id, change_request_id=change_request.pk, body="So?", by=caller(team.reviewer)
        )
    team.reject(change_request)
    (ended,) = to(team.engineer)
    thread = f"<request-{change_request.pk}@testserver>"
    assert {message.extra_headers[name] for message in (asked, ended) for name in ("References", "In-Reply-To")} == {thread}
    assert asked.subject == ended.subject
    assert asked.extra_headers["Message-ID"] != ended.extra_headers["Message-ID"]
    assert asked.extra_headers["Auto-Submitted"] == "auto-generated"


def test_names_and_comments_cannot_break_out_of_the_html(team):
    team.engineer.name = '<script>alert("x")</script>'
    team.engineer.save()
    team.ask(team.version(name="v1 <b>"), comment='</p><img src=x onerror="y">')
    (message,) = to(team.reviewer)
    assert "<script>" not in html(message)
    assert "<img" not in html(message)
    assert "v1 &lt;b&gt;" in html(message)
    assert '<script>alert("x")</script> asked to move churn v1 <b>' in message.body


def test_a_name_with_a_line_break_is_refused_and_would_not_reach_a_header(team):
    with pytest.raises(Invalid), unit_of_work():
        register_model(workspace_id=team.workspace.pk, name="churn\nBcc: x@example.org", by=caller(team.engineer))
    team.model.name = "churn\r\nBcc: x@example.org"  # as if somebody had written into the database
    team.model.save()
    team.ask(team.version())
    (message,) = to(team.reviewer)
    assert message.subject.startswith("churn Bcc: x@example.org v1: Unassigned")
    assert message.message()["Bcc"] is None


def test_one_click_ends_mails_only_where_the_address_is_https(team, settings):
    team.ask(team.version())
    (plain,) = to(team.reviewer)
    assert "List-Unsubscribe-Post" not in plain.extra_headers
    settings.PUBLIC_URL = "https://stageward.example.org"
    team.ask(team.version())
    (message,) = to(team.reviewer)
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = f"<https://stageward.example.org/unsubscribe/{unsubscribe_token(team.reviewer, 'decide')}>"
    assert message.extra_headers["List-Unsubscribe"] == link


@pytest.fixture
def link(team: Team) -> str:
    """The link of a mail that asked for a decision."""
    team.ask(team.version())
    (message,) = to(team.reviewer)
    found = re.search(r"http://testserver(/unsubscribe/\S+)", str(message.body))
    assert found
    return found[1]


def test_looking_at_the_link_changes_nothing_and_asks(team, link):
    answer = Client().get(link)
    assert "Reviewer will no longer get mails of the kind “Your decision is asked for”." in Page(answer).words
    assert not Preference.objects.exists()


def test_a_mail_program_ends_mails_by_one_post_without_signing_in(team, link):
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = strict.post(link, {"List-Unsubscribe": "One-Click"})
        assert "no longer gets mails of the kind" in Page(answer).words
    team.ask(team.version())
    assert to(team.reviewer) == []
    assert Notice.objects.filter(person=team.reviewer, shown=True).count() == 2  # it still stands on the page
    assert "/unsubscribe" not in Client().get("/").content.decode()


@pytest.mark.parametrize("change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "1" + t, lambda t: "rubbish"])
def test_a_link_that_is_not_whole_ends_nothing(team, link, change):
    path, _, token = link.rpartition("/")
    for answer in (Client().get(f"{path}/{change(token)}"), Client().post(f"{path}/{change(token)}")):
        assert answer.status_code == 404
    assert not Preference.objects.exists()

"""Two people look at one thing: what one does shows in the other's window by itself, and takes nothing from their hands."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from tests.browser.test_inbox import no_violations

pytestmark = pytest.mark.browser
WITHIN = 3_000  # milliseconds, from the change to its being shown


@pytest.fixture(autouse=True)
def _asking(settings):
    settings.LIVE_SECONDS = 1


def seen_by(page: Page, change: Any, shown: Any) -> None:
    """Something is done, and shows within three seconds without a reload."""
    page.evaluate("window.untouched = true")
    change()
    shown(WITHIN)
    assert page.evaluate("window.untouched")


def test_an_approval_shows_on_the_request_the_version_and_in_the_count_of_others(visit, team):
    asked = team.ask(team.version(name="v7"))
    request, version = visit(team.engineer), visit(team.viewer)
    request.goto(f"/requests/{asked.pk}")
    version.goto("/w/default/models/churn/versions/1")
    other = visit(team.second_reviewer)
    other.goto("/models")
    count = other.locator("[data-live-count=waiting]")
    expect(count).to_contain_text("1")
    seen_by(
        request,
        lambda: team.approve(asked),
        lambda wait: expect(request.locator("article.request .status")).to_have_text("Applied", timeout=wait),
    )
    expect(version.locator(".standing .stage")).to_have_text(re.compile("Staging"), timeout=WITHIN)
    expect(count).to_be_hidden(timeout=WITHIN)
    expect(request.get_by_role("status").filter(has_text="Updated just now")).to_contain_text(
        "Reviewer approved the move of churn v7"
    )
    no_violations(request)


def test_what_is_being_typed_and_the_focus_stay(visit, team):
    asked = team.ask(team.version())
    page = visit(team.engineer)
    page.goto(f"/requests/{asked.pk}")
    comment = page.locator("#discussion textarea")
    comment.fill("Half a tho")
    seen_by(
        page,
        lambda: team.reject(asked, comment="Recall fell."),
        lambda wait: expect(page.locator("article.request .status")).to_have_text("Rejected", timeout=wait),
    )
    page.keyboard.type("ught")
    expect(comment).to_have_value("Half a thought")
    expect(comment).to_be_focused()
    comment.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#discussion li")).to_contain_text("Half a thought")


def test_what_has_the_focus_is_not_taken_away_a_bar_offers_the_page_anew(visit, team):
    asked = team.ask(team.version())
    page = visit(team.reviewer)
    page.goto(f"/requests/{asked.pk}")
    button = page.get_by_role("link", name="Approve", exact=True)
    button.focus()
    seen_by(
        page,
        lambda: team.revoke(asked),
        lambda wait: expect(page.locator("#live")).to_contain_text("This request changed: Engineer took back", timeout=wait),
    )
    expect(button).to_be_focused()
    no_violations(page)
    page.get_by_role("button", name="Load it anew").click()
    expect(page.locator("article.request .status")).to_have_text("Revoked")


def test_an_open_dialog_keeps_what_was_typed_and_says_what_happened(visit, team):
    asked = team.ask(team.version())
    page = visit(team.reviewer)
    page.goto(f"/requests/{asked.pk}")
    page.keyboard.press("r")
    comment = page.locator("dialog textarea")
    comment.fill("Not measured")
    seen_by(
        page,
        lambda: team.reject(asked, by=team.second_reviewer),
        lambda wait: expect(page.locator("dialog .live")).to_contain_text("rejected", timeout=wait),
    )
    expect(comment).to_have_value("Not measured")
    expect(comment).to_be_focused()
    no_violations(page)
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Not measured")


def test_in_the_inbox_rows_stay_where_they_are_and_new_ones_wait_to_be_shown(visit, team):
    first, second = team.ask(team.version()), team.ask(team.version())
    page = visit(team.reviewer)
    page.goto("/approvals")
    page.get_by_role("checkbox", name="Select churn v1").check()
    page.get_by_role("checkbox", name="Select churn v2").check()
    row = page.locator(f"[data-request='{second.pk}']")
    before = row.bounding_box()

    def happens() -> None:
        team.reject(first, by=team.second_reviewer)
        team.ask(team.version())
        team.ask(team.version())

    seen_by(page, happens, lambda wait: expect(page.locator("#live")).to_contain_text("2 new requests", timeout=wait))
    assert row.bounding_box() == before
    expect(page.locator("[data-request]")).to_have_count(2)
    expect(page.locator(f"[data-request='{first.pk}'].settled")).to_contain_text("Rejected by Second Reviewer")
    expect(page.locator("[data-picked]")).to_have_text("1 of 2 selected")
    no_violations(page, sizes=False)
    page.get_by_role("button", name="Show them").click()
    expect(page.locator("[data-request]")).to_have_count(3)
    expect(page.get_by_role("checkbox", name="Select churn v2")).to_be_checked()
    expect(page.locator(f"[data-request='{second.pk + 1}'] [data-open]")).to_be_focused()


def asking(page: Page) -> list[str]:
    """The questions that a page asks from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else None)
    return asked


def test_a_hidden_tab_does_not_ask_and_one_that_is_shown_asks_at_once(visit, team, settings):
    settings.LIVE_SECONDS = 0.2
    page = visit(team.reviewer)
    page.goto("/models")
    page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.away })")
    page.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(400)
    asked = asking(page)
    page.wait_for_timeout(900)
    assert asked == []
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(700)
    assert len(asked) >= 2


def test_when_nobody_is_signed_in_any_more_it_says_so_and_asks_no_more(visit, team, settings):
    settings.LIVE_SECONDS = 0.3
    page = visit(team.reviewer)
    page.goto("/models")
    Session.objects.all().delete()
    expect(page.locator("#live")).to_contain_text("You are signed out here")
    asked = asking(page)
    page.wait_for_timeout(900)
    assert asked == []
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=%2Fmodels"))


def test_after_errors_the_pauses_grow(visit, team, settings):
    settings.LIVE_SECONDS = 0.2
    page = visit(team.reviewer)
    page.route("**/live?*", lambda route: route.abort())
    page.goto("/models")
    asked = asking(page)
    page.wait_for_timeout(2_600)
    assert 2 <= len(asked) <= 5  # not 12

"""Every page: whole, accessible in light and dark, usable at 390 pixels, and quiet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.tokens import default_token_generator
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from accounts.caller import Caller
from accounts.models import ApiToken, Invitation, Membership, Role, User, Workspace
from accounts.services import invite
from activity import clock
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import Comment, StageChangeRequest
from approvals.services import set_policy
from config.demo.load import load
from imports.models import Import, ReportLine
from notifications.choices import unsubscribe_token
from notifications.deliveries import note
from notifications.matching import fan_out
from notifications.models import Delivery, Notice
from notifications.sending import Outcome
from notifications.services import create_webhook, rotate_webhook_secret
from registry.models import Stage
from tests.browser.addresses import FURTHER, NO_PAGE, OPENED, SAMPLES, SEEN_BY, pages
from tests.browser.conftest import opened, session_cookie
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
RULES = {
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "selectors": False,
    "preload": False,
    "iframes": False,
}  # the last three save a fifth of its time: nothing is named by selector, nothing lies in frames


@dataclass
class Site:
    """The demo behind a web server, and a window for each person who looks at it."""

    url: str
    browser: Browser
    cookies: dict[str, Any]
    samples: dict[str, Any]
    windows: dict[str, tuple[Page, Watch]] = field(default_factory=dict)

    def window(self, who: str) -> tuple[Page, Watch]:
        """That person's window, opened once."""
        if who not in self.windows:
            cookie = self.cookies.get(who)
            self.windows[who] = opened(self.browser, self.url, cookie, viewport=DESK)
        return self.windows[who]

    def address(self, name: str, asks_for: tuple[str, ...]) -> str:
        """The address of a page, with samples for what it asks for."""
        return reverse(name, kwargs={argument: self._sample(name, argument) for argument in asks_for})

    def _sample(self, name: str, argument: str) -> Any:
        return self.samples.get(f"{name} {argument}") or self.samples.get(f"{name.split('-')[0]} {argument}") or SAMPLES[argument]


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database, kept for the whole module instead of one test, and empty again afterwards."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def site(db: None, browser: Browser) -> Iterator[Site]:
    """The demo behind a web server of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.PUBLIC_URL", "http://127.0.0.1:8000")
        patch.setattr("django.conf.settings.ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
        load()
        server = LiveServer("localhost")
        cookies = {user.username: session_cookie(user, server.url) for user in User.objects.all()}
        yield Site(server.url, browser, cookies, samples())
        server.stop()


def samples() -> dict[str, Any]:
    """What pages about one row are given, by the beginning of their name and what they ask for."""
    engineer, admin = User.objects.get(username="engineer"), User.objects.get(username="admin")
    with unit_of_work():
        invitation, secret = invite(
            workspace_id=Membership.objects.filter(user=admin).first().workspace_id,  # type: ignore[union-attr]
            email="newcomer@demo.example",
            role=Role.EDITOR,
            by=Caller(admin, "page"),
        )
    waiting = StageChangeRequest.objects.pending().order_by("id")
    scientist, stage = User.objects.get(username="scientist"), Stage.objects.get(workspace__slug="research", key="staging")
    with unit_of_work():
        outcome = set_policy(stage_id=stage.pk, changes={"approvals_required": 0}, by=Caller(scientist, "page"))
    return {
        **webhook_samples(admin),
        "notice pk": Notice.objects.filter(person=admin, shown=True).first().pk,  # type: ignore[union-attr]
        "unsubscribe token": unsubscribe_token(admin, "decide"),
        "proposal pk": outcome.proposal.pk,  # type: ignore[union-attr]
        "delegation pk": 1,
        "import pk": an_import(admin),
        "group key": "risk",
        "group user_id": engineer.pk,
        "comment pk": Comment.objects.filter(author=admin).first().pk,  # type: ignore[union-attr]
        "request pk": waiting.exclude(version__lock_level="redact").first().pk,  # type: ignore[union-attr]
        "request-withdraw pk": waiting.get(version__model__name="Wide_ResNet101_2").pk,
        "token pk": ApiToken.objects.get().pk,
        "invitation secret": secret,
        "invitation pk": Invitation.objects.get(pk=invitation.pk).pk,
        "person pk": engineer.pk,
        "member user_id": engineer.pk,
        "activity-line pk": Activity.objects.latest("pk").pk,
        "account_reset_password_from_key uidb36": f"{engineer.pk:x}",
        "account_reset_password_from_key key": default_token_generator.make_token(engineer),
        "account_confirm_email key": "none",
    }


def webhook_samples(admin: User) -> dict[str, Any]:
    """A webhook that was switched off, with two secrets, and a message of it that was given up."""
    workspace, by = Workspace.objects.get(slug="default"), Caller(admin, "page")
    with unit_of_work():
        webhook, _ = create_webhook(workspace_id=workspace.pk, url="https://example.com/hook", by=by)
        rotate_webhook_secret(webhook_id=webhook.pk, by=by)
    fan_out(Activity.objects.latest("pk"))
    message = Delivery.objects.latest("pk")
    note(message, Outcome(410, "Not here any more.", "", 12))
    return {"webhook pk": webhook.pk, "webhook delivery": message.pk}


def an_import(admin: User) -> int:
    """An import that stopped, with a report."""
    run = Import.objects.create(
        workspace=Workspace.objects.get(slug="default"),
        kind="gto",
        source="https://git.example.org/team/models.git",
        status="failed",
        error="The repository could not be read.",
        total=4,
        done=2,
        counts={"models": 1, "versions": 2},
        started_by=admin,
        created_at=clock.now(),
    )
    ReportLine.objects.create(of=run, level="skipped", about="churn@created", text="“@created” is no event.")
    return run.pk


STILL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets.push(sheet);
}"""  # or axe would see colours on their way from light to dark


def violations(page: Page) -> list[str]:
    """What axe finds, each with where and why."""
    found = page.evaluate("rules => axe.run(rules)", RULES)["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()[:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def faults_of(page: Page) -> list[str]:
    """All that is wrong with the page that a window shows: in light at a desk, in dark on a phone."""
    page.evaluate(STILL)
    page.evaluate(AXE_SCRIPT)
    found = [f"light {each}" for each in violations(page)]
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    found += [f"dark {each}" for each in violations(page)]
    if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
        found.append(f"{width} px wide on a phone")
    if (count := page.get_by_role("heading", level=1).count()) != 1:
        found.append(f"{count} main headings")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    return found


@pytest.mark.parametrize(("name", "asks_for"), [pytest.param(*page, id=page[0]) for page in sorted(set(pages()))])
def test_a_page_is_whole_accessible_and_quiet(site, name, asks_for):
    page, watch = site.window(SEEN_BY.get(name, "admin"))
    address = site.address(name, asks_for)
    if name in NO_PAGE:
        assert page.request.get(address, max_redirects=0).status == NO_PAGE[name]
        return
    answer = page.goto(address)
    assert answer
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.url == site.url + address  # or it sent us on, and the page was not looked at
    assert "\n".join(faults_of(page) + watch.taken()) == ""


@pytest.mark.parametrize(("who", "address"), FURTHER.values(), ids=FURTHER)
def test_a_page_in_another_state_is_so_too(site, who, address):
    page, watch = site.window(who)
    page.goto(address)
    assert "\n".join(faults_of(page) + watch.taken()) == ""


@pytest.mark.parametrize(("who", "address", "clicks"), OPENED.values(), ids=OPENED)
def test_what_opens_on_a_page_is_so_too(site, who, address, clicks):
    page, watch = site.window(who)
    page.goto(address)
    for selector in clicks:
        page.locator(selector).first.click()
    assert "\n".join(faults_of(page) + watch.taken()) == ""


def test_the_open_tab_of_many_is_in_sight_on_a_phone(site):
    page, _ = site.window("admin")
    page.set_viewport_size(PHONE)
    try:
        page.goto("/w/default/git")
        expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)
    finally:
        page.set_viewport_size(DESK)


def test_what_is_said_of_addresses_is_said_of_addresses_that_exist():
    assert (set(NO_PAGE) | set(SEEN_BY)) - {name for name, _ in pages()} == set()

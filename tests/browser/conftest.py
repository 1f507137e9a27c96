"""People in a browser: one window each, watched for what a page must never do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tests.browser.watch import Watch
from tests.cast import Team, make_team

TIMEOUT = 15_000  # milliseconds that something may take to show, on a busy machine too
expect.set_options(timeout=TIMEOUT)

Visit = Callable[..., Page]


def session_cookie(user: User, origin: str) -> SetCookieParam:
    """Sign somebody in without the form; return what their browser holds then."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": origin}


def opened(browser: Browser, origin: str, cookie: SetCookieParam | None, **options: Any) -> tuple[Page, Watch]:
    """Open a window of its own, signed in by the cookie, and watch it."""
    context = browser.new_context(base_url=origin, **options)
    context.set_default_timeout(TIMEOUT)
    watch = Watch(context, origin)
    if cookie:
        context.add_cookies([cookie])
    return context.new_page(), watch


@pytest.fixture
def team(live_server: Any) -> Team:
    """A small team with one model, in the database that the live server shows."""
    return make_team()


@pytest.fixture
def visit(live_server: Any, browser: Browser) -> Iterator[Visit]:
    """`visit(user)`: that person's window (nobody's: signed out); options go to Playwright's context.

    At the end the test fails when a window wrote an error to its console, asked another origin for anything, or was answered with a
    server error.
    """
    windows: list[tuple[Page, Watch]] = []

    def open_window(user: User | None = None, **options: Any) -> Page:
        cookie = session_cookie(user, live_server.url) if user else None
        windows.append(opened(browser, live_server.url, cookie, **options))
        return windows[-1][0]

    yield open_window
    faults = [fault for _, watch in windows for fault in watch.faults]
    for page, _ in windows:
        page.context.close()
    assert faults == []

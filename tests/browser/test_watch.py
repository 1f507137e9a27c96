"""The checks of the browser tests, tried on pages that are wrong on purpose."""

import pytest

from tests.browser.conftest import opened
from tests.browser.test_pages import faults_of

pytestmark = pytest.mark.browser

WRONG = """() => {
    const main = document.querySelector("main");
    main.insertAdjacentHTML("beforeend", "<h1>Another</h1><button class='grey'></button><hr id='wide'>");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("#wide { width: 600px } button.grey { all: unset; width: 4px; height: 4px } p { color: #777 !important }");
    document.adoptedStyleSheets.push(sheet);
}"""


@pytest.fixture
def window(live_server, browser):
    page, watch = opened(browser, live_server.url, None)
    yield page, watch
    page.context.close()


def test_an_error_in_the_console_an_exception_and_another_origin_are_faults(window):
    page, watch = window
    page.goto("/accounts/login/")
    assert watch.taken() == []
    page.evaluate("console.error('broken')")
    page.evaluate("setTimeout(() => { throw new Error('uncaught') })")
    page.evaluate("new Image().src = 'http://stageward.example/pixel.png'")
    page.evaluate("fetch('/nothing-is-here')")
    page.wait_for_timeout(300)
    found = " | ".join(watch.taken())
    assert "console: broken" in found
    assert "uncaught: uncaught" in found
    assert "violates the following Content Security Policy directive" in found
    assert "answer 404: " in found


def test_a_page_without_names_too_wide_and_too_pale_is_found(window):
    page, _ = window
    page.goto("/accounts/login/")
    assert faults_of(page) == []
    page.evaluate(WRONG)
    found = " | ".join(faults_of(page))
    for fault in (
        "light button-name",
        "light color-contrast",
        "dark button-name",
        "dark color-contrast",
        "2 main headings",
        "px wide",
    ):
        assert fault in found

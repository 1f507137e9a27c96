"""The tutorial's steps on the pages, taken in a browser: every label in bold there is clicked here, in that order."""

import re

import pytest
from playwright.sync_api import Page, expect

from registry.models import ModelVersion
from tests.browser.conftest import team, visit  # noqa: F401 - fixtures
from tests.cast import PASSWORD
from tests.docs.blocks import ROOT

pytestmark = pytest.mark.browser

SECTION = (ROOT / "docs" / "first-hour.md").read_text().split("## On the pages")[1].split("## With curl")[0]
LABELS = re.findall(r"\*\*([^*]+)\*\*", SECTION)


class Walk:
    """One person's walk; remembers which labels were clicked."""

    def __init__(self, page: Page, clicked: list[str]) -> None:
        self.page, self.clicked = page, clicked

    def click(self, label: str) -> None:
        """Click what has that label: in the dialog when one is open."""
        place = self.page.get_by_role("dialog") if self.page.get_by_role("dialog").count() else self.page.locator("body")
        named = re.compile(rf"^{re.escape(label)}\b")
        place.get_by_role("button", name=named).or_(place.get_by_role("link", name=named)).first.click()
        self.clicked.append(label)

    def sign_in(self, username: str) -> None:
        """Fill in the form, and send it."""
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Username or e-mail").fill(username)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name="Sign in").click()
        self.clicked.append("Sign in")


@pytest.mark.usefixtures("team")
def test_the_steps_of_the_tutorial_lead_where_it_says(visit):  # noqa: F811
    clicked: list[str] = []
    engineer, reviewer = Walk(visit(), clicked), Walk(visit(), clicked)
    engineer.sign_in("engineer")
    engineer.click("Models")
    engineer.click("Register a model")
    engineer.page.get_by_label("Name").fill("defect-detector")
    engineer.click("Register the model")
    engineer.click("Register a version")
    engineer.click("Register the version")
    engineer.click("Change stage")
    dialog = engineer.page.get_by_role("dialog")
    dialog.get_by_label("Staging").check()
    expect(dialog.locator("#move-preview")).to_contain_text(re.compile("skips.*Development", re.DOTALL))
    expect(dialog.locator("#move-preview")).to_contain_text("1 approval")
    engineer.click("Ask for the change")
    expect(engineer.page.locator(".why-not")).to_contain_text("You asked for this change")
    reviewer.sign_in("reviewer")
    reviewer.click("Approvals")
    expect(reviewer.page.get_by_role("row", name=re.compile("defect-detector"))).to_be_visible()
    reviewer.click("Approve")
    reviewer.page.get_by_role("dialog").get_by_role("button").first.wait_for()
    reviewer.click("Approve")
    expect(reviewer.page.get_by_role("status")).to_contain_text(["is now in Staging"])
    assert ModelVersion.objects.get(model__name="defect-detector").stage == "staging"
    engineer.click("Activity")
    expect(engineer.page.get_by_role("heading", level=1)).to_have_text("Activity")
    assert clicked == LABELS

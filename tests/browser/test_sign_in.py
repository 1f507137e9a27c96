"""Coming in and going out."""

import re

import pytest
from playwright.sync_api import expect

from tests.cast import PASSWORD

pytestmark = pytest.mark.browser


def sign_in(page, login, password):
    page.get_by_label("Username or e-mail").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_after_signing_in_one_is_where_one_wanted_to_go(visit, team):
    page = visit()
    page.goto("/approvals?tab=asked")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(page, "reviewer", PASSWORD)
    expect(page).to_have_url(re.compile(r"/approvals\?tab=asked$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Approvals")


def test_a_wrong_password_is_told_beside_the_form_and_the_name_stays(visit, team):
    page = visit()
    page.goto("/accounts/login/")
    sign_in(page, "reviewer", "not the password")
    expect(page.get_by_role("alert")).to_have_text("The username and/or password you specified are not correct.")
    expect(page.get_by_label("Username or e-mail")).to_have_value("reviewer")


def test_after_signing_out_the_pages_ask_who_one_is(visit, team):
    page = visit(team.reviewer)
    page.goto("/")
    page.get_by_label("Your menu: Reviewer").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/approvals")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

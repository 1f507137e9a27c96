"""What the dialog says of a policy before anything is asked."""

import re

import pytest

from approvals.models import StageChangeRequest
from tests.cast import make_team
from tests.log import activities, no_activity
from tests.pages import browser, look, send

pytestmark = pytest.mark.django_db
ADDRESS = "/w/default/models/churn/versions/1/change-stage"


@pytest.fixture
def team():
    team = make_team()
    team.version()
    return team


def preview(team, to="production"):
    return look(browser(team.engineer), f"{ADDRESS}?to_stage={to}")


def test_it_says_how_many_must_come_from_which_group(team):
    team.group("legal", team.admin, team.second_reviewer)
    team.group("risk", team.reviewer, team.admin)
    team.policy("production", 3, groups=[{"group": "legal", "minimum": 1}, {"group": "risk", "minimum": 1}])
    words = preview(team).words
    assert "Needs 3 approvals by somebody other than you, at least 1 from legal and 1 from risk; then it takes effect" in words


def test_it_names_the_checks_that_must_pass_and_who_reports_them(team):
    team.policy("production", 1, required_checks=[{"name": "bias"}, {"name": "tests", "reporter": "bot"}])
    words = preview(team).words
    assert "then it takes effect at once, when the checks have passed. Must pass: bias, tests (from bot)" in words


def test_checks_alone_are_no_change_at_once(team):
    team.policy("production", 0, required_checks=[{"name": "tests"}])
    page = preview(team)
    assert "Needs no approval; takes effect when the checks have passed." in page.words
    assert "Ask for the change" in page.words


def test_it_says_when_skipping_takes_one_approval_more(team):
    team.policy("production", 1, skip_rule="extra_approval")
    words = preview(team).words
    assert "Needs 2 approvals by somebody other than you; then it takes effect at once. One of them because stages are" in words


def test_a_comment_that_the_policy_wants_is_a_needed_field(team):
    team.policy("production", 1, skip_rule="comment")
    client = browser(team.engineer)
    page = client.get(f"{ADDRESS}?to_stage=production").content.decode()
    assert "Say why in the comment.</b> A move into Production that skips stages needs one." in page
    assert re.search(r'<textarea name="comment"[^>]* required', page)
    values = look(client, f"{ADDRESS}?to_stage=production").values | {"to_stage": "production"}
    with no_activity():
        refused = send(client, ADDRESS, values, 400)
    assert "This move skips" in refused.words
    with activities("stage_change.requested"):
        send(client, ADDRESS, values | {"comment": "Hotfix."})


def test_a_comment_stays_free_where_nothing_is_skipped(team):
    team.policy("development", 1, skip_rule="comment")
    assert "Say why" not in preview(team, "development").words


@pytest.mark.parametrize("htmx", [True, False])
def test_a_jump_that_is_forbidden_has_a_sentence_and_no_button(team, htmx):
    team.policy("production", 1, skip_rule="forbid")
    headers = {"HX-Request": "true", "HX-Target": "move-preview"} if htmx else {}
    page = browser(team.engineer).get(ADDRESS, {"to_stage": "production"}, headers=headers).content.decode()
    words = " ".join(page.split())
    assert "This cannot be asked for.</b> Moves into Production may not skip stages" in words
    assert "Ask for the next stage first." in words
    assert "nothing was done" not in words
    assert ("Ask for the change" in words, "Change stage</button>" in words) == (False, False)


def test_the_buttons_follow_the_stage_that_is_chosen(team):
    team.policy("development", 0)
    headers = {"HX-Request": "true", "HX-Target": "move-preview"}
    page = browser(team.engineer).get(ADDRESS, {"to_stage": "development"}, headers=headers).content.decode()
    assert 'id="move-actions" hx-swap-oob="true"' in page
    assert "Change stage</button>" in page


def test_it_says_when_the_request_would_expire(team):
    team.policy("production", 1, expires_after_days=5)
    assert "Expires in 5 days" in preview(team).words


def test_a_release_account_is_told_that_it_takes_effect_at_once(team):
    team.policy("production", 2, release_accounts=["engineer"])
    page = preview(team)
    assert "Takes effect at once, because you are a release account." in page.words
    with activities("stage_change.requested", "stage_change.applied"):
        send(browser(team.engineer), ADDRESS, page.values | {"to_stage": "production"})
    assert StageChangeRequest.objects.get().effect == "release account"


def test_the_choices_say_how_much_each_stage_takes(team):
    team.group("risk", team.reviewer, team.admin)
    team.policy("production", 1, groups=[{"group": "risk", "minimum": 1}], required_checks=[{"name": "tests"}])
    team.policy("development", 0)
    words = look(browser(team.engineer), ADDRESS).words
    assert "Development at once" in words
    assert "Production 1 approval, 1 check" in words

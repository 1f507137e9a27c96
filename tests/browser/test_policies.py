"""Setting what a stage demands: told while it is typed, saved, and confirmed by a second admin."""

import pytest
from playwright.sync_api import expect

from accounts.models import Delegation, GroupMember, Role
from activity import clock
from approvals.models import StagePolicy
from registry.models import Proposal

pytestmark = pytest.mark.browser
POLICY = "/w/default/stages/production/policy"


def policy():
    return StagePolicy.objects.get(stage__key="production")


def test_what_a_policy_means_is_told_while_it_is_typed(visit, team):
    team.group("risk", team.reviewer, team.second_reviewer)
    page = visit(team.admin)
    page.goto(POLICY)
    preview = page.locator("#policy-preview")
    expect(preview).to_contain_text("1 by anybody who decides")
    page.get_by_label("At least from risk").fill("2")
    page.get_by_label("Approvals in all").fill("3")
    page.get_by_label("Approvals in all").blur()
    expect(preview).to_contain_text("2 from risk")
    expect(preview).to_contain_text("Reviewer, Second Reviewer")
    expect(preview).to_contain_text("1 more by anybody who decides")
    page.get_by_label("At least from risk").fill("3")
    page.get_by_label("At least from risk").blur()
    expect(preview).to_contain_text("Saving this would be refused")
    page.get_by_label("At least from risk").fill("1")
    page.get_by_label("Ask for a comment that says why.").check()
    page.get_by_role("textbox", name="Checks").fill("fairness")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved what a move into Production needs.")
    saved = policy()
    assert (saved.approvals_required, saved.groups, saved.skip_rule, saved.required_checks) == (
        3,
        [{"group": "risk", "minimum": 1}],
        "comment",
        [{"name": "fairness", "reporter": None}],
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_a_second_admin_confirms_what_asks_for_less(visit, team, scripts):
    team.policy("production", 2)
    team.role(team.reviewer, Role.ADMIN)
    first, second = visit(team.admin, java_script_enabled=scripts), visit(team.reviewer, java_script_enabled=scripts)
    first.goto(POLICY)
    first.get_by_label("Approvals in all").fill("1")
    first.get_by_role("button", name="Preview").click()
    expect(first.locator("#policy-preview")).to_contain_text("This waits for a second admin")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("status").first).to_contain_text("a second admin must confirm it")
    expect(first.get_by_role("button", name="Withdraw")).to_be_visible()
    expect(first.get_by_role("button", name="Confirm")).to_have_count(0)
    second.goto("/w/default/settings")
    expect(second.locator(".before-after")).to_contain_text("2 approvals")
    second.get_by_role("button", name="Confirm").click()
    expect(second.get_by_role("status").first).to_contain_text("Confirmed: it counts from now on.")
    assert (policy().approvals_required, Proposal.objects.get().status) == (1, "confirmed")


def test_a_group_is_made_and_filled(visit, team):
    page = visit(team.admin)
    page.goto("/w/default/groups")
    page.get_by_label("Name", exact=True).fill("Model risk")
    page.get_by_label("Short name").fill("risk")
    page.get_by_role("button", name="Make the group").click()
    page.get_by_label("Member", exact=True).select_option(str(team.reviewer.pk))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("cell", name="by Admin")).to_be_visible()
    assert GroupMember.objects.get().user == team.reviewer


def test_somebody_goes_away_and_is_back(visit, team):
    page = visit(team.reviewer)
    page.goto("/settings/profile")
    page.get_by_role("link", name="While I am away").click()
    page.get_by_label("Who decides for me").select_option(str(team.engineer.pk))
    page.get_by_label("Until").fill(f"{clock.now().year + 1}-01-01T09:00")
    page.get_by_label("Reason").fill("On leave.")
    page.get_by_role("button", name="Let them decide").click()
    expect(page.get_by_role("row", name="On leave.")).to_contain_text("in force")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("row", name="On leave.")).to_contain_text("withdrawn")
    assert Delegation.objects.get().withdrawn_at is not None

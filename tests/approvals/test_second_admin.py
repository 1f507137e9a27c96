"""Asking for less takes a second admin, where there is one; more is immediate. And nobody is their own second admin."""

import json

import pytest

from accounts.caller import Caller
from accounts.models import ApproverGroup, Role, User
from accounts.services import create_service_account, remove_from_group
from activity.errors import Conflict, Invalid
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StagePolicy
from approvals.services import confirm_policy, set_policy
from approvals.services.policies import PolicyOutcome
from registry.errors import SecondAdminNeeded
from registry.models import Proposal
from registry.services import decline_proposal
from tests.cast import Team, caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    """`admin` and `reviewer` are admins; Staging asks for two approvals."""
    made = make_team()
    made.policy("staging", 2)
    made.role(made.reviewer, Role.ADMIN)
    return made


def policy(team: Team) -> StagePolicy:
    return StagePolicy.objects.get(stage=team.stage("staging"))


def wants(team: Team, by: User | Caller, **changes) -> PolicyOutcome:
    with unit_of_work():
        return set_policy(stage_id=team.stage("staging").pk, by=by if isinstance(by, Caller) else caller(by), changes=changes)


def confirms(proposal: Proposal, by: User) -> PolicyOutcome:
    with unit_of_work():
        return confirm_policy(proposal_id=proposal.pk, by=caller(by))


def proposed(team: Team, by: User | None = None, **changes) -> Proposal:
    made = wants(team, by or team.admin, **(changes or {"approvals_required": 1})).proposal
    assert made is not None
    return made


def bot_of(team: Team, owner: User, username: str, role: Role = Role.ADMIN) -> User:
    with unit_of_work():
        return create_service_account(username=username, workspace_id=team.workspace.pk, role=role, by=caller(owner))


def data(line: Activity) -> dict:
    return json.loads(line.data)


def test_a_weaker_policy_changes_nothing_until_a_second_admin_confirms_it(team):
    asked = team.ask(team.version())
    with one_activity("proposal.made"):
        proposal = proposed(team)
    assert (policy(team).approvals_required, proposal.weakens) == (2, ["approvals_required"])
    assert team.approve(asked).status == "pending"
    with activities("policy.changed", "stage_change.approvals_voided") as lines:
        outcome = confirms(proposal, team.reviewer)
    assert (outcome.policy.approvals_required, policy(team).approvals_required) == (1, 1)
    told = data(lines[0])
    assert (told["proposal"], told["proposed_by"], told["weakens"]) == (proposal.pk, team.admin.pk, ["approvals_required"])
    assert lines[0].actor_id == team.reviewer.pk
    assert Proposal.objects.get().status == "confirmed"


def test_a_stricter_policy_is_immediate(team):
    with one_activity("policy.changed") as lines:
        assert wants(team, team.admin, approvals_required=3).proposal is None
    assert "weakens" not in data(lines[0])
    assert policy(team).approvals_required == 3


def test_a_change_that_is_stricter_here_and_weaker_there_waits_as_a_whole(team):
    proposed(team, exclude_last_editor=True, approvals_required=1)
    assert (policy(team).approvals_required, policy(team).exclude_last_editor) == (2, False)


def test_a_single_admin_weakens_at_once_and_the_line_says_so(team):
    team.role(team.reviewer, Role.EDITOR)
    bot_of(team, team.admin, "admins-bot")
    with one_activity("policy.changed") as lines:
        assert wants(team, team.admin, approvals_required=1).proposal is None
    assert data(lines[0])["weakens"] == ["approvals_required"]


def test_a_second_admin_who_was_let_go_is_none(team):
    team.let_go(team.reviewer)
    assert wants(team, team.admin, approvals_required=1).proposal is None


def test_a_service_account_of_an_admin_asks_for_less_as_its_owner(team):
    bot = bot_of(team, team.admin, "admins-bot")
    assert proposed(team, by=bot).proposed_by == bot
    with pytest.raises(SecondAdminNeeded, match="You proposed this"), no_activity():
        confirms(Proposal.objects.get(), team.admin)


@pytest.mark.parametrize("owner", ["admin", "reviewer"])
def test_nobody_confirms_through_a_service_account(team, owner):
    bot = bot_of(team, getattr(team, owner), "a-bot")
    with pytest.raises(SecondAdminNeeded), no_activity():
        confirms(proposed(team), bot)
    assert policy(team).approvals_required == 2


def test_nobody_confirms_their_own_proposal(team):
    proposal = proposed(team)
    with pytest.raises(SecondAdminNeeded, match="You proposed this") as refused, no_activity():
        confirms(proposal, team.admin)
    assert refused.value.extras == {"proposal": proposal.pk}


def test_an_admin_whom_the_proposer_made_one_afterwards_confirms_nothing(team):
    proposal = proposed(team)
    team.role(team.engineer, Role.ADMIN, by=team.admin)
    with pytest.raises(SecondAdminNeeded, match="You were made an admin by who proposed this"), no_activity():
        confirms(proposal, team.engineer)
    team.role(team.second_reviewer, Role.ADMIN, by=team.reviewer)
    assert confirms(proposal, team.second_reviewer).policy.approvals_required == 1


def test_a_proposal_is_about_the_policy_that_it_was_made_for(team):
    proposal = proposed(team)
    team.policy("staging", 3)
    with pytest.raises(Conflict, match="The policy was changed since this was proposed"), no_activity():
        confirms(proposal, team.reviewer)
    assert (policy(team).approvals_required, Proposal.objects.get().status) == (3, "pending")
    with pytest.raises(Conflict, match="waits for a second admin"):
        wants(team, team.reviewer, approvals_required=2)


def test_one_proposal_waits_for_a_stage(team):
    proposal = proposed(team)
    with pytest.raises(Conflict, match="proposed by Admin, waits for a second admin") as refused, no_activity():
        proposed(team, by=team.reviewer)
    assert refused.value.extras == {"proposal": proposal.pk}


def test_a_proposal_ends_once(team):
    proposal = proposed(team)
    with one_activity("proposal.declined"), unit_of_work():
        decline_proposal(proposal_id=proposal.pk, by=caller(team.reviewer))
    with pytest.raises(Conflict, match="was declined already"), no_activity():
        confirms(proposal, team.reviewer)
    with one_activity("proposal.made"):
        again = proposed(team)
    with one_activity("proposal.withdrawn"), unit_of_work():
        decline_proposal(proposal_id=again.pk, by=caller(team.admin))
    with pytest.raises(Conflict, match="was withdrawn already"), no_activity():
        confirms(again, team.reviewer)
    assert policy(team).approvals_required == 2


def test_a_confirmed_policy_must_still_be_one_that_somebody_could_satisfy(team):
    team.group("risk", team.engineer, team.second_reviewer)
    proposal = proposed(team, groups=[{"group": "risk", "minimum": 1}], approvals_required=1)
    with unit_of_work():
        remove_from_group(group_id=ApproverGroup.objects.get().pk, user_id=team.engineer.pk, by=caller(team.admin))
        remove_from_group(group_id=ApproverGroup.objects.get().pk, user_id=team.second_reviewer.pk, by=caller(team.admin))
    with pytest.raises(Invalid, match="Nobody could satisfy this policy"), no_activity():
        confirms(proposal, team.reviewer)
    assert Proposal.objects.get().status == "pending"

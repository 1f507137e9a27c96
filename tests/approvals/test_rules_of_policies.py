"""What a policy may ask beyond a number: groups, skips, checks, time, release accounts, break-glass, delegation. Pure rules."""

from datetime import timedelta

import pytest

from accounts.caller import Caller
from accounts.models import Membership, Role
from activity.errors import DomainError
from approvals.errors import CommentRequired, NotEligible, NotPending, OwnRequest, SkipForbidden, StaleRequest
from approvals.models import SignOff, StagePolicy
from approvals.obstacles import check_skip
from approvals.requirements import requirements
from approvals.rules import available_actions, check_may_review, decides_for, may_take_effect, refusal
from approvals.verdicts import verdicts
from registry.errors import VersionLocked
from tests.approvals.unsaved import (
    ADMIN,
    ASKED,
    BOT,
    ENGINEER,
    REVIEWER,
    REVIEWERS_BOT,
    SECOND,
    VIEWER,
    approval,
    by,
    check,
    delegation,
    in_group,
    member,
    requirement,
    situation,
)

RISK = [{"group": "risk", "minimum": 1}]
AFTER = ASKED + timedelta(days=1)


def why(made, caller, action="approve") -> type[DomainError] | None:
    error = refusal(made, caller, action)
    return type(error) if error else None


def stands(made, code) -> str:
    return str(requirement(requirements(made), code).status)


def risk(*people, required=1, given_by=ADMIN, given_at=ASKED - timedelta(days=1)) -> dict:
    """A policy that wants one of the group risk, with these people in it."""
    rows = {user.pk: in_group(user, given_by, given_at) for user in people}
    return {"policy": StagePolicy(approvals_required=required, groups=RISK), "groups": {"risk": rows}}


def test_only_the_group_that_a_policy_names_decides():
    made = situation(**risk(SECOND))
    assert (why(made, by(REVIEWER)), why(made, by(REVIEWER), "reject"), why(made, by(SECOND))) == (NotEligible, NotEligible, None)


def test_others_count_for_the_rest_that_a_policy_asks_for():
    made = situation(approval(REVIEWER), approval(ADMIN), **risk(SECOND, required=2))
    assert (made.missing, stands(made, "approvals"), stands(made, "group:risk")) == (1, "unsatisfied", "unsatisfied")
    assert situation(approval(REVIEWER), approval(SECOND), **risk(SECOND, required=2)).missing == 0


def test_a_service_account_counts_for_the_groups_of_its_owner():
    assert situation(approval(REVIEWERS_BOT), **risk(REVIEWER)).missing == 0


@pytest.mark.parametrize("given_at", [ASKED, AFTER])
def test_a_group_given_by_the_requester_after_asking_does_not_count(given_at):
    made = situation(approval(REVIEWER), **risk(REVIEWER, given_by=ENGINEER, given_at=given_at))
    assert (made.missing, why(made, by(REVIEWER))) == (1, NotEligible)
    assert situation(approval(REVIEWER), **risk(REVIEWER, given_at=given_at)).missing == 0
    assert situation(approval(REVIEWER), **risk(REVIEWER, given_by=ENGINEER)).missing == 0


SKIPS = {
    # rule: (a jump without comment, a jump with one, approvals that a jump needs)
    "flag": (None, None, 1),
    "comment": (CommentRequired, None, 1),
    "extra_approval": (None, None, 2),
    "forbid": (SkipForbidden, SkipForbidden, 1),
}


@pytest.mark.parametrize("rule", SKIPS)
@pytest.mark.parametrize("comment", ["", "Because."])
@pytest.mark.parametrize("skipped", [(), ("staging",)])
def test_what_each_rule_says_of_a_jump_forward_and_of_a_move_that_jumps_nothing(rule, comment, skipped):
    made = situation(policy=StagePolicy(approvals_required=1, skip_rule=rule))
    made.change_request.skipped_stages, made.change_request.comment = list(skipped), comment
    without, with_one, needed = SKIPS[rule]
    expected = (with_one if comment else without) if skipped else None
    assert made.need.total == (needed if skipped else 1)
    if expected is None:
        check_skip(made)
    else:
        with pytest.raises(expected):
            check_skip(made)
    assert why(made, by(REVIEWER)) is (SkipForbidden if expected else None)
    satisfied = "satisfied" if skipped and rule in ("comment", "forbid") else "not-applicable"
    assert stands(made, "skip") == ("unsatisfied" if expected else satisfied)


def checked(*checks, reporter=None, **more):
    policy = StagePolicy(approvals_required=0, required_checks=[{"name": "tests", "reporter": reporter}])
    return situation(policy=policy, checks=checks, **more)


VERDICTS = {
    "nobody reported": ([], False),
    "passed": ([check(REVIEWER)], True),
    "by a service account of somebody else": ([check(REVIEWERS_BOT)], True),
    "failed": ([check(REVIEWER, status="failed")], False),
    "pending": ([check(REVIEWER, status="pending")], False),
    "failed, then passed": ([check(REVIEWER, status="failed"), check(REVIEWER)], True),
    "passed, then failed by another": ([check(REVIEWER), check(SECOND, status="failed")], False),
    "failed, then passed by the requester": ([check(REVIEWER, status="failed"), check(ENGINEER)], False),
    "by the requester": ([check(ENGINEER)], False),
    "by the requester's service account": ([check(BOT)], False),
    "another check": ([check(REVIEWER, name="Tests")], False),
    "of other content": ([check(REVIEWER, content="sha256:before")], False),
    "of other content last": ([check(REVIEWER), check(REVIEWER, status="failed", content="sha256:before")], True),
    "of no content": ([check(REVIEWER, content="")], False),
}


@pytest.mark.parametrize(("checks", "passed"), VERDICTS.values(), ids=VERDICTS)
def test_a_check_passes_with_the_last_report_that_counts(checks, passed):
    made = checked(*checks)
    assert ([verdict.passed for verdict in verdicts(made)], may_take_effect(made)) == ([passed], passed)
    assert stands(made, "check:tests") == ("satisfied" if passed else "unsatisfied")


PINNED = {
    "by that account": ([check(BOT)], "bot", True),
    "by its owner": ([check(ENGINEER)], "bot", False),
    "by another": ([check(REVIEWER)], "bot", False),
    "with that token": ([check(BOT, token_id=7)], "token:7", True),
    "with another token": ([check(BOT, token_id=8)], "token:7", False),
    "without a token": ([check(BOT)], "token:7", False),
}


@pytest.mark.parametrize(("checks", "reporter", "passed"), PINNED.values(), ids=PINNED)
def test_a_pinned_check_counts_from_there_alone(checks, reporter, passed):
    assert may_take_effect(checked(*checks, reporter=reporter)) is passed


def test_a_report_by_somebody_whom_the_requester_let_in_afterwards_does_not_count():
    later = {SECOND.pk: member(SECOND, given_by=ENGINEER, given_at=ASKED)}
    assert not may_take_effect(checked(check(SECOND), members=later))


def expiring(made, seconds):
    """The same, so long after its end."""
    made.change_request.expires_at = ASKED
    object.__setattr__(made, "now", ASKED + timedelta(seconds=seconds))
    return made


def test_a_request_past_its_end_is_over_for_everybody_also_before_the_sweep():
    policy = StagePolicy(approvals_required=2, break_glass_roles=["editor", "admin"])
    made = expiring(situation(approval(SECOND), policy=policy), 0)
    for user in (ENGINEER, REVIEWER, SECOND, ADMIN):
        assert available_actions(made, by(user)) == []
    assert {why(made, by(REVIEWER), action) for action in ("approve", "reject", "withdraw", "revoke", "bypass")} == {NotPending}
    assert available_actions(expiring(made, -1), by(REVIEWER)) == ["approve", "reject", "bypass"]


@pytest.mark.parametrize(
    ("named", "token", "released"),
    [
        (["engineer"], None, True),
        (["engineer"], 7, True),
        (["reviewer"], None, False),
        (["bot"], None, False),  # the requester owns it, and is not it
        (["token:7"], 7, True),
        (["token:7"], 8, False),
        (["token:7"], None, False),
        ([], None, False),
    ],
)
def test_a_release_account_needs_no_approval(named, token, released):
    made = situation(policy=StagePolicy(approvals_required=2, groups=RISK, release_accounts=named))
    made.change_request.requester_token_id = token
    assert (made.released, made.missing) == (released, 0 if released else 2)


def glass(*reviews, roles=("admin",), **changes):
    people = {user.pk: member(user) for user in (ENGINEER, REVIEWER, SECOND, BOT)} | {ADMIN.pk: member(ADMIN)}
    people[ADMIN.pk].role = Role.ADMIN
    policy = StagePolicy(approvals_required=2, break_glass_roles=list(roles))
    return situation(*reviews, policy=policy, **({"members": people} | changes))


@pytest.mark.parametrize(
    ("roles", "who"),
    [([], []), (["admin"], [ADMIN]), (["editor"], [ENGINEER, REVIEWER]), (["admin", "editor"], [ENGINEER, REVIEWER, ADMIN])],
)
def test_break_glass_is_for_people_with_the_roles_that_the_policy_names(roles, who):
    made = glass(roles=roles)
    assert [user for user in (ENGINEER, REVIEWER, ADMIN, VIEWER, BOT) if why(made, by(user), "bypass") is None] == who
    assert why(made, Caller.operator(), "bypass") is NotEligible


def test_break_glass_leaves_locks_and_moves_meanwhile_as_they_are():
    made = glass()
    made.version.lock_level = "closed"
    assert why(made, by(ADMIN), "bypass") is VersionLocked
    made = glass()
    made.version.__dict__["stage"] = "development"
    assert why(made, by(ADMIN), "bypass") is StaleRequest


def test_a_role_given_by_the_requester_after_asking_breaks_no_glass():
    people = {ADMIN.pk: Membership(user=ADMIN, role=Role.ADMIN, given_by_principal_id=ENGINEER.pk, given_at=ASKED)}
    assert why(glass(members=people), by(ADMIN), "bypass") is NotEligible


def bypassed(by_whom=ADMIN, **changes):
    made = situation(status="applied", **changes)
    made.change_request.effect, made.change_request.decided_by = "break-glass", by_whom
    made.change_request._state.fields_cache["sign_off"] = None
    return made


def test_break_glass_is_signed_off_by_neither_who_asked_nor_who_did_it_nor_their_service_accounts():
    made = bypassed(REVIEWER)
    able = [user for user in (ENGINEER, BOT, REVIEWER, REVIEWERS_BOT, SECOND, VIEWER) if not why(made, by(user), "sign-off")]
    assert able == [SECOND]
    assert why(made, Caller.operator(), "sign-off") is NotEligible


@pytest.mark.parametrize("giver", [ENGINEER, REVIEWER])
def test_a_role_given_since_by_one_of_the_two_signs_nothing_off(giver):
    made = bypassed(REVIEWER, members={SECOND.pk: member(SECOND, given_by=giver, given_at=AFTER)})
    assert why(made, by(SECOND), "sign-off") is NotEligible


def test_one_sign_off_is_enough_and_other_changes_need_none():
    made = bypassed(REVIEWER)
    made.change_request.sign_off = SignOff(reviewer=SECOND)
    assert why(made, by(ADMIN), "sign-off") is NotEligible
    for effect in ("approved", "release account", "not required by policy", ""):
        made = bypassed(REVIEWER)
        made.change_request.effect = effect
        assert why(made, by(SECOND), "sign-off") is NotEligible


def test_who_stands_in_for_somebody_decides_for_their_group_in_their_name():
    made = situation(**risk(SECOND), delegations=delegation(SECOND, REVIEWER))
    check_may_review(made, by(REVIEWER))
    assert decides_for(made, by(REVIEWER), None) == SECOND.pk
    assert situation(approval(REVIEWER, on_behalf_of_id=SECOND.pk), **risk(SECOND)).missing == 0


def test_ones_own_name_comes_first():
    made = situation(delegations=delegation(SECOND, REVIEWER))
    assert (decides_for(made, by(REVIEWER), None), decides_for(made, by(REVIEWER), SECOND.pk)) == (None, SECOND.pk)


def test_a_person_and_who_stands_in_for_them_are_one_approval():
    two = StagePolicy(approvals_required=2)
    for reviews in (
        [approval(SECOND), approval(REVIEWER, on_behalf_of_id=SECOND.pk)],
        [approval(ADMIN, on_behalf_of_id=SECOND.pk), approval(REVIEWER, on_behalf_of_id=SECOND.pk)],
    ):
        assert situation(*reviews, policy=two).missing == 1
    assert situation(approval(REVIEWER), approval(ADMIN, on_behalf_of_id=SECOND.pk), policy=two).missing == 0


@pytest.mark.parametrize(
    ("delegator", "delegate"), [(ENGINEER, REVIEWER), (SECOND, ENGINEER), (VIEWER, REVIEWER), (SECOND, VIEWER), (SECOND, BOT)]
)
def test_a_delegation_gives_nothing_to_the_requester_nor_from_them_nor_from_who_may_not_decide(delegator, delegate):
    made = situation(delegations=delegation(delegator, delegate))
    with pytest.raises((OwnRequest, NotEligible)):
        check_may_review(made, by(delegate), delegator.pk)
    assert situation(approval(delegate, on_behalf_of_id=delegator.pk), delegations=made.delegations).missing == 1


def test_the_last_editor_does_not_approve_through_somebody_else_nor_for_them():
    made = situation(policy=StagePolicy(approvals_required=1, exclude_last_editor=True), delegations=delegation(SECOND, REVIEWER))
    made.version.content_edited_by_id = SECOND.pk
    with pytest.raises(NotEligible, match="They last edited"):
        check_may_review(made, by(REVIEWER), SECOND.pk)
    check_may_review(made, by(REVIEWER))
    made.version.content_edited_by_id = REVIEWER.pk
    for name in (None, SECOND.pk):
        with pytest.raises(NotEligible, match="You last edited"):
            check_may_review(made, by(REVIEWER), name)


def test_nobody_decides_in_a_name_without_a_delegation():
    for made in (situation(), situation(delegations=delegation(REVIEWER, SECOND))):
        with pytest.raises(NotEligible, match="You hold no delegation"):
            check_may_review(made, by(REVIEWER), SECOND.pk)

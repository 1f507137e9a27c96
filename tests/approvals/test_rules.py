"""Who may decide, and what counts: pure rules, tried with rows that no database has."""

from datetime import timedelta

import pytest

from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from activity.errors import DomainError, Invalid
from approvals.errors import (
    AlreadyPending,
    CommentRequired,
    DigestChanged,
    NotEligible,
    NotPending,
    OwnRequest,
    SameStage,
    StaleRequest,
)
from approvals.models import StageChangeRequest, StagePolicy
from approvals.policy_content import cleaned
from approvals.rules import (
    available_actions,
    check_comment,
    check_may_ask,
    check_same_digest,
    refusal,
)
from registry.errors import VersionLocked
from tests.approvals.unsaved import (
    ADMIN,
    ASKED,
    BOT,
    ENGINEER,
    PRODUCTION,
    REVIEWER,
    REVIEWERS_BOT,
    SECOND,
    STAGING,
    VIEWER,
    approval,
    by,
    member,
    situation,
)  # fmt: skip

TWO = StagePolicy(approvals_required=2)
ENDS = [status for status in StageChangeRequest.Status if status != "pending"]


def why(made, caller, action) -> type[DomainError] | None:
    error = refusal(made, caller, action)
    return type(error) if error else None


def refused(made, caller, action) -> DomainError:
    error = refusal(made, caller, action)
    assert error is not None
    return error


def accepted(check, *arguments) -> bool:
    """The check raises nothing."""
    return check(*arguments) is None


def test_somebody_else_approves_and_rejects():
    assert available_actions(situation(), by(REVIEWER)) == ["approve", "reject"]


def test_the_requester_revokes_and_nothing_else():
    assert available_actions(situation(), by(ENGINEER)) == ["revoke"]


@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("user", [ENGINEER, BOT])
def test_a_request_is_not_decided_by_its_requester_nor_by_their_service_account(user, action):
    assert why(situation(), by(user), action) is OwnRequest


@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("user", [ENGINEER, BOT])
def test_a_service_accounts_request_is_not_decided_by_its_owner_nor_by_itself(user, action):
    assert why(situation(requester=BOT), by(user), action) is OwnRequest


def test_a_service_account_and_its_owner_may_both_revoke_what_either_asked():
    assert available_actions(situation(requester=BOT), by(ENGINEER)) == ["revoke"]
    assert available_actions(situation(requester=ENGINEER), by(BOT)) == ["revoke"]


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_whoever_is_no_editor_of_the_workspace_does_not_decide(action):
    assert why(situation(), by(VIEWER), action) is NotEligible
    assert why(situation(), Caller.operator(), action) is NotEligible


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_a_role_given_by_the_requester_after_they_asked_does_not_count(action):
    later = {REVIEWER.pk: member(REVIEWER, given_by=ENGINEER, given_at=ASKED)}
    assert why(situation(members=later), by(REVIEWER), action) is NotEligible
    earlier = {REVIEWER.pk: member(REVIEWER, given_by=ENGINEER, given_at=ASKED - timedelta(microseconds=1))}
    assert why(situation(members=earlier), by(REVIEWER), action) is None


def test_a_role_given_by_the_owner_of_the_asking_service_account_does_not_count():
    later = {REVIEWER.pk: member(REVIEWER, given_by=ENGINEER, given_at=ASKED + timedelta(days=1))}
    assert why(situation(requester=BOT, members=later), by(REVIEWER), "approve") is NotEligible


@pytest.mark.parametrize("given_by", [ADMIN, None])
def test_a_role_given_by_somebody_else_counts_whenever_it_was_given(given_by):
    later = {REVIEWER.pk: member(REVIEWER, given_by=given_by, given_at=ASKED + timedelta(days=1))}
    assert why(situation(members=later), by(REVIEWER), "approve") is None


@pytest.mark.parametrize("user", [REVIEWER, REVIEWERS_BOT])
def test_who_last_edited_the_content_does_not_decide_where_the_policy_says_so(user):
    made = situation(policy=StagePolicy(approvals_required=1, exclude_last_editor=True))
    made.version.content_edited_by_id = REVIEWER.pk
    error = refused(made, by(user), "approve")
    assert (type(error), error.extras) == (NotEligible, {"reason": "last-editor"})
    assert why(made, by(user), "reject") is NotEligible
    assert why(made, by(SECOND), "approve") is None


def test_who_last_edited_the_content_decides_where_the_policy_does_not_mind():
    made = situation()
    made.version.content_edited_by_id = REVIEWER.pk
    assert why(made, by(REVIEWER), "approve") is None


@pytest.mark.parametrize("status", ENDS)
@pytest.mark.parametrize("action", ["approve", "reject", "withdraw", "revoke"])
def test_a_request_that_has_ended_is_not_touched_again(status, action):
    for user in (ENGINEER, REVIEWER, VIEWER):
        assert why(situation(approval(REVIEWER), status=status), by(user), action) is NotPending


def test_a_request_that_has_ended_says_by_whom_and_when():
    made = situation(status="rejected")
    made.change_request.decided_by, made.change_request.decided_at = SECOND, ASKED
    error = refused(made, by(REVIEWER), "approve")
    assert error.extras == {"request_status": "rejected", "decided_by": "second", "decided_at": ASKED}
    assert error.detail == "This request was rejected by Second, so nothing was done. To ask again, make a new request."


@pytest.mark.parametrize("level", ["redact", "closed"])
def test_a_locked_version_is_not_moved_but_its_request_can_be_rejected_and_revoked(level):
    made = situation()
    made.version.lock_level = level
    assert why(made, by(REVIEWER), "approve") is VersionLocked
    assert available_actions(made, by(REVIEWER)) == ["reject"]
    assert available_actions(made, by(ENGINEER)) == ["revoke"]


def test_a_version_that_moved_on_is_not_moved_by_an_old_request():
    made = situation()
    made.version.__dict__["stage"] = "development"
    error = refused(made, by(REVIEWER), "approve")
    assert (type(error), error.extras) == (StaleRequest, {"stage": "development"})
    assert available_actions(made, by(REVIEWER)) == ["reject"]


SCOPES = {"approve": Scope.DECIDE, "reject": Scope.DECIDE, "withdraw": Scope.DECIDE, "revoke": Scope.WRITE}


@pytest.mark.parametrize(("action", "needed"), SCOPES.items())
@pytest.mark.parametrize("scope", Scope)
def test_a_token_reaches_as_far_as_its_scope(action, needed, scope):
    made = situation(approval(SECOND), policy=TWO)
    user = {"withdraw": SECOND, "revoke": ENGINEER}.get(action, REVIEWER)
    assert why(made, by(user, scope), action) is (None if scope == needed else Forbidden)


def test_an_approval_waits_for_others_and_can_be_withdrawn():
    made = situation(approval(REVIEWER), policy=TWO)
    assert made.missing == 1
    assert available_actions(made, by(REVIEWER)) == ["reject", "withdraw"]
    error = refused(made, by(REVIEWER), "approve")
    assert (type(error), error.extras) == (NotEligible, {"reason": "already-approved"})


def test_an_owner_and_their_service_account_have_one_approval_between_them():
    made = situation(approval(REVIEWER), policy=TWO)
    assert available_actions(made, by(REVIEWERS_BOT)) == ["reject", "withdraw"]


def test_nobody_withdraws_what_they_did_not_give():
    assert why(situation(approval(REVIEWER), policy=TWO), by(SECOND), "withdraw") is NotEligible


def test_whoever_may_approve_puts_into_effect_what_lacks_nothing_any_more():
    made = situation(approval(REVIEWER), approval(SECOND), policy=TWO)
    assert made.missing == 0
    for user in (REVIEWER, SECOND, ADMIN):
        assert why(made, by(user), "approve") is None


COUNTING = {
    "by a reviewer, of what stands there": (approval(REVIEWER), True),
    "by a service account of a reviewer": (approval(REVIEWERS_BOT), True),
    "of other content": (approval(REVIEWER, digest="sha256:before"), False),
    "withdrawn": (approval(REVIEWER, withdrawn_at=ASKED), False),
    "a rejection": (approval(REVIEWER, decision="reject"), False),
    "by the requester": (approval(ENGINEER), False),
    "by the requester's service account": (approval(BOT), False),
    "by somebody who may no longer review": (approval(VIEWER), False),
}


@pytest.mark.parametrize(("review", "counted"), COUNTING.values(), ids=COUNTING)
def test_an_approval_counts_only_when(review, counted):
    made = situation(review)
    assert (made.given == (review,), made.missing) == (counted, 0 if counted else 1)


def test_an_approval_by_the_last_editor_stops_counting():
    made = situation(approval(REVIEWER), policy=StagePolicy(approvals_required=1, exclude_last_editor=True))
    assert made.missing == 0
    made.version.content_edited_by_id = REVIEWER.pk
    assert made.missing == 1


@pytest.mark.parametrize(("required", "missing"), [(0, 0), (1, 0), (2, 0), (3, 1), (20, 18)])
def test_what_is_missing_is_what_the_policy_asks_for_less_what_counts(required, missing):
    made = situation(approval(REVIEWER), approval(SECOND), policy=StagePolicy(approvals_required=required))
    assert made.missing == missing


def test_what_was_seen_must_be_what_stands_there():
    assert accepted(check_same_digest, situation(), "")
    assert accepted(check_same_digest, situation(), "sha256:now")
    with pytest.raises(DigestChanged) as refused:
        check_same_digest(situation(), "sha256:before")
    assert refused.value.extras == {"digest": "sha256:now"}


@pytest.mark.parametrize("comment", ["", "  \n"])
def test_a_rejection_says_why(comment):
    with pytest.raises(CommentRequired) as refused:
        check_comment(comment)
    assert refused.value.field == "comment"


def test_a_version_that_is_free_can_be_asked_for():
    assert accepted(check_may_ask, situation().version, PRODUCTION, None)


def test_a_second_request_names_the_first_before_anything_else_is_said():
    made = situation()
    made.version.lock_level = "closed"
    with pytest.raises(AlreadyPending) as refused:
        check_may_ask(made.version, STAGING, made.change_request)
    assert refused.value.extras == {"request": 5}
    assert "(Staging → Production)" in refused.value.detail


def test_a_version_is_not_asked_to_where_it_is():
    with pytest.raises(SameStage):
        check_may_ask(situation().version, STAGING, None)


@pytest.mark.parametrize("level", ["redact", "closed"])
def test_a_locked_version_is_not_asked_for(level):
    version = situation().version
    version.lock_level = level
    with pytest.raises(VersionLocked) as refused:
        check_may_ask(version, PRODUCTION, None)
    assert refused.value.extras == {"lock_level": level}


@pytest.mark.parametrize("number", [0, 1, 20])
def test_a_policy_asks_for_none_to_twenty_approvals(number):
    assert cleaned({"approvals_required": number}) == {"approvals_required": number}


@pytest.mark.parametrize("number", [-1, 21, True, "1", 1.0, None])
def test_anything_else_is_no_number_of_approvals(number):
    with pytest.raises(Invalid) as refused:
        cleaned({"approvals_required": number})
    assert refused.value.field == "approvals_required"

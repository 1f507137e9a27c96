"""Situations made of rows that no database has: rules are plain Python and need none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.caller import ALL_SCOPES, Caller, Scope
from accounts.models import Delegation, GroupMember, Membership, Role, User
from approvals.eligibility import Situation
from approvals.models import Check, Review, StageChangeRequest, StagePolicy
from approvals.requirements import Requirement
from approvals.snapshot import content_digest
from registry.models import ModelVersion, RegisteredModel, Stage

ASKED = datetime(2026, 10, 3, 14, tzinfo=UTC)
DIGEST = "sha256:now"
STAGING = Stage(pk=1, key="staging", name="Staging", position=2, kind="working", protected=True)
PRODUCTION = Stage(pk=2, key="production", name="Production", position=3, kind="production", protected=True)

ENGINEER, REVIEWER, SECOND, ADMIN, VIEWER = (
    User(pk=pk, username=name, name=name.title())
    for pk, name in enumerate(("engineer", "reviewer", "second", "admin", "viewer"), start=1)
)
BOT = User(pk=9, username="bot", name="Bot", kind=User.Kind.SERVICE, owner_id=ENGINEER.pk)
REVIEWERS_BOT = User(pk=10, username="bot2", name="Bot 2", kind=User.Kind.SERVICE, owner_id=REVIEWER.pk)


def member(user: User, given_by: User | None = ADMIN, given_at: datetime = ASKED - timedelta(days=1)) -> Membership:
    """Somebody who may review: an editor since the day before the request."""
    by = given_by.principal_id if given_by else None
    return Membership(user=user, role=Role.EDITOR, given_by_principal_id=by, given_at=given_at)


def approval(user: User, digest: str = DIGEST, **fields: Any) -> Review:
    """An approval by this user, of what stands there now."""
    return Review(
        reviewer_id=user.pk,
        principal_id=user.principal_id,
        decision=fields.pop("decision", Review.Decision.APPROVE),
        digest=digest,
        **fields,
    )


def situation(*reviews: Review, requester: User = ENGINEER, status: str = "pending", **changes: Any) -> Situation:
    """A request of the engineer's to move v1 from Staging to Production, which needs one approval; everybody else may review."""
    version = ModelVersion(
        pk=7, name="v1", model=RegisteredModel(pk=3, name="churn", workspace_id=1), content_edited_by_id=ENGINEER.pk
    )
    version.__dict__["stage"] = "staging"
    change_request = StageChangeRequest(
        pk=5,
        version=version,
        from_stage=STAGING,
        to_stage=PRODUCTION,
        requester=requester,
        requester_principal_id=requester.principal_id,
        created_at=ASKED,
        digest=DIGEST,
    )
    change_request.__dict__["status"] = status
    people = (ENGINEER, REVIEWER, SECOND, ADMIN, BOT, REVIEWERS_BOT)
    made = Situation(
        change_request, StagePolicy(approvals_required=1), DIGEST, reviews, {user.pk: member(user) for user in people}
    )
    return replace(made, **changes)


def by(user: User, *scopes: Scope) -> Caller:
    """This user with a token of these scopes; in their browser without any."""
    return Caller(user, "api" if scopes else "page", None, frozenset(scopes) or ALL_SCOPES)


def requirement(listed: list[Requirement], code: str) -> Requirement:
    """The one of this code."""
    (found,) = [each for each in listed if each.code == code]
    return found


def in_group(user: User, given_by: User = ADMIN, given_at: datetime = ASKED - timedelta(days=1)) -> GroupMember:
    """Somebody who is in a group since the day before the request."""
    return GroupMember(user=user, given_by_principal_id=given_by.principal_id, given_at=given_at)


def delegation(delegator: User, delegate: User) -> dict[int, tuple[Delegation, ...]]:
    """The one delegation in force."""
    return {delegate.pk: (Delegation(delegator=delegator, delegate=delegate),)}


def check(user: User, name: str = "tests", status: str = "passed", content: str | None = None, **fields: Any) -> Check:
    """A report by this user, on what stands there now unless said."""
    known = content_digest(situation().version) if content is None else content
    return Check(name=name, status=status, reporter=user, principal_id=user.principal_id, content=known, **fields)

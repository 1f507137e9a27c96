"""Delegation: “while I am away, D decides for me”."""

from datetime import datetime, timedelta

from accounts.access import authorise_own
from accounts.caller import Caller, Scope
from accounts.models import Delegation, Membership, User
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record

MAX_DAYS = 366


def delegate_decisions(
    *, delegate_id: int, ends_at: datetime, reason: str, by: Caller, starts_at: datetime | None = None
) -> Delegation:
    """Let somebody of one's own workspaces decide in one's name from `starts_at` (default: now) until `ends_at`, at most a year.

    They decide where they may decide themselves, and count for the groups of the person who is away. Effects, in order: the row,
    activity `delegation.given`. Raises Forbidden, Invalid, NotFound.
    """
    authorise_own(by, Scope.ADMIN)
    person, moment = by.person, clock.now()
    begins = starts_at or moment
    delegate = _delegate(person, delegate_id)
    if not reason.strip():
        raise Invalid("Say why, for whoever reads the log later, so nothing was delegated.", field="reason")
    if ends_at <= max(begins, moment):
        raise Invalid(
            "A delegation ends after it starts, and not in the past, so none was made. Choose a later end.", field="ends_at"
        )
    if ends_at - begins > timedelta(days=MAX_DAYS):
        raise Invalid("A delegation lasts a year at most, so none was made. Choose an earlier end.", field="ends_at")
    row = Delegation.objects.create(
        delegator=person, delegate=delegate, starts_at=begins, ends_at=ends_at, reason=reason.strip()[:500], created_at=moment
    )
    record(
        "delegation.given",
        by=by.actor,
        on=Subject(person_id=delegate.pk),
        data={"delegation": row.pk, "from": begins.isoformat(), "until": ends_at.isoformat(), "reason": row.reason},
    )
    return row


def _delegate(person: User, delegate_id: int) -> User:
    if person.kind == User.Kind.SERVICE:
        raise Invalid("A service account counts as its owner, so it delegates nothing. Its owner can.", field="delegate")
    mine = Membership.objects.filter(user=person).values("workspace_id")
    found = User.objects.filter(pk=delegate_id, is_active=True, memberships__workspace_id__in=mine).first()
    if found is None:
        raise NotFound("There is nobody active of this name in your workspaces, so nothing was delegated.")
    if found.principal_id == person.pk or found.kind == User.Kind.SERVICE:
        raise Invalid("Choose another person: you, and service accounts, cannot stand in for you.", field="delegate")
    return found


def withdraw_delegation(*, delegation_id: int, by: Caller) -> Delegation:
    """End a delegation that one gave or holds; decisions made under it stand. Ended already, nothing is written.

    Effects, in order: the row, activity `delegation.withdrawn`. Raises Forbidden, NotFound.
    """
    authorise_own(by, Scope.ADMIN)
    row = Delegation.objects.of(by.person).select_for_update(of=("self",)).filter(pk=delegation_id).first()
    if row is None:
        raise NotFound("There is no such delegation of yours, so nothing was changed.")
    moment = clock.now()
    if row.withdrawn_at is None and row.ends_at > moment:
        row.withdrawn_at = moment
        row.save(update_fields=["withdrawn_at"])
        other = row.delegate_id if by.person.pk == row.delegator_id else row.delegator_id
        record("delegation.withdrawn", by=by.actor, on=Subject(person_id=other), data={"delegation": row.pk})
    return row

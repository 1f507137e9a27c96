"""What a request still needs, told one by one: what the pages, the API and the gateways show."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Membership
from activity.errors import DomainError
from approvals.rules import Situation, check_incumbents_not_locked, check_not_locked, check_still_there, why_not_counted


class RequirementStatus(StrEnum):
    """How a requirement stands."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Requirement:
    """One thing that a request needs; `detail` says how it stands and what would satisfy it, `eligible` who could."""

    code: str
    status: RequirementStatus
    detail: str
    eligible: tuple[str, ...] = ()


def requirements(situation: Situation) -> list[Requirement]:
    """What the request needs, each with its reason; a request that has ended needs nothing more."""
    if not situation.change_request.is_pending:
        return []
    return [_approvals(situation), _second_person(situation), _last_editor(situation), _unlocked(situation), _in_place(situation)]


def _requirement(code: str, check: Callable[[], None], satisfied: str) -> Requirement:
    """Turn a check into a requirement: its refusal is the reason."""
    try:
        check()
    except DomainError as refusal:
        return Requirement(code, RequirementStatus.UNSATISFIED, refusal.detail)
    return Requirement(code, RequirementStatus.SATISFIED, satisfied)


def eligible(situation: Situation) -> list[Membership]:
    """The members whose approval would count and who have not given it."""
    done = {review.principal_id for review in situation.given}
    return [
        member
        for member in situation.members.values()
        if member.user.principal_id not in done and why_not_counted(situation, member, member.user.principal_id) is None
    ]


def _approvals(situation: Situation) -> Requirement:
    needed, given = situation.policy.approvals_required, len(situation.given)
    able = eligible(situation)
    who = tuple(sorted(member.user.username for member in able))
    detail = f"{given} of {needed} approval{'' if needed == 1 else 's'}"
    if not situation.missing:
        return Requirement("approvals", RequirementStatus.SATISFIED, detail)
    if len({member.user.principal_id for member in able}) < situation.missing:
        detail += "; too few people may approve this: an admin can add an editor to the workspace"
    else:
        names = sorted(member.user.display_name for member in able)
        detail += f"; {situation.missing} more from {' or '.join(names) if len(names) <= 3 else f'one of {len(names)} people'}"
    return Requirement("approvals", RequirementStatus.UNSATISFIED, detail, who)


def _second_person(situation: Situation) -> Requirement:
    """Always kept, because a vote of the requester cannot be cast: shown so that nobody has to take that on trust."""
    asked = situation.change_request.requester.display_name
    return Requirement("second-person", RequirementStatus.SATISFIED, f"{asked} asked, so somebody else decides")


def _last_editor(situation: Situation) -> Requirement:
    """Kept in the same way, where the policy says so."""
    if not situation.policy.exclude_last_editor:
        return Requirement("last-editor", RequirementStatus.NOT_APPLICABLE, "who last edited the content may approve too")
    editor = situation.version.content_edited_by.display_name
    return Requirement("last-editor", RequirementStatus.SATISFIED, f"{editor} last edited the content, so somebody else approves")


def _unlocked(situation: Situation) -> Requirement:
    return _requirement("unlocked", lambda: _check_locks(situation), "the version is not locked")


def _check_locks(situation: Situation) -> None:
    check_not_locked(situation.version)
    check_incumbents_not_locked(situation.incumbents)


def _in_place(situation: Situation) -> Requirement:
    stage = situation.change_request.from_stage.name
    return _requirement("in-place", lambda: check_still_there(situation), f"the version is in {stage}")

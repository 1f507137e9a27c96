"""What a request still needs, told one by one: what the pages, the API and the gateways show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Membership
from activity.errors import DomainError
from approvals.eligibility import Situation, groups_of, seat_of, why_not_counted
from approvals.models import StagePolicy
from approvals.obstacles import check_incumbents_not_locked, check_not_locked, check_skip, check_still_there
from approvals.quorum import filled, missing
from approvals.verdicts import Verdict, awaited_checks, checks_in_words, verdicts


class RequirementStatus(StrEnum):
    """How a requirement stands."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    NOT_APPLICABLE = "not-applicable"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True)
class Requirement:
    """One thing that a request needs; `detail` says how it stands and what would satisfy it, `eligible` who could.

    Of a check that was reported, `url` leads to the report and `summary` is its own.
    """

    code: str
    status: RequirementStatus
    detail: str
    eligible: tuple[str, ...] = ()
    url: str = ""
    summary: str = ""


def requirements(situation: Situation) -> list[Requirement]:
    """What the request needs, each with its reason; one that has ended needs nothing more, but says what break-glass overrode."""
    if not situation.change_request.is_pending:
        overridden = situation.change_request.overridden
        return [Requirement(each["code"], RequirementStatus.OVERRIDDEN, each["detail"]) for each in overridden]
    return [
        _approvals(situation),
        *_groups(situation),
        *(_check(verdict) for verdict in verdicts(situation)),
        _skips(situation),
        _second_person(situation),
        _last_editor(situation),
        _unlocked(situation),
        _in_place(situation),
    ]


def _requirement(code: str, check: Callable[[], None], satisfied: str) -> Requirement:
    """Turn a check into a requirement: its refusal is the reason."""
    try:
        check()
    except DomainError as refusal:
        return Requirement(code, RequirementStatus.UNSATISFIED, refusal.detail)
    return Requirement(code, RequirementStatus.SATISFIED, satisfied)


def eligible(situation: Situation) -> list[Membership]:
    """The members whose approval would count and who have not given it."""
    done = {seat_of(review) for review in situation.given}
    return [
        member
        for member in situation.members.values()
        if member.user.principal_id not in done and why_not_counted(situation, member, member.user.principal_id) is None
    ]


def too_few(situation: Situation) -> bool:
    """Whether those who could still approve are not enough, or not of the right groups."""
    people = {seat_of(review) for review in situation.given} | {member.user.principal_id for member in eligible(situation)}
    return missing(situation.need, [groups_of(situation, person) for person in people]) > 0


def still_missing(situation: Situation) -> str:
    """What a request waits for, in a few words: approvals, then checks; a lock or a move meanwhile when it is neither."""
    more = "more " if situation.given else ""
    told = [f"{situation.missing} {more}approval{'' if situation.missing == 1 else 's'}"] if situation.missing else []
    told += checks_in_words(awaited_checks(situation))
    return " and ".join(told) or "what stands in its way"


def who_could(situation: Situation, member: Membership) -> list[str]:
    """The user names that could give this approval: the member, and whoever stands in for them now."""
    stand_ins = [
        situation.members[delegate].user.username
        for delegate, held in situation.delegations.items()
        if delegate in situation.members and any(each.delegator_id == member.user_id for each in held)
    ]
    return [member.user.username, *stand_ins]


def _approvals(situation: Situation) -> Requirement:
    need, given = situation.need.total, len(situation.given)
    if situation.released:
        asked = situation.change_request.requester.display_name
        return Requirement("approvals", RequirementStatus.SATISFIED, f"{asked} is a release account, so no approval is needed")
    detail = f"{min(given, need)} of {need} approval{'' if need == 1 else 's'}"
    if not situation.missing:
        return Requirement("approvals", RequirementStatus.SATISFIED, detail)
    able = eligible(situation)
    who = tuple(sorted({name for member in able for name in who_could(situation, member)}))
    if too_few(situation):
        detail += "; too few people may approve this: an admin can add an editor to the workspace"
    else:
        names = sorted(member.user.display_name for member in able)
        detail += f"; {situation.missing} more from {' or '.join(names) if len(names) <= 3 else f'one of {len(names)} people'}"
    return Requirement("approvals", RequirementStatus.UNSATISFIED, detail, who)


def _groups(situation: Situation) -> Iterator[Requirement]:
    """A line for each group that the policy names; everybody who approved counts where they help most."""
    need = situation.need
    taken = filled(need, [groups_of(situation, seat_of(review)) for review in situation.given])
    for group, minimum in sorted(need.groups.items()):
        detail = f"{taken[group]} of {minimum} from {group}"
        if taken[group] >= minimum:
            yield Requirement(f"group:{group}", RequirementStatus.SATISFIED, detail)
            continue
        able = [member for member in eligible(situation) if group in groups_of(situation, member.user.principal_id)]
        who = tuple(sorted({name for member in able for name in who_could(situation, member)}))
        if len(able) < minimum - taken[group]:
            detail += f"; too few people of {group} may approve this: an admin can add somebody to the group"
        yield Requirement(f"group:{group}", RequirementStatus.UNSATISFIED, detail, who)


HOW = {"pending": "is pending", "passed": "has passed", "failed": "has failed"}


def _check(verdict: Verdict) -> Requirement:
    """A required check."""
    code, reporter = f"check:{verdict.name}", f", from {verdict.reporter}" if verdict.reporter else ""
    if verdict.check is None and verdict.outdated:
        told = f"the check “{verdict.name}” was reported on content that was edited since, and has to be reported again{reporter}"
        return Requirement(code, RequirementStatus.UNSATISFIED, told)
    if verdict.check is None:
        return Requirement(code, RequirementStatus.UNSATISFIED, f"the check “{verdict.name}” has not been reported yet{reporter}")
    status = RequirementStatus.SATISFIED if verdict.passed else RequirementStatus.UNSATISFIED
    again = "; it can be reported again" if verdict.check.status == "failed" else ""
    by = verdict.check.reporter.display_name
    return Requirement(
        code,
        status,
        f"the check “{verdict.name}” {HOW[verdict.check.status]}, says {by}{again}",
        (),
        verdict.check.url,
        verdict.check.summary,
    )


def _skips(situation: Situation) -> Requirement:
    """What the policy says of moves that skip stages."""
    skipped, rule = situation.change_request.skipped_stages, situation.policy.skip_rule
    if not skipped or rule in (StagePolicy.SkipRule.FLAG, StagePolicy.SkipRule.EXTRA_APPROVAL):
        told = f"skips {', '.join(skipped)}" if skipped else "no stage is skipped"
        extra = "; one approval more is needed" if skipped and rule == StagePolicy.SkipRule.EXTRA_APPROVAL else ""
        return Requirement("skip", RequirementStatus.NOT_APPLICABLE, told + extra)
    return _requirement("skip", lambda: check_skip(situation), f"skips {', '.join(skipped)}, and the request says why")


def _second_person(situation: Situation) -> Requirement:
    """Always kept, because a vote of the requester cannot be cast: shown so that nobody has to take that on trust."""
    asked = situation.change_request.requester.display_name
    if not situation.need.total:
        return Requirement("second-person", RequirementStatus.NOT_APPLICABLE, "the policy asks for no approval")
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

"""What somebody's approval would do now, and in whose names they may give it: plain Python over a `Situation`, no queries."""

from dataclasses import dataclass

from accounts.caller import Caller
from accounts.models import Delegation
from approvals.eligibility import Situation, groups_of, seat_of, stands_in_for, why_not_counted
from approvals.quorum import filled, missing
from approvals.verdicts import awaited_checks, checks_in_words


@dataclass(frozen=True)
class Outlook:
    """Approval `number` of `total`, with `left` to come, `short` of them from groups, and so many `checks`.

    `still` is what the change would wait for then, in words; nothing when it takes effect at once.
    """

    number: int
    total: int
    left: int
    short: int
    checks: int
    still: str


@dataclass(frozen=True)
class Voice:
    """A name in which somebody may decide: their own, or, while it is in force, that of `delegation.delegator`."""

    seat: int
    delegation: Delegation | None = None

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return str(self.delegation.delegator_id) if self.delegation else ""

    @property
    def label(self) -> str:
        """What a form says of it."""
        if self.delegation is None:
            return "in my own name"
        return f"for {self.delegation.delegator.display_name} (until {self.delegation.ends_at:%-d %B})"


def outlook(situation: Situation, seat: int) -> Outlook:
    """Return what the approval of this person, by id, would do."""
    people = [seat_of(review) for review in situation.given]
    people += [] if seat in people else [seat]
    groups = [groups_of(situation, person) for person in people]
    left = missing(situation.need, groups)
    checks = awaited_checks(situation)
    short = situation.need.of_groups - filled(situation.need, groups).total()
    told = [_approvals(situation, left, groups)] if left else []
    told += checks_in_words(checks)
    return Outlook(min(len(people), situation.need.total), situation.need.total, left, short, len(checks), " and ".join(told))


def _approvals(situation: Situation, left: int, groups: list[frozenset[str]]) -> str:
    """`2 more approvals (1 from risk)`."""
    taken = filled(situation.need, groups)
    short = {group: minimum - taken[group] for group, minimum in sorted(situation.need.groups.items())}
    named = ", ".join(f"{number} from {group}" for group, number in short.items() if number)
    return f"{left} more approval{'' if left == 1 else 's'}{f' ({named})' if named else ''}"


def voices(situation: Situation, by: Caller) -> list[Voice]:
    """Return the names in which the caller may decide here, the one that helps most first."""
    if by.user is None or by.principal_id is None:
        return []
    member = situation.members.get(by.user.pk)
    own = [Voice(by.principal_id)] if why_not_counted(situation, member, by.principal_id) is None else []
    usable = {person.pk for person in stands_in_for(situation, by)}
    held = situation.delegations.get(by.user.pk, ())
    others = [Voice(delegation.delegator_id, delegation) for delegation in held if delegation.delegator_id in usable]
    given = {seat_of(review) for review in situation.given}

    def helps(voice: Voice) -> tuple[bool, int, int]:
        then = outlook(situation, voice.seat)
        return voice.seat in given, then.left, then.short

    return sorted([*own, *others], key=helps)

"""What a policy asks, once more and as small as it can be said: for the model of the rules."""

from dataclasses import dataclass
from itertools import permutations

SKIP_RULES = ["flag", "comment", "extra_approval", "forbid"]
Groups = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Policy:
    approvals: int = 1
    exclude: bool = False
    groups: Groups = ()
    skips: str = "flag"
    checks: tuple[tuple[str, str], ...] = ()  # name, and who must report it
    days: int = 0
    release: tuple[str, ...] = ()
    glass: tuple[str, ...] = ()

    def places(self, jumps: bool) -> list[str]:
        """One word for each approval that it takes: the group that it must come from, or anyone."""
        of_groups = [group for group, minimum in self.groups for _ in range(minimum)]
        extra = 1 if jumps and self.skips == "extra_approval" else 0
        return of_groups + ["anyone"] * (max(self.approvals - len(of_groups), 0) + extra)


def empty_places(places: list[str], people: list[set[str]]) -> int:
    """The fewest places left empty, over every way to seat people: each in one place."""
    seats: list[set[str] | None] = [*people, *[None] * len(places)]
    return min(
        sum(person is None or (place != "anyone" and place not in person) for place, person in zip(places, seated, strict=True))
        for seated in permutations(seats, len(places))
    )


def is_weaker(before: Policy, after: Policy) -> bool:
    """Whether something passes the second one that would not have passed the first."""
    minimum = dict(after.groups)
    return (
        after.approvals < before.approvals
        or any(minimum.get(group, 0) < number for group, number in before.groups)
        or (before.exclude and not after.exclude)
        or SKIP_RULES.index(after.skips) < SKIP_RULES.index(before.skips)
        or bool(set(before.checks) - set(after.checks))
        or bool(set(after.release) - set(before.release))
        or bool(set(after.glass) - set(before.glass))
    )

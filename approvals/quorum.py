"""How many approvals a request needs, from whom, and how far it is: plain numbers and sets, no rows.

A policy asks for so many approvals in all, and for at least so many from each group that it names. One person counts once: for the group
that needs them most, else towards the rest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Need:
    """So many approvals in all, at least; of them so many by group key. Groups may ask for more than `approvals` together."""

    approvals: int
    groups: Mapping[str, int] = field(default_factory=dict)

    @property
    def of_groups(self) -> int:
        """How many must come from groups."""
        return sum(self.groups.values())

    @property
    def of_anyone(self) -> int:
        """How many may come from anybody who decides."""
        return max(0, self.approvals - self.of_groups)

    @property
    def total(self) -> int:
        """How many people it takes."""
        return self.of_groups + self.of_anyone


def filled(need: Need, people: Iterable[frozenset[str]]) -> Counter[str]:
    """Return how many places of each group are taken when everybody counts where they help most.

    `people` are the groups of each person. A largest matching of places to people, by augmenting paths (Kuhn's algorithm).
    """
    places = [group for group, minimum in sorted(need.groups.items()) for _ in range(minimum)]
    groups_of = list(people)
    taken: dict[int, int] = {}
    for place in range(len(places)):
        _seat(place, places, groups_of, taken, set())
    return Counter(places[place] for place in taken.values())


def _seat(place: int, places: Sequence[str], groups_of: Sequence[frozenset[str]], taken: dict[int, int], tried: set[int]) -> bool:
    """Find somebody for a place, moving others to other places of theirs where that helps."""
    for person, groups in enumerate(groups_of):
        if places[place] in groups and person not in tried:
            tried.add(person)
            if person not in taken or _seat(taken[person], places, groups_of, taken, tried):
                taken[person] = place
                return True
    return False


def missing(need: Need, people: Sequence[frozenset[str]]) -> int:
    """Return how many approvals are still needed after those of these people, at best."""
    seated = filled(need, people).total()
    return need.of_groups - seated + max(0, need.of_anyone - (len(people) - seated))

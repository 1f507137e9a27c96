"""How many approvals are missing: against every way to seat people, tried one by one."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.models import StagePolicy
from approvals.quorum import Need, filled, missing

GROUPS = ["legal", "privacy", "risk"]
needs = st.builds(Need, st.integers(0, 4), st.dictionaries(st.sampled_from(GROUPS), st.integers(1, 2), max_size=3))
people = st.lists(st.frozensets(st.sampled_from(GROUPS)), max_size=5)


def by_trying(need: Need, groups_of: list[frozenset[str]]) -> int:
    """The fewest places left empty, over every order in which people could take the places."""
    places = [group for group, minimum in need.groups.items() for _ in range(minimum)] + ["anyone"] * need.of_anyone
    nobody: list[frozenset[str] | None] = [None] * len(places)
    seatings = permutations([*groups_of, *nobody], len(places))
    return min(
        sum(person is None or (place != "anyone" and place not in person) for place, person in zip(places, seated, strict=True))
        for seated in set(seatings)
    )


small = needs.filter(lambda need: need.total <= 4)


@settings(max_examples=150, deadline=None)
@given(small, st.lists(st.frozensets(st.sampled_from(GROUPS)), max_size=4))
def test_what_is_missing_is_what_the_best_seating_leaves_empty(need, groups_of):
    assert missing(need, groups_of) == by_trying(need, groups_of)


@given(needs, people, st.frozensets(st.sampled_from(GROUPS)))
def test_one_person_more_is_one_place_less_at_most(need, groups_of, another):
    before, after = missing(need, groups_of), missing(need, [*groups_of, another])
    assert before - 1 <= after <= before


@given(needs, people, st.randoms())
def test_the_order_of_the_approvals_does_not_matter(need, groups_of, chance):
    shuffled = list(groups_of)
    chance.shuffle(shuffled)
    assert missing(need, shuffled) == missing(need, groups_of)


@given(needs, people)
def test_nobody_takes_two_places_nor_one_that_is_not_theirs(need, groups_of):
    taken = filled(need, groups_of)
    assert taken.total() <= len(groups_of)
    for group, number in taken.items():
        assert number <= min(need.groups[group], sum(group in groups for groups in groups_of))


@pytest.mark.parametrize(
    ("need", "groups_of", "left"),
    [
        (Need(0), [], 0),
        (Need(2), [set()], 1),
        (Need(1, {"risk": 1}), [set()], 1),
        (Need(1, {"risk": 1}), [{"risk"}], 0),
        (Need(2, {"risk": 1}), [{"risk"}], 1),
        (Need(2, {"risk": 1}), [set(), set(), set()], 1),
        (Need(2, {"risk": 1, "legal": 1}), [{"risk", "legal"}], 1),  # one person, one place
        (Need(2, {"risk": 1, "legal": 1}), [{"risk", "legal"}, {"legal"}], 0),  # counts where they are needed most
        (Need(2, {"risk": 1, "legal": 1}), [{"legal"}, {"risk", "legal"}], 0),
        (Need(2, {"risk": 1, "legal": 1}), [{"legal"}, {"legal"}], 1),
        (Need(1, {"risk": 2}), [{"risk"}], 1),  # groups may ask for more than the number in all
    ],
)
def test_one_person_counts_once_for_the_group_that_needs_them_most(need, groups_of, left):
    assert missing(need, [frozenset(groups) for groups in groups_of]) == left


@pytest.mark.parametrize(
    ("required", "groups", "rule", "skips", "total"),
    [
        (1, {}, "flag", True, 1),
        (1, {}, "extra_approval", False, 1),
        (1, {}, "extra_approval", True, 2),
        (0, {}, "extra_approval", True, 1),
        (1, {"risk": 2}, "extra_approval", True, 3),
        (3, {"risk": 2}, "extra_approval", True, 4),
        (3, {"risk": 2}, "forbid", True, 3),
    ],
)
def test_a_policy_needs_as_many_as_it_or_its_groups_say_and_one_more_for_a_jump(required, groups, rule, skips, total):
    lines = [{"group": group, "minimum": minimum} for group, minimum in groups.items()]
    assert StagePolicy(approvals_required=required, groups=lines, skip_rule=rule).need(skips=skips).total == total

"""Stages in order: what a move jumps over, which way it goes."""

import pytest

from registry.lifecycle import PRESETS, direction, skipped_stages
from registry.models import Stage

VERTA = [Stage(key=spec.key, position=position) for position, spec in enumerate(PRESETS["verta"])]
U, D, S, P, A = "unassigned", "development", "staging", "production", "archived"

SKIPS = {
    (U, D): [], (U, S): [D], (U, P): [D, S], (U, A): [D, S, P],
    (D, S): [], (D, P): [S], (D, A): [S, P],
    (S, P): [], (S, A): [P],
    (P, A): [],
}  # fmt: skip
BACK = [(later, earlier) for earlier, later in SKIPS]


def test_verta_has_five_stages_in_this_order():
    told = [(spec.key, spec.kind, spec.protected) for spec in PRESETS["verta"]]
    assert told == [(U, U, False), (D, "working", False), (S, "working", True), (P, P, True), (A, A, False)]


def test_every_move_is_in_one_of_the_tables():
    assert {*SKIPS, *BACK} == {(one, other) for one in (U, D, S, P, A) for other in (U, D, S, P, A) if one != other}


@pytest.mark.parametrize(("move", "skipped"), SKIPS.items())
def test_a_move_forward_names_each_stage_that_it_jumps(move, skipped):
    assert skipped_stages(VERTA, *move) == skipped
    assert direction(VERTA, *move) == "forward"


@pytest.mark.parametrize("move", BACK)
def test_a_move_back_skips_nothing_and_is_called_back(move):
    assert skipped_stages(VERTA, *move) == []
    assert direction(VERTA, *move) == "back"


def test_stages_are_taken_by_position_not_by_the_order_they_come_in():
    assert skipped_stages(reversed(VERTA), U, P) == [D, S]


def test_positions_may_have_gaps():
    stages = [Stage(key=key, position=position) for key, position in ((U, 0), (D, 10), (S, 11), (P, 500))]
    assert skipped_stages(stages, U, P) == [D, S]
    assert direction(stages, P, D) == "back"

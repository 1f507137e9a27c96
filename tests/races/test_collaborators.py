"""An approval while its author is taken off a private model: they decided before, or not at all."""

# ruff: noqa: B023 - a race is over before the round is

from collections.abc import Callable

import pytest

from accounts.models import ApproverGroup, Role
from accounts.services import add_to_group, remove_from_group
from activity.unit import unit_of_work
from registry.models import Collaborator
from tests.cast import Team, caller
from tests.log import findings
from tests.races.arena import Arena, comes_before, endings, fresh, told

pytestmark = pytest.mark.postgresql


def rows(team: Team) -> Collaborator:
    return Collaborator.objects.get(membership__user=team.reviewer)


def out_of_the_group(team: Team) -> None:
    with unit_of_work():
        remove_from_group(group_id=ApproverGroup.objects.get().pk, user_id=team.reviewer.pk, by=caller(team.admin))


def into_the_group(team: Team) -> None:
    with unit_of_work():
        add_to_group(group_id=ApproverGroup.objects.get().pk, user_id=team.reviewer.pk, by=caller(team.admin))


def public_at_first(team: Team) -> None:
    team.hide(private=False)


# How somebody is let in, how they are shut out, and the line that tells of it.
WAYS: dict[str, tuple[Callable[[Team], object], Callable[[Team], object], str]] = {
    "taken off": (lambda team: team.let_in(team.reviewer), lambda team: team.take_off(rows(team)), "model.collaborator_removed"),
    "out of the group": (into_the_group, out_of_the_group, "group.member_removed"),
    "made private": (public_at_first, Team.hide, "model.made_private"),
}


@pytest.mark.parametrize("how", WAYS)
def test_an_approval_and_its_author_shut_out(team, arena: Arena, often, how):
    let_in, shut_out, verb = WAYS[how]
    team.let_in(team.group("risk"), Role.VIEWER)
    team.hide()
    seen = set()
    for _ in often:
        let_in(team)
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: shut_out(team))))
        assert words in (("applied", "done"), ("not-found", "done"))
        assert (fresh(asked).status, endings(asked)) == (
            ("applied", ["stage_change.applied"]) if words[0] == "applied" else ("pending", [])
        )
        if words[0] == "applied":
            assert comes_before(asked, verb)
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []

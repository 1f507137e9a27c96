"""An approval while somebody whose approval it needs leaves: they decided before, or not at all; the log's own times say so."""

# ruff: noqa: B023 - a race is over before the round is

from collections.abc import Callable

import pytest

from accounts.models import Role, User
from accounts.services import reactivate_person, remove_member
from activity.unit import unit_of_work
from tests.cast import Team, caller
from tests.log import findings
from tests.races.arena import Arena, comes_before, endings, fresh, told

pytestmark = pytest.mark.postgresql


def take_out(team: Team, person: User) -> None:
    with unit_of_work():
        remove_member(workspace_id=team.workspace.pk, user_id=person.pk, by=caller(team.admin))


def let_back(team: Team, person: User) -> None:
    with unit_of_work():
        reactivate_person(user_id=person.pk, by=caller(team.staff))
    team.role(person, Role.EDITOR)


# How one leaves, the line that tells of it, and what an approval that comes too late is answered.
LEAVING: dict[str, tuple[Callable[[Team, User], None], str, str]] = {
    "let go": (Team.let_go, "person.deactivated", "not-found"),
    "taken out": (take_out, "member.removed", "not-found"),
    "made a viewer": (lambda team, person: team.role(person, Role.VIEWER), "member.role_changed", "not-eligible"),
}


@pytest.mark.parametrize("how", LEAVING)
def test_an_approval_and_its_author_leaving(team, arena: Arena, often, how):
    leave, verb, too_late = LEAVING[how]
    seen = set()
    for _ in often:
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: leave(team, team.reviewer))))
        assert words in (("applied", "done"), (too_late, "done"))
        assert (fresh(asked).status, endings(asked)) == (
            ("applied", ["stage_change.applied"]) if words[0] == "applied" else ("pending", [])
        )
        if words[0] == "applied":
            assert comes_before(asked, verb)
        seen.add(words)
        let_back(team, team.reviewer)
    assert len(seen) == 2
    assert findings() == []


@pytest.mark.parametrize("how", LEAVING)
def test_an_approval_and_the_author_of_the_one_before_it_leaving(team, arena: Arena, often, how):
    leave, verb, _ = LEAVING[how]
    seen = set()
    team.policy("staging", 2)
    for _ in often:
        asked = team.ask(team.version())
        team.approve(asked, by=team.second_reviewer)
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: leave(team, team.second_reviewer))))
        assert words in {("applied", "done"), ("pending", "done")}
        assert fresh(asked).status == words[0]
        if words[0] == "applied":
            assert comes_before(asked, verb)
        seen.add(words)
        let_back(team, team.second_reviewer)
    assert len(seen) == 2
    assert findings() == []


def test_two_admins_who_take_each_others_role(team, arena: Arena, fewer):
    for _ in fewer:
        for user in (team.reviewer, team.second_reviewer):
            team.role(user, Role.ADMIN)
        words = map(
            told,
            arena.race(
                lambda: team.role(team.reviewer, Role.VIEWER, by=team.second_reviewer),
                lambda: team.role(team.second_reviewer, Role.VIEWER, by=team.reviewer),
            ),
        )
        assert sorted(words) == ["done", "forbidden"]
        assert team.workspace.memberships.filter(role=Role.ADMIN).count() == 2  # the admin, and whoever was first
    assert findings() == []

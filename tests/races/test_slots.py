"""Two who want one slot, at once: one holds it in the end, and what was seen is what was done."""

# ruff: noqa: B023 - a race is over before the round is

from collections import Counter

import pytest

from registry.models import StageAssignment
from tests.cast import Team, make_team
from tests.log import findings
from tests.races.arena import Arena, endings, fresh, told

pytestmark = pytest.mark.postgresql


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team(preset="chariot")


def holder_of(team: Team, key: str) -> int:
    """The one version that holds a slot."""
    return StageAssignment.objects.now().get(stage__key=key, model=team.model).version_id


def test_two_requests_for_one_slot_each_approved_as_it_was_seen(team, arena: Arena, often):
    seen: Counter[str] = Counter()
    for _ in often:
        first, second = team.ask(team.version(), "staging"), team.ask(team.version(), "staging")
        words = tuple(
            map(
                told,
                arena.race(
                    lambda: team.approve(first, digest=first.digest),
                    lambda: team.approve(second, by=team.second_reviewer, digest=second.digest),
                ),
            )
        )
        assert words in (("applied", "digest-changed"), ("digest-changed", "applied"))
        won, lost = (first, second) if words[0] == "applied" else (second, first)
        assert holder_of(team, "staging") == won.version_id
        assert (endings(won), endings(lost), fresh(lost).status) == (["stage_change.applied"], [], "pending")
        team.revoke(lost)
        seen[words[0]] += 1
    assert set(seen) == {"applied", "digest-changed"}
    assert findings() == []


def test_two_requests_for_one_slot_approved_whatever_was_seen_displace_each_other_in_turn(team, arena: Arena, often):
    for _ in often:
        first, second = team.ask(team.version(), "staging"), team.ask(team.version(), "staging")
        words = list(map(told, arena.race(lambda: team.approve(first), lambda: team.approve(second, by=team.second_reviewer))))
        assert words == ["applied", "applied"]
        assert holder_of(team, "staging") in (first.version_id, second.version_id)
    assert findings() == []


def test_an_approval_and_the_displacement_of_its_version(team, arena: Arena, fewer):
    for _ in fewer:
        holder = team.move(team.version(), "staging")
        asked, taking = team.ask(holder, "archived"), team.ask(team.version(), "staging")
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.approve(taking, by=team.second_reviewer))))
        assert words in (("applied", "applied"), ("not-pending", "applied"))
        assert endings(asked) == ["stage_change.applied" if words[0] == "applied" else "stage_change.superseded"]
        assert holder_of(team, "staging") == taking.version_id
    assert findings() == []

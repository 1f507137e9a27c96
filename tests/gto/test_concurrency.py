"""Forty changes at once while several workers write: everything is written once, in order, and the real gto agrees."""

from functools import partial

import pytest

from gto.keeping import keep
from gto.source import tags_in
from notifications.outbox import drain
from tests.cast import Team, make_team
from tests.gto.real import check_agreement
from tests.gto.written import held_here, held_there, switch_on, told
from tests.races.arena import Arena, arena

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
__all__ = ["arena"]
WRITERS = 4


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team(preset="gto")


def write() -> None:
    """What a worker does, as often as others change something."""
    for _ in range(3):
        drain()
        keep()


def test_forty_changes_at_once_are_written_once_and_in_order(team: Team, arena: Arena):
    switch_on(team)
    versions = [team.version(name=f"v{number}.0.0") for number in range(1, 9)]
    for stage in ("dev", "stage", "prod", "unassigned", "dev"):
        asked = [team.ask(version, stage) for version in versions]
        approvals = [partial(team.approve, change_request) for change_request in asked]
        for at in range(0, len(approvals), 4):
            arena.race(*approvals[at : at + 4], *[write] * (WRITERS - 1))
    folder = told(team)
    assert held_there(folder) == held_here(team)
    names = [tag.name for tag in tags_in(folder)]
    assert len(names) == len(set(names))
    check_agreement((team, folder))

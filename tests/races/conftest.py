"""What races may ask for."""

from collections.abc import Callable

import pytest

from tests.cast import Team, make_team
from tests.races.arena import arena

__all__ = ["arena"]


@pytest.fixture
def team(transactional_db: None) -> Team:
    """A small team, committed."""
    return make_team()


@pytest.fixture
def often(rounds: Callable[[int, int], int]) -> range:
    """How many rounds: 40, or 200 in the long run."""
    return range(rounds(40, 200))


@pytest.fixture
def fewer(rounds: Callable[[int, int], int]) -> range:
    """For races beside the main ones: 12 rounds, or 60 in the long run."""
    return range(rounds(12, 60))

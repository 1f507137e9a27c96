"""A team with a past: the clock stands where the test puts it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from activity import clock
from tests.cast import Team, make_team

Back = Callable[..., None]


@pytest.fixture
def back(db: None) -> Iterator[Back]:
    """`back(days=3, hours=1)`: set the clock so long before the present moment, which is noon of a Wednesday; nothing: to it."""
    noon = datetime.fromisoformat("2026-06-10T12:00:00+00:00")
    with clock.invented() as set_clock:
        set_clock(noon - timedelta(days=400))
        yield lambda **ago: set_clock(noon - timedelta(**ago))


@pytest.fixture
def team(back: Back) -> Team:
    return make_team()

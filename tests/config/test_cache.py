"""The cache while Redis is away: asked once in a while, and never a reason to refuse anybody."""

from collections.abc import Callable, Iterator

import pytest

from config.cache import ForgivingRedisCache


@pytest.fixture(autouse=True)
def _asked_again() -> Iterator[None]:
    ForgivingRedisCache.away_until = 0.0
    yield
    ForgivingRedisCache.away_until = 0.0


@pytest.fixture
def away(free_port: Callable[[], int]) -> ForgivingRedisCache:
    made = ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", {})
    made._alone.clear()
    return made


def test_without_redis_this_process_remembers_by_itself(away: ForgivingRedisCache):
    assert away.get("rate", []) == []
    away.set("rate", [1], 60)
    assert (away.get("rate"), away.get_many(["rate", "other"])) == ([1], {"rate": [1]})
    assert (away.add("rate", 2), away.set_many({"n": 1}), away.incr("n"), away.delete("n")) == (False, [], 2, True)


def test_a_redis_that_is_away_is_left_alone_for_a_while(away: ForgivingRedisCache, caplog: pytest.LogCaptureFixture):
    for _ in range(3):
        away.get("rate")
    assert [record.getMessage()[:24] for record in caplog.records] == ["Redis cannot be reached,"]

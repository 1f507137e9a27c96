"""Redis as the cache, and this process's own memory for as long as Redis cannot be reached: what is cached is never worth a refusal."""

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE = 10.0  # seconds until Redis is asked again: a call that waits for a dead one costs its caller up to a second


class ForgivingRedisCache(RedisCache):
    """`RedisCache`, with rates and figures counted by each process alone while it is away."""

    away_until = 0.0  # of all of them in this process

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._alone = LocMemCache("while-redis-is-away", {"OPTIONS": {"MAX_ENTRIES": 10_000}})


def _either(name: str) -> Any:
    """The method of that name, of the one that is there."""

    def call(self: ForgivingRedisCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= ForgivingRedisCache.away_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except RedisError as error:
                ForgivingRedisCache.away_until = time.monotonic() + PAUSE
                logger.warning("Redis cannot be reached, each process caches and counts alone: %s", error)
        return getattr(self._alone, name)(*args, **kwargs)

    return call


for _name in ("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many", "clear"):
    setattr(ForgivingRedisCache, _name, _either(_name))

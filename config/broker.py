"""The brokers, as kombu has them, but for what ends a worker. Messages are hints alone (`activity.outbox`), so they may be lost.

In a folder: kombu makes a file and then fills it. Whoever looks in between, or after a `kill -9` in between, finds an empty one, and a
worker that finds one ends. So one that cannot be read is dropped. Redis: when the connection is lost, kombu wants to give back what was
not acknowledged, over that same connection, and the worker ends. So nothing is given back, and the worker waits for Redis.
"""

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem, redis
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Messages appear whole or not at all; a file that cannot be read is passed over."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as the base class calls it
        """Write the message beside the queue, then move it in."""
        name = f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}"
        unfinished = Path(self.data_folder_out) / f"{name}.unfinished"
        unfinished.write_text(dumps(message))
        unfinished.rename(unfinished.with_name(f"{name}.{queue}.msg"))

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """Return the next message. Raises Empty, also for one that cannot be read and is gone now."""
        try:
            return super()._get(queue)
        except ValueError:
            raise Empty from None

    def get_table(self, exchange: str) -> Any:
        """Return the queues of an exchange; none while another process writes them."""
        try:
            return super().get_table(exchange)
        except ValueError:
            return []

    def _queue_bind(self, exchange: str, *binding: Any) -> None:
        """Note a queue of an exchange; notes that somebody could not finish are begun again."""
        try:
            super()._queue_bind(exchange, *binding)
        except ValueError:
            self._exchange_file(exchange).unlink(missing_ok=True)
            super()._queue_bind(exchange, *binding)


class Transport(filesystem.Transport):
    """`filesystem://` with that channel."""

    Channel = Channel


class RedisChannel(redis.Channel):
    """What was taken is gone: nothing is noted in Redis meanwhile, nor given back."""

    do_restore = False
    ack_emulation = False


class RedisTransport(redis.Transport):
    """`redis://` with that channel."""

    Channel = RedisChannel


TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = f"{__name__}:RedisTransport"

"""Two or more at once, on real connections, let go by a barrier, again and again."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from activity.errors import DomainError
from activity.models import Activity
from approvals.models import StageChangeRequest
from notifications.audience import ENDS

Doing = Callable[[], Any]
HEAD_START = 0.03  # seconds: enough for a whole decision, so that each order is seen in every run


class Arena:
    """Runners that keep their connections from round to round."""

    def __init__(self, runners: int) -> None:
        self.runners = runners
        self.pool = ThreadPoolExecutor(runners)
        self.rounds = 0

    def race(self, *doings: Doing) -> list[Any]:
        """Do all of these at once. Returns, in the same order, what each returned, or the refusal that it met; any other error is raised.

        Of four rounds, one gives the first a head start, one the last, and two give anybody some milliseconds by chance.
        """
        barrier = threading.Barrier(len(doings))

        def run(doing: Doing, wait: float) -> Any:
            connection.ensure_connection()
            barrier.wait(30)
            time.sleep(wait)
            try:
                return doing()
            except DomainError as refused:
                return refused

        started = [self.pool.submit(run, *each) for each in zip(doings, self._waits(len(doings)), strict=True)]
        return [future.result(60) for future in started]

    def _waits(self, count: int) -> list[float]:
        self.rounds += 1
        if self.rounds % 4 < 2:
            late = [HEAD_START] * count
            late[-(self.rounds % 4)] = 0
            return late
        return [random.uniform(0, 0.006) for _ in range(count)]

    def close(self) -> None:
        """Let every runner hang up, so that the database can be cleaned."""
        barrier = threading.Barrier(self.runners)

        def hang_up() -> None:
            barrier.wait(30)
            connection.close()

        for future in [self.pool.submit(hang_up) for _ in range(self.runners)]:
            future.result(30)
        self.pool.shutdown()


@pytest.fixture
def arena(transactional_db: None) -> Iterator[Arena]:
    """Twelve runners."""
    made = Arena(12)
    yield made
    made.close()


def told(outcome: Any) -> str:
    """An outcome in a word: the status of a request, the code of a refusal, or `done`."""
    if isinstance(outcome, DomainError):
        return outcome.code
    return str(outcome.status) if isinstance(outcome, StageChangeRequest) else "done"


def endings(change_request: StageChangeRequest) -> list[str]:
    """The terminal lines of a request: one for one that has ended, none for one that waits."""
    return list(Activity.objects.filter(request_id=change_request.pk, verb__in=ENDS).values_list("verb", flat=True))


def fresh(change_request: StageChangeRequest) -> StageChangeRequest:
    """The request as it stands now."""
    return StageChangeRequest.objects.select_related("version", "decided_by").get(pk=change_request.pk)


def comes_before(change_request: StageChangeRequest, verb: str) -> bool:
    """Whether the request was applied, by the log's own times, before the last line of that verb, which is in another chain."""
    applied = Activity.objects.get(request_id=change_request.pk, verb="stage_change.applied")
    return applied.created_at < Activity.objects.filter(verb=verb).latest("pk").created_at

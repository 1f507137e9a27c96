"""The demo, loaded once for all tests that only read it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from activity import clock
from config.demo.load import load


@pytest.fixture
def on_this_machine(settings: Any) -> None:
    """Stageward answers to this machine alone, as the demo asks for."""
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """A database that was empty and now holds the demo; yields the moment before the load. Undone after the module."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr("django.conf.settings.PUBLIC_URL", "http://127.0.0.1:8000")
        patch.setattr("django.conf.settings.ALLOWED_HOSTS", ["127.0.0.1"])
        undone = transaction.atomic()
        undone._from_testcase = True  # type: ignore[attr-defined]  # so that a durable unit of work may open inside it
        with undone:
            before = clock.now()
            load()
            yield before
            transaction.set_rollback(True)

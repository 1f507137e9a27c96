"""Whether this installation can do its work: what `/readyz` tells a load balancer and an operator."""

from datetime import datetime
from typing import Any

from celery import current_app
from django.db import DatabaseError, connection

from activity import clock
from activity.models import Seal
from activity.triggers import missing_triggers
from notifications.outbox import oldest_waiting


def readiness() -> tuple[bool, dict[str, Any]]:
    """Return whether requests can be served, and how each part stands.

    Without its database, or without the triggers that guard the log, nothing may be served. A broker that cannot be reached, a line
    that waits to be told or an old seal are shown, and stop nobody.
    """
    parts: dict[str, Any] = {"database": "down", "triggers": "unknown", "broker": _broker()}
    try:
        missing = missing_triggers(connection)
        parts |= {"database": "up", "triggers": f"{len(missing)} missing" if missing else "in place"}
        parts |= {"oldest_undelivered_seconds": _outbox_age(), "last_seal": _last_seal()}
    except DatabaseError:
        return False, parts | {"database": "down"}
    return parts["triggers"] == "in place", parts


def _broker() -> str:
    """Tell whether the broker takes messages; one try, so that a dead one costs a second."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except Exception:  # noqa: BLE001 - whatever the transport raises, it means the same
        return "unreachable"
    return "reachable"


def _outbox_age() -> int:
    """How many seconds the oldest line has waited to be told to the outside; 0 when none waits."""
    line = oldest_waiting()
    return max(0, int((clock.now() - line.created_at).total_seconds())) if line else 0


def _last_seal() -> datetime | None:
    """When the log was sealed last."""
    return Seal.objects.order_by("-number").values_list("created_at", flat=True).first()

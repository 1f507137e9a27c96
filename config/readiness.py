"""Whether this installation can do its work: what `/readyz` tells a load balancer and an operator."""

from typing import Any

from django.db import DatabaseError, connection

from activity.triggers import missing_triggers
from operations.state import broker_answers, clock_silence, delivery_age, last_seal, outbox_age, workers


def readiness() -> tuple[bool, dict[str, Any]]:
    """Return whether requests can be served, and how each part stands.

    Without its database, or without the triggers that guard the log, nothing may be served. A broker that cannot be reached, workers
    that are gone, a line or a message that waits, or an old seal are shown, and stop nobody.
    """
    parts: dict[str, Any] = {
        "database": "down",
        "triggers": "unknown",
        "broker": "reachable" if broker_answers() else "unreachable",
    }
    try:
        missing = missing_triggers(connection)
        parts |= {"database": "up", "triggers": f"{len(missing)} missing" if missing else "in place"}
        parts |= {"workers": workers().count(), "clock_silent_seconds": clock_silence()}
        parts |= {"oldest_undelivered_seconds": outbox_age(), "oldest_due_delivery_seconds": delivery_age()}
        parts |= {"last_seal": last_seal()}
    except DatabaseError:
        return False, parts | {"database": "down"}
    return parts["triggers"] == "in place", parts

"""Running imports: claim one, read its source, bring over what is there, version by version, each in a transaction of its own."""

import logging
import threading
import time
from dataclasses import replace
from datetime import timedelta

from django.db.models import F

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from accounts.models import Role
from activity import clock
from activity.errors import DomainError
from activity.unit import unit_of_work
from imports.items import ModelItem, Note, Upstream, VersionItem
from imports.models import Import
from imports.services import begin_reading, bring_model, bring_version, fail_import, finish_import
from imports.services.runs import locked_import, report
from imports.sources import SOURCES, SourceAway, SourceFailed
from imports.stages import unknown_stages, with_our_stages
from registry.models import Stage

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than a source is silent; renewed while it is read and while versions come in
RENEW = 30.0  # seconds
TELL = 2.0  # seconds, while a source is read: whoever watches sees that it moves
_runs = threading.Lock()


class Lost(Exception):
    """Another worker has this import now."""


def run_due() -> int:
    """Run every import that no worker has; how many ended. One of these runs in a process at a time, so that others find a thread free."""
    if not _runs.acquire(blocking=False):
        return 0
    try:
        ended = 0
        while run := _claim():
            ended += _run(run)
        return ended
    finally:
        _runs.release()


def _claim() -> Import | None:
    with unit_of_work():
        run = Import.objects.select_for_update(skip_locked=True).due(clock.now()).order_by("pk").first()
        if run:
            run.status, run.claims, run.leased_until = Import.Status.RUNNING, run.claims + 1, clock.now() + LEASE
            run.save(update_fields=["status", "claims", "leased_until"])
    return run


def _run(run: Import) -> bool:
    by = Caller(run.started_by, "import")
    try:
        upstream = _read(run)
        with unit_of_work():
            begin_reading(import_id=run.pk, upstream=upstream, by=by)
        _bring_all(run, upstream, by)
        with unit_of_work():
            _still_ours(run)
            finish_import(import_id=run.pk, upstream=upstream, by=by)
    except Lost:
        return False
    except (SourceFailed, DomainError) as failed:
        _fail(run, str(failed), by, away=isinstance(failed, SourceAway))
    except Exception as error:
        logger.exception("Import %s stopped", run.pk)
        _fail(run, f"Something went wrong here, not there ({type(error).__name__}). The worker's log has more.", by)
    return True


def _fail(run: Import, reason: str, by: Caller, *, away: bool = False) -> None:
    more = "What was brought over until then stays; the import can go on from there."
    with unit_of_work():
        fail_import(import_id=run.pk, reason=f"{reason} {more}", by=by, away=away)


def _read(run: Import) -> Upstream:
    """All there is, in our stages. Raises SourceFailed, Lost."""
    upstream = SOURCES[run.kind].read(run.source, run.options, _Pulse(run))
    stages = list(Stage.objects.current().filter(workspace_id=run.workspace_id))
    given = run.options.get("stages", {})
    if unknown := unknown_stages(upstream.versions, stages, given):
        raise SourceFailed(
            f"It has stages that this workspace does not know: {', '.join(unknown)}. Add them, or start again and say which stage each"
            f" is, such as “{unknown[0]} = {stages[-1].key}”, or “{unknown[0]} = -” to leave it out."
        )
    versions, notes = with_our_stages(upstream.versions, stages, given)
    return replace(upstream, versions=tuple(versions), notes=(*upstream.notes, *notes))


def _bring_all(run: Import, upstream: Upstream, by: Caller) -> None:
    keys = [item.external_id for item in upstream.versions]
    start = keys.index(run.cursor) + 1 if run.cursor in keys else 0
    pulse = _Pulse(run)
    for item in upstream.versions[start:]:
        _bring(run, item, by)
        pulse()
    for model in upstream.empty:
        _bring_model(run, model, by)
        pulse()


class _Pulse:
    """Renews the lease of this worker now and then; while the source is read, with how many versions were."""

    def __init__(self, run: Import) -> None:
        self._run, self._renewed = run, time.monotonic()

    def __call__(self, read: int | None = None) -> None:
        if time.monotonic() - self._renewed < (RENEW if read is None else TELL):
            return
        self._renewed = time.monotonic()
        told = {} if read is None else {"read": read}
        mine = Import.objects.filter(pk=self._run.pk, claims=self._run.claims, status=Import.Status.RUNNING)
        if not mine.update(leased_until=clock.now() + LEASE, **told):
            raise Lost


def _bring_model(run: Import, item: ModelItem, by: Caller) -> None:
    """One model without versions; what our rules refuse is for the report."""
    try:
        with unit_of_work():
            _still_ours(run)
            bring_model(import_id=run.pk, item=item, by=by)
    except Forbidden:
        raise
    except DomainError as refused:
        with unit_of_work():
            current = locked_import(run.pk)
            report(current, [Note(item.name, refused.detail)])
            current.save(update_fields=["counts"])


def _bring(run: Import, item: VersionItem, by: Caller) -> None:
    """One version; what our rules refuse is for the report, and the next one comes."""
    try:
        with unit_of_work():
            _still_ours(run)
            bring_version(import_id=run.pk, item=item, by=by)
    except Forbidden:
        raise  # whoever started it is no admin any more: none of the others would be let in either
    except DomainError as refused:
        with unit_of_work():
            authorise(
                by, run.workspace_id, Role.ADMIN, Scope.ADMIN
            )  # who left the workspace is refused everything, which ends it
            current = locked_import(run.pk)
            report(current, [Note(f"{item.model.name} {item.name}", refused.detail)])
            current.done, current.cursor = F("done") + 1, item.external_id
            current.save(update_fields=["done", "cursor", "counts"])


def _still_ours(run: Import) -> None:
    """Raises Lost when this worker's time was over and another one took the import."""
    if not Import.objects.select_for_update().filter(pk=run.pk, claims=run.claims, status=Import.Status.RUNNING).exists():
        raise Lost

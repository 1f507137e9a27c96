"""How an import begins, goes on and ends."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role, Workspace
from activity import clock
from activity.errors import Conflict, DomainError, Invalid, NotFound
from activity.log import Subject, record
from imports.hints import hint
from imports.items import EventItem, Note, Upstream
from imports.models import Import, Imported, ReportLine
from imports.sources import SOURCES, stages_given
from registry.services import archive_model

MOST_LINES = 2000  # of a report; what is beyond is counted
Status = Import.Status


def start_import(*, workspace_id: int, kind: str, source: str, by: Caller, options: dict[str, Any] | None = None) -> Import:
    """Ask that what another system has be brought into a workspace; the worker does it.

    Effects, in order: the row, activity `import.started`; a hint to the worker after commit. Raises NotFound, Forbidden, Invalid, and
    Conflict while another import of the workspace runs.
    """
    Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    if kind not in SOURCES:
        raise Invalid(f"There is no import from “{kind}”. There are: {', '.join(SOURCES)}.", field="kind")
    _check_none_runs(workspace_id)
    source, kept = SOURCES[kind].clean(source, options or {})
    run = Import.objects.create(
        workspace_id=workspace_id, kind=kind, source=source, options=kept, started_by=by.person, created_at=clock.now()
    )
    _tell("import.started", run, by, source=source)
    transaction.on_commit(hint, robust=True)
    return run


def resume_import(*, import_id: int, by: Caller, options: dict[str, Any] | None = None) -> Import:
    """Let an import that failed go on where it stopped; `options` that are given replace those that it had.

    Effects, in order: the row, activity `import.resumed`; a hint to the worker after commit. Raises NotFound, Forbidden, Conflict,
    Invalid.
    """
    run = locked_import(import_id)
    authorise(by, run.workspace_id, Role.ADMIN, Scope.ADMIN)
    if run.status != Status.FAILED:
        raise Conflict(f"This import is {run.status}, so there is nothing to go on with. Start another one.")
    _check_none_runs(run.workspace_id)
    stages = run.options.get("stages", {})
    if options and options.get("token"):
        _, run.options = SOURCES[run.kind].clean(run.source, {"stages": stages, **options})
    elif options:
        run.options = {**run.options, "stages": stages_given(options, set(), f"{run.kind} that goes on without a token")}
    run.status, run.error, run.finished_at, run.leased_until, run.started_by = Status.WAITING, "", None, None, by.person
    run.away = False
    run.save(update_fields=["status", "error", "away", "finished_at", "leased_until", "started_by", "options"])
    _tell("import.resumed", run, by, source=run.source)
    transaction.on_commit(hint, robust=True)
    return run


def _check_none_runs(workspace_id: int) -> None:
    running = Import.objects.unfinished().filter(workspace_id=workspace_id).first()
    if running:
        raise Conflict(
            f"Import {running.pk} of this workspace is {running.status}, so nothing was started. Wait until it is done."
        )


def locked_import(import_id: int) -> Import:
    """Return an import, locked. Raises NotFound."""
    run = Import.objects.select_for_update().filter(pk=import_id).first()
    if run is None:
        raise NotFound("There is no such import.")
    return run


def begin_reading(*, import_id: int, upstream: Upstream, by: Caller) -> Import:
    """Note what the source has, before any of it is brought over: for the worker alone. Effects: the row and its report."""
    run = locked_import(import_id)
    authorise(by, run.workspace_id, Role.ADMIN, Scope.ADMIN)
    ReportLine.objects.filter(of=run, at_reading=True).delete()
    report(run, upstream.notes, at_reading=True)
    run.total = len(upstream.versions)
    run.save(update_fields=["total", "counts"])
    return run


def finish_import(*, import_id: int, upstream: Upstream, by: Caller) -> Import:
    """End an import that brought over all there was: for the worker alone.

    Effects, in order: models that it made and that are put away there are archived (`model.archived`), what is new and what is gone
    there is noted, the row, the credentials of imports of the same that failed before, activity `import.finished`.
    """
    run = locked_import(import_id)
    _archive(run, [model.external_id for model in {version.model for version in upstream.versions} if model.archived], by)
    _note_events(run, upstream.events)
    counts = {**run.counts, "skipped": ReportLine.objects.filter(of=run, level=ReportLine.Level.SKIPPED).count()}
    run.status, run.finished_at, run.counts, run.leased_until = Status.DONE, clock.now(), counts, None
    run.options = SOURCES[run.kind].forget(run.options)
    run.save(update_fields=["status", "finished_at", "counts", "options", "leased_until"])
    _forget_failed(run)
    _tell("import.finished", run, by, source=run.source, counts=run.counts)
    return run


def _forget_failed(run: Import) -> None:
    """Nobody needs to go on with what failed before where a later import of the same came to its end."""
    failed = Import.objects.filter(workspace_id=run.workspace_id, kind=run.kind, source=run.source, status=Status.FAILED)
    for each in failed.order_by("pk"):
        each.options = SOURCES[each.kind].forget(each.options)
        each.save(update_fields=["options"])


def _archive(run: Import, external_ids: list[str], by: Caller) -> None:
    """Put away the models that this import made; where a version holds a protected stage, that is for the report."""
    rows = Imported.objects.filter(
        workspace_id=run.workspace_id, kind=run.kind, thing=Imported.Thing.MODEL, external_id__in=external_ids
    )
    for row in rows.filter(first_import=run, adopted=False).order_by("pk"):
        try:
            archive_model(model_id=row.model_id or 0, by=by)
        except DomainError as refused:
            report(run, [Note(row.name, f"It is put away there and not here. {refused.detail}", skipped=False)])


def fail_import(*, import_id: int, reason: str, by: Caller, away: bool = False) -> Import:
    """Stop an import that cannot go on, perhaps because nobody answered there: for the worker alone. What was brought over stays.

    Effects, in order: the row, activity `import.failed`.
    """
    run = locked_import(import_id)
    run.status, run.finished_at, run.error, run.leased_until = Status.FAILED, clock.now(), storable(reason[:5000]), None
    run.away = away
    run.save(update_fields=["status", "finished_at", "error", "away", "leased_until"])
    _tell("import.failed", run, by, source=run.source)
    return run


def _tell(verb: str, run: Import, by: Caller, **data: Any) -> None:
    record(verb, by=by.actor, on=Subject(workspace_id=run.workspace_id), data={"import": run.pk, "kind": run.kind, **data})


def report(run: Import, notes: Iterable[Note], *, at_reading: bool = False) -> None:
    """Add to what is said of an import; beyond `MOST_LINES` it is only counted."""
    lines = [
        ReportLine(
            of=run,
            level=ReportLine.Level.SKIPPED if note.skipped else ReportLine.Level.NOTED,
            about=storable(note.about[:500]),
            text=storable(note.text),
            at_reading=at_reading,
        )
        for note in notes
    ]
    free = max(0, MOST_LINES - ReportLine.objects.filter(of=run).count()) if lines else 0
    ReportLine.objects.bulk_create(lines[:free])
    if lines[free:]:
        run.counts = {**run.counts, "not_shown": run.counts.get("not_shown", 0) + len(lines[free:])}


def storable(text: str) -> str:
    """Return what another system says of itself as a database takes it: with a mark for what none can keep."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _note_events(run: Import, events: Iterable[EventItem]) -> None:
    """Keep what happened there, and say what is there no more; what it brought stays."""
    there = {event.external_id: event for event in events}
    known = Imported.objects.filter(workspace_id=run.workspace_id, kind=run.kind, thing=Imported.Thing.EVENT)
    old = dict(known.filter(source=run.source, gone_at=None).values_list("external_id", "name"))
    ever = set(known.values_list("external_id", flat=True))  # the same source may have several addresses
    new = [event for key, event in there.items() if key not in ever]
    Imported.objects.bulk_create(
        [
            Imported(
                workspace_id=run.workspace_id,
                kind=run.kind,
                thing=Imported.Thing.EVENT,
                external_id=event.external_id,
                name=event.name[:500],
                author=storable(str(event.author)[:300]),
                source=run.source,
                first_import=run,
                occurred_at=event.occurred_at,
            )
            for event in new
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    gone = [(key, name) for key, name in old.items() if key not in there]
    known.filter(external_id__in=[key for key, _ in gone]).update(gone_at=clock.now())
    report(run, [Note(name, "This is there no more. What it brought stays as it is.", skipped=False) for _, name in gone])
    run.counts = {**run.counts, "events": len(there), "new_events": len(new), "gone": len(gone)}

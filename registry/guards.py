"""What the database itself keeps about versions, and how the log is checked against them.

A stage may change only together with its line: the line is written first, the UPDATE names it, and it must be about this version, from
the old stage to the new one, and newer than the line that the version named before. It is the line of a request that took effect or of
who had to make room. An import's line counts only while an import is all that the log knows of the version: once anything else was said
about it, an edit or a request, no import moves it any more.
"""

import json
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from activity.hashing import iso
from activity.models import Activity
from activity.triggers import Trigger
from activity.verify import Finding
from registry.models import ModelVersion, Stage, StageAssignment

_TABLE = "registry_modelversion"
_HOLDING = "registry_stageassignment"
_MOVES = ("stage_change.applied", "model_version.displaced")
_IMPORTED, _STAGE_IMPORTED = "model_version.imported", "model_version.stage_imported"
_BY_IMPORT = (
    f"a.verb = '{_STAGE_IMPORTED}'"
    f" AND EXISTS (SELECT 1 FROM activity_activity i WHERE i.version_id = NEW.id AND i.verb = '{_IMPORTED}')"
    " AND NOT EXISTS (SELECT 1 FROM activity_activity o WHERE o.version_id = NEW.id"
    f" AND o.verb NOT IN ('{_IMPORTED}', '{_STAGE_IMPORTED}'))"
)

TRIGGERS = [
    Trigger(
        "stageward_stage_needs_line",
        _TABLE,
        "UPDATE",
        "(NEW.stage <> OLD.stage OR COALESCE(NEW.stage_activity_id, 0) <> COALESCE(OLD.stage_activity_id, 0))"
        " AND NOT EXISTS (SELECT 1 FROM activity_activity a WHERE a.id = NEW.stage_activity_id"
        " AND a.version_id = NEW.id AND a.from_stage = OLD.stage AND a.to_stage = NEW.stage"
        f" AND a.id > COALESCE(OLD.stage_activity_id, 0) AND (a.verb IN {_MOVES} OR {_BY_IMPORT}))",
        "A stage changes only together with its line in the activity log.",
    ),
    Trigger(
        "stageward_stage_starts_unassigned",
        _TABLE,
        "INSERT",
        "NEW.stage_activity_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM registry_stage s"
        " JOIN registry_registeredmodel m ON m.workspace_id = s.workspace_id"
        " WHERE m.id = NEW.model_id AND s.key = NEW.stage AND s.kind = 'unassigned')",
        "A new version is unassigned: it enters any other stage by a stage change request.",
    ),
    Trigger(
        "stageward_version_stays_itself",
        _TABLE,
        "UPDATE",
        "NEW.model_id <> OLD.model_id OR NEW.number <> OLD.number",
        "A version keeps its model and its number.",
    ),
    Trigger("stageward_version_delete", _TABLE, "DELETE", "TRUE", "Versions are marked as deleted, never removed."),
    Trigger("stageward_version_truncate", _TABLE, "TRUNCATE", "TRUE", "Versions are marked as deleted, never removed."),
    Trigger(
        "stageward_version_replace",
        _TABLE,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR (model_id = NEW.model_id AND number = NEW.number))",
        "A version cannot be replaced.",
        sqlite_only=True,
    ),
    Trigger(
        "stageward_holding_stays",
        _HOLDING,
        "UPDATE",
        "OLD.left_at IS NOT NULL OR (NEW.left_at IS NULL AND NEW.exclusive = OLD.exclusive) OR NEW.version_id <> OLD.version_id"
        " OR NEW.stage_id <> OLD.stage_id"
        " OR NEW.entered_at <> OLD.entered_at"
        " OR COALESCE(NEW.opened_by_request_id, 0) <> COALESCE(OLD.opened_by_request_id, 0)"
        " OR COALESCE(NEW.imported_activity_id, 0) <> COALESCE(OLD.imported_activity_id, 0)",
        "Who held which stage when is history: a holding ends once and says the same ever after.",
    ),
    Trigger(
        "stageward_holding_imported",
        _HOLDING,
        "INSERT",
        "NEW.imported_activity_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM activity_activity a"
        f" WHERE a.id = NEW.imported_activity_id AND a.version_id = NEW.version_id AND a.verb = '{_STAGE_IMPORTED}')",
        "What a version held elsewhere is brought over together with its line in the activity log.",
    ),
    Trigger("stageward_holding_delete", _HOLDING, "DELETE", "TRUE", "Who held which stage when is kept."),
    Trigger("stageward_holding_truncate", _HOLDING, "TRUNCATE", "TRUE", "Who held which stage when is kept."),
    Trigger(
        "stageward_holding_replace",
        _HOLDING,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_HOLDING} WHERE id = NEW.id OR (left_at IS NULL AND stage_id = NEW.stage_id"
        " AND (version_id = NEW.version_id OR (exclusive AND NEW.exclusive AND model_id = NEW.model_id))))",
        "Who held which stage when cannot be replaced.",
        sqlite_only=True,
    ),
]


def stages_match_the_log() -> Iterator[Finding]:
    """Every version names the last line that moved it, and stands where that line put it; one that never moved is unassigned.

    Versions and lines are read by one statement: read one after the other, whoever moves a version in between would be taken for a
    forger.
    """
    unassigned = dict(Stage.objects.filter(kind=Stage.Kind.UNASSIGNED).values_list("workspace_id", "key"))
    moves = Activity.objects.filter(version_id=OuterRef("pk")).exclude(to_stage="").order_by("-id")
    rows = ModelVersion.objects.annotate(
        moved_by=Subquery(moves.values("id")[:1]), moved_to=Subquery(moves.values("to_stage")[:1])
    )
    columns = ("id", "stage", "stage_activity_id", "model__workspace_id", "moved_by", "moved_to")
    for version_id, stage, line_id, workspace_id, moved_by, moved_to in rows.order_by("id").values_list(*columns).iterator():
        expected = moved_to if moved_by else unassigned.get(workspace_id)
        if stage != expected:
            yield Finding(f"version {version_id} stands in {stage}, but the log last moved it to {expected}", moved_by)
        elif line_id != moved_by:
            yield Finding(f"version {version_id} names line {line_id} for its stage, but line {moved_by} moved it last", moved_by)


def holdings_match_the_log() -> Iterator[Finding]:
    """Every holding of a stage begins, and where a request ended it ends, with its line; every such line begins or ends one.

    A line says in its two stages where the version stood before and after; what it entered or left besides is in its data. Who is
    displaced leaves at the moment in which the newcomer enters.
    """
    own = Activity.objects.filter(version_id=OuterRef("version_id"), verb__in=_MOVES)
    entered = Q(to_stage=OuterRef("stage__key")) | Q(data__contains=_said('"entered":"', '"'))
    began = own.filter(entered, request_id=OuterRef("opened_by_request_id"))
    left = Q(data__regex=_said(r'"left":\[[^]]*"', '"')) | Q(from_stage=OuterRef("stage__key")) & ~Q(data__contains='"left":')
    ended = own.filter(left, request_id=OuterRef("closed_by_request_id"))
    applied = Activity.objects.filter(verb="stage_change.applied")
    then = applied.filter(request_id=OuterRef("opened_by_request_id"), created_at=OuterRef("entered_at"))
    later = applied.filter(request_id=OuterRef("closed_by_request_id"), created_at=OuterRef("left_at"))
    begun = Exists(began) & Exists(then) | Q(imported_activity_id__isnull=False)
    unfounded = ~begun | Q(closed_by_request_id__isnull=False) & ~(Exists(ended) & Exists(later))
    for holding in StageAssignment.objects.filter(unfounded).select_related("stage").order_by("pk").iterator():
        yield Finding(f"version {holding.version_id} is said to have held {holding.stage.key}, but the log says otherwise")
    yield from _imported_holdings()
    yield from _lines_without_a_holding()


def _imported_holdings() -> Iterator[Finding]:
    """What was brought over must be what its line says: which stage, from when, and until when if it was over."""
    imported = StageAssignment.objects.exclude(imported_activity_id=None).select_related("stage").order_by("pk")
    line = Activity.objects.filter(pk=OuterRef("imported_activity_id"), verb=_STAGE_IMPORTED, version_id=OuterRef("version_id"))
    for holding in imported.annotate(said=Subquery(line.values("data")[:1])).iterator():
        said = json.loads(holding.said or "{}")
        left = iso(holding.left_at) if holding.left_at else ""
        over_elsewhere = said.get("left_at", "")
        same = (said.get("stage"), said.get("occurred_at")) == (holding.stage.key, iso(holding.entered_at))
        if not same or (over_elsewhere and left != over_elsewhere):
            yield Finding(
                f"version {holding.version_id} is said to have held {holding.stage.key} elsewhere, but the log says otherwise",
                holding.imported_activity_id,
            )


def _said(before: str, after: str) -> Concat:
    """The key of a holding's stage, as a line's data spells it."""
    return Concat(Value(before), OuterRef("stage__key"), Value(after))


def _lines_without_a_holding() -> Iterator[Finding]:
    """Lines that moved a version, of which no holding tells."""
    opened = StageAssignment.objects.filter(version_id=OuterRef("version_id"), opened_by_request_id=OuterRef("request_id"))
    closed = StageAssignment.objects.filter(version_id=OuterRef("version_id"), closed_by_request_id=OuterRef("request_id"))
    nothing_held = Stage.objects.filter(
        workspace_id=OuterRef("workspace_id"), key=OuterRef("to_stage"), kind=Stage.Kind.UNASSIGNED
    )
    lost = Q(~Exists(opened), ~Exists(nothing_held), verb="stage_change.applied")
    lost |= Q(~Exists(closed), verb="model_version.displaced")
    lost |= Q(~Exists(StageAssignment.objects.filter(imported_activity_id=OuterRef("pk"))), verb=_STAGE_IMPORTED)
    for line in Activity.objects.filter(lost).order_by("pk").iterator():
        yield Finding(f"the log moved version {line.version_id} into {line.to_stage}, but nothing says that it held it", line.pk)

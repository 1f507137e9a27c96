"""The stages of a workspace: added, changed, put in another order, retired. An admin's right."""

from typing import Any

from django.db.models import Count

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record
from registry.content import clean_text
from registry.errors import NameTaken
from registry.lifecycle import ACTIVE, PALETTE, RANK, free_colour, key_of, kind_of, weakens
from registry.models import Proposal, RegisteredModel, Stage, StageAssignment
from registry.services.ordering import check_foremost, last_position, number_anew, put_in_order
from registry.services.proposals import needs_second_admin, propose, take_proposal
from registry.subscribers import StageAdded, StageChanged, tell

EDITABLE = ("name", "colour", "position", "kind", "protected", "exclusive")
NAMED = 3


def add_stage(
    *,
    workspace_id: int,
    by: Caller,
    name: str,
    kind: str = Stage.Kind.WORKING,
    colour: str = "",
    position: int | None = None,
    protected: bool | None = None,
    exclusive: bool = False,
) -> Stage:
    """Add a stage to a workspace's lifecycle, before the archived ones unless a position says where; its key follows from its name.

    Effects, in order: the stage, what subscribers make (its policy), the others' positions, activity `lifecycle.changed`. Raises
    NotFound, Forbidden, Invalid, NameTaken.
    """
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    _lock_models(workspace_id)
    fields = {
        "kind": kind,
        "protected": kind == Stage.Kind.PRODUCTION if protected is None else protected,
        "exclusive": exclusive,
    }
    return _add(workspace_id, by, name, key_of(name), fields, colour, position)


def open_stage(*, workspace_id: int, name: str, by: Caller) -> Stage:
    """Make a stage of a name that somebody used, in a workspace where any name becomes one; called by `approvals.services` alone.

    Effects: those of `add_stage`. Raises Invalid, NameTaken.
    """
    letters = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_"))
    if name != letters[: Stage._meta.get_field("key").max_length]:
        raise Invalid(
            "A new stage's name has letters, digits, - and _ only, 40 at most, so nothing was asked. Choose another.",
            field="to_stage",
        )
    kind = kind_of(name)
    return _add(workspace_id, by, name, name, {"kind": kind, "protected": kind == Stage.Kind.PRODUCTION}, "", None)


def _add(workspace_id: int, by: Caller, name: str, key: str, fields: dict[str, Any], colour: str, position: int | None) -> Stage:
    stages = list(Stage.objects.current().filter(workspace_id=workspace_id).order_by("position"))
    name = _free_name(name, stages)
    if not key:
        raise Invalid("A stage's name has at least one letter or digit of A–Z, 0–9. Choose another.", field="name")
    if there := Stage.objects.filter(workspace_id=workspace_id, key=key).first():
        state = "was one and is retired: bring it back" if there.retired_at else f"is that of {there.name}: choose another name"
        raise NameTaken(f"The key “{key}” {state}. Nothing was added.", field="name")
    colour = _colour(colour) if colour else free_colour(fields["kind"], (stage.colour for stage in stages))
    stage = Stage(
        workspace_id=workspace_id, key=key, name=name, colour=colour, position=last_position(workspace_id) + 1, **fields
    )
    if stage.kind not in (Stage.Kind.WORKING, Stage.Kind.PRODUCTION, Stage.Kind.ARCHIVED):
        raise Invalid("A stage is of the kind working, production or archived.", field="kind")
    _check_rules(stage)
    stage.save(force_insert=True)
    ends = [index for index, other in enumerate(stages) if other.kind == Stage.Kind.ARCHIVED]
    place = len(stages) if stage.kind == Stage.Kind.ARCHIVED or not ends else ends[0]
    put_in_order(stages, stage, place if position is None else position)
    tell(StageAdded(stage, by))
    _record(stage, by, {}, content_of(stage))
    return stage


def edit_stage(*, stage_id: int, changes: dict[str, Any], by: Caller) -> Stage | Proposal:
    """Change a stage's name, colour, position, protection, exclusiveness, or its kind while it was never used; its key stays.

    To protect less takes a second admin where there is one: then nothing changes yet and the proposal is returned. What stays the same
    writes nothing. Effects, in order: the stage (and the others' positions), who holds it marked, activity `lifecycle.changed` with
    before and after, subscribers (approvals are void where others make room now); or the proposal, activity `proposal.made`. Raises
    NotFound, Forbidden, Invalid, NameTaken, Conflict.
    """
    stage = _locked_stage(stage_id, by)
    wanted = _wanted(stage, changes)
    before = {field: getattr(stage, field) for field in wanted}
    weaker = weakens(before, wanted)
    if weaker and needs_second_admin(stage.workspace_id, by):
        kind = Proposal.Kind.LIFECYCLE
        return propose(stage=stage, kind=kind, before=content_of(stage), changes=wanted, weakens=weaker, by=by)
    return _apply(stage, wanted, by, {"weakens": weaker} if weaker else {})


def confirm_lifecycle(*, proposal_id: int, by: Caller) -> Stage:
    """Carry out another admin's proposal to protect less.

    Effects, in order: the proposal, those of `edit_stage`; the line names who proposed it. Raises NotFound, Forbidden,
    SecondAdminNeeded, Conflict when it ended or the stage has changed since.
    """
    proposal = take_proposal(proposal_id, Proposal.Kind.LIFECYCLE, by)
    stage = _locked_stage(proposal.stage_id, by)
    if content_of(stage) != proposal.before:
        raise Conflict(
            f"{stage.name} was changed since this was proposed, so nothing was done. Decline it, then propose it again."
        )
    told = {"weakens": proposal.weakens, "proposal": proposal.pk, "proposed_by": proposal.proposed_by_id}
    return _apply(stage, _wanted(stage, proposal.changes), by, told)


def _wanted(stage: Stage, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes that change something. Raises Invalid, NameTaken, Conflict."""
    if unknown := set(changes) - set(EDITABLE):
        raise Invalid(f"These cannot be changed: {', '.join(sorted(unknown))}.", field=min(unknown))
    if stage.retired_at:
        raise Conflict(f"{stage.name} is retired, so nothing was changed. Bring it back first.")
    return _cleaned(stage, changes, _others(stage))


def _others(stage: Stage) -> list[Stage]:
    return list(Stage.objects.current().filter(workspace_id=stage.workspace_id).exclude(pk=stage.pk).order_by("position"))


def _apply(stage: Stage, changes: dict[str, Any], by: Caller, told: dict[str, Any]) -> Stage:
    if not changes:
        return stage
    before = {field: getattr(stage, field) for field in changes}
    for field, value in changes.items():
        setattr(stage, field, value)
    _check_rules(stage)
    if "exclusive" in changes:
        _mark_holders(stage)
    stage.save(update_fields=[field for field in changes if field != "position"] or ["name"])
    if "position" in changes:
        put_in_order(_others(stage), stage, changes["position"])
        check_foremost(stage.workspace_id)
    _record(stage, by, before, changes, told)
    tell(StageChanged(stage, by))
    return stage


def retire_stage(*, stage_id: int, by: Caller) -> Stage:
    """Take a stage out of the lifecycle; what it held stays readable. One that is held, or asked for, cannot go.

    Effects, in order: the stage, the others' positions, activity `lifecycle.changed`, subscribers. Raises NotFound, Forbidden, Invalid,
    Conflict.
    """
    stage = _locked_stage(stage_id, by)
    if stage.retired_at:
        return stage
    if stage.kind == Stage.Kind.UNASSIGNED:
        raise Invalid(f"{stage.name} is where versions begin, so it stays.")
    _check_not_held(stage)
    stage.retired_at = clock.now()
    stage.save(update_fields=["retired_at"])
    number_anew(list(Stage.objects.current().filter(workspace_id=stage.workspace_id).order_by("position")))
    _record(stage, by, {"retired": False}, {"retired": True})
    tell(StageChanged(stage, by))
    return stage


def restore_stage(*, stage_id: int, by: Caller) -> Stage:
    """Bring a retired stage back, behind the others. Effects: the stage, activity `lifecycle.changed`, subscribers.

    Raises NotFound, Forbidden, NameTaken.
    """
    stage = _locked_stage(stage_id, by)
    if stage.retired_at is None:
        return stage
    _free_name(stage.name, list(Stage.objects.current().filter(workspace_id=stage.workspace_id)))
    stage.retired_at, stage.position = None, last_position(stage.workspace_id) + 1
    stage.save(update_fields=["retired_at", "position"])
    _record(stage, by, {"retired": True}, {"retired": False})
    tell(StageChanged(stage, by))
    return stage


def content_of(stage: Stage) -> dict[str, Any]:
    """What a stage says: that of its log lines, and of what `weakens` compares."""
    return {field: getattr(stage, field) for field in EDITABLE}


def _record(stage: Stage, by: Caller, before: dict[str, Any], after: dict[str, Any], told: dict[str, Any] | None = None) -> None:
    data = {"stage": stage.key, "name": stage.name, "from": before, "to": after} | (told or {})
    record("lifecycle.changed", by=by.actor, on=Subject(workspace_id=stage.workspace_id), data=data)


def _lock_models(workspace_id: int) -> None:
    """Hold every model of a workspace: nothing is asked or moved there until the lifecycle has changed."""
    list(RegisteredModel.objects.select_for_update().filter(workspace_id=workspace_id).order_by("pk").values_list("pk"))


def _locked_stage(stage_id: int, by: Caller) -> Stage:
    workspace_id = Stage.objects.filter(pk=stage_id).values_list("workspace_id", flat=True).first()
    if workspace_id is None:
        raise NotFound("There is no such stage.")
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    _lock_models(workspace_id)
    return Stage.objects.select_for_update().get(pk=stage_id)


def _cleaned(stage: Stage, changes: dict[str, Any], others: list[Stage]) -> dict[str, Any]:
    """The changes that change something. Raises Invalid, NameTaken, Conflict."""
    changed = {field: value for field, value in changes.items() if getattr(stage, field) != value}
    if "name" in changed:
        changed["name"] = _free_name(changed["name"], others)
    if "colour" in changed:
        _colour(changed["colour"])
    if "position" in changed:
        changed["position"] = max(1, min(int(changed["position"]), len(others)))
    if "kind" in changed:
        if changed["kind"] not in RANK[1:] or stage.kind == Stage.Kind.UNASSIGNED:
            raise Invalid(
                "A stage is of the kind working, production or archived, and Unassigned stays what it is.", field="kind"
            )
        if stage.assignments.exists():
            raise Conflict(f"{stage.name} was held by versions, so its kind stays. Add another stage instead.", field="kind")
    return {field: value for field, value in changed.items() if getattr(stage, field) != value}


def _free_name(name: Any, others: list[Stage]) -> str:
    name = " ".join(clean_text(name, "name", 60).split())
    if not name:
        raise Invalid("A stage has a name.", field="name")
    if any(other.name.casefold() == name.casefold() for other in others):
        raise NameTaken(f"There is a stage called “{name}” already, so nothing was changed. Choose another name.", field="name")
    return name


def _colour(colour: str) -> str:
    if colour not in PALETTE:
        raise Invalid(f"A stage's colour is one of: {', '.join(PALETTE)}.", field="colour")
    return colour


def _check_rules(stage: Stage) -> None:
    """Only what versions work in is protected or has one holder. Raises Invalid."""
    for rule in ("protected", "exclusive"):
        if getattr(stage, rule) and stage.kind not in ACTIVE:
            raise Invalid(f"Only working and production stages can be {rule}.", field=rule)
    if stage.kind == Stage.Kind.UNASSIGNED and stage.position:
        raise Invalid(f"{stage.name} is where versions begin, so it stays the first.", field="position")


def _mark_holders(stage: Stage) -> None:
    """Let the database keep one holder, or several again. Raises Conflict where several hold it."""
    held = StageAssignment.objects.now().filter(stage=stage)
    if stage.exclusive:
        several = held.order_by().values("model__name").annotate(count=Count("pk")).filter(count__gt=1).order_by("model__name")
        if names := list(several.values_list("model__name", flat=True)[:NAMED]):
            raise Conflict(
                f"Several versions hold {stage.name} in {', '.join(names)}, so it takes several still. Move all but one on first.",
                field="exclusive",
            )
    held.update(exclusive=stage.exclusive)


def _check_not_held(stage: Stage) -> None:
    held = StageAssignment.objects.now().filter(stage=stage, version__deleted_at=None).select_related("version__model")
    if rows := list(held.order_by("pk")[: NAMED + 1]):
        names = ", ".join(str(row.version) for row in rows[:NAMED]) + (" and others" if len(rows) > NAMED else "")
        raise Conflict(f"{stage.name} is held by {names}, so it was not retired. Move them on first.")

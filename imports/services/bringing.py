"""One version of another system, and what becomes of it here."""

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role, User
from activity import clock
from activity.errors import DomainError
from approvals.models import StageChangeRequest
from approvals.services import request_stage_change
from imports import names
from imports.items import ModelItem, Note, StageItem, VersionItem
from imports.models import Import, Imported
from imports.services.runs import locked_import, report, storable
from registry.content import clean_labels
from registry.lifecycle import foremost
from registry.models import Alias, ModelVersion, RegisteredModel, Stage
from registry.services import delete_version, import_version, register_model, set_alias
from registry.services.imported import PastStage
from registry.services.versions import held_stages

Thing = Imported.Thing


def bring_version(*, import_id: int, item: VersionItem, by: Caller) -> Import:
    """Bring over one version with the stages that it held, as keys of ours; or follow one that was brought over before.

    The stages that it holds there still, it holds here only when this import made its model: whatever came to be governed here, also
    while an import that failed waited to go on, or changes there after, asks by a stage change request. Effects, in order: with a new
    one the model, its `model.registered`, then those of `registry.services.import_version`, `alias.moved` for each alias,
    `model_version.deleted` for one taken back there; with a known one whose stages differ from what they were, those of
    `request_stage_change`; then the import's progress. Refusals of the domain are for the caller, who notes them.
    """
    run = locked_import(import_id)
    authorise(by, run.workspace_id, Role.ADMIN, Scope.ADMIN)
    known = _known(run, Thing.VERSION, item.external_id)
    counted = _follow(run, known, item, by) if known else _bring(run, item, by)
    run.done += 1
    run.cursor = item.external_id
    _count(run, counted)
    run.save(update_fields=["done", "cursor", "counts"])
    return run


def bring_model(*, import_id: int, item: ModelItem, by: Caller) -> Import:
    """Bring over a model that has no version there; one that was brought over before is left as it is.

    Effects, in order: the model, its `model.registered`, the import's progress. Raises NotFound, Forbidden, Invalid.
    """
    run = locked_import(import_id)
    authorise(by, run.workspace_id, Role.ADMIN, Scope.ADMIN)
    counted: list[str] = []
    _model_for(run, item, by, counted)
    _count(run, counted)
    run.save(update_fields=["counts"])
    return run


def _count(run: Import, names: list[str]) -> None:
    for name in names:
        run.counts = {**run.counts, name: run.counts.get(name, 0) + 1}


def _known(run: Import, thing: str, external_id: str) -> Imported | None:
    rows = Imported.objects.filter(workspace_id=run.workspace_id, kind=run.kind, thing=thing, external_id=external_id)
    return rows.select_related("model", "version__model").first()


def _bring(run: Import, item: VersionItem, by: Caller) -> list[str]:
    """A version that is new here; what to count."""
    counted: list[str] = []
    model, made_now = _model_for(run, item.model, by, counted)
    stages = {stage.key: stage for stage in Stage.objects.filter(workspace_id=run.workspace_id)}
    still = [each for each in item.stages if each.left_at is None]
    brought = [each for each in item.stages if made_now or each.left_at]
    version = import_version(
        model_id=model.pk,
        by=by,
        occurred_at=min(item.occurred_at, clock.now()),
        origin={"import": run.pk, "origin": run.kind, "upstream": item.external_id},
        held=[_past(run, each, stages[each.stage]) for each in brought],
        tags=dict(item.tags),
        number=item.number,
        name="" if item.number else item.name,
        **item.fields,
    )
    if item.number not in (0, version.number):
        text = f"It is version {version.number} here, because its own number was given before."
        report(run, [Note(f"{item.model.name} {item.name}", text, skipped=False)])
    row = _remember(run, Thing.VERSION, item.external_id, item.name, model, version)
    row.author, row.occurred_at, row.held = (
        storable(str(item.author)[:300]),
        item.occurred_at,
        sorted(each.stage for each in still),
    )
    row.save(update_fields=["author", "occurred_at", "held"])
    counted += ["versions", *("stages" for _ in brought)]
    if still and not made_now:
        _ask(run, row, stages, [each.stage for each in still], counted, by)
    counted += _point_all(run, row, version, item, by)
    if item.deleted:
        _take_back(run, version, by, counted)
    return counted


def _point_all(run: Import, row: Imported, version: ModelVersion, item: VersionItem, by: Caller) -> list[str]:
    """Let aliases that came to the version there point at it here, unless they point somewhere already; what to count."""
    here = dict(Alias.objects.filter(model_id=version.model_id, name__in=item.aliases).values_list("name", "version_id"))
    came = [name for name in item.aliases if name not in here and name not in row.aliases]
    for name in came:
        set_alias(version_id=version.pk, name=name, by=by)
    for name in item.aliases:
        if name in came or here.get(name) == version.pk:
            continue
        now = "Here it points at another version, and stays" if name in here else "It was brought over before and removed here"
        text = f"The alias {name} points at it there. {now}."
        report(run, [Note(f"{item.model.name} {item.name}", text, skipped=False)])
    if row.aliases != [*item.aliases]:
        row.aliases = [*item.aliases]
        row.save(update_fields=["aliases"])
    return ["aliases" for _ in came]


def _past(run: Import, item: StageItem, stage: Stage) -> PastStage:
    """A stage that was held there. Who brought it there is known here as a member: others of this installation are nobody's business."""
    email = item.author.email
    members = User.objects.filter(memberships__workspace=run.workspace_id)
    actor = members.filter(email__iexact=email).first() if email else None
    moment = clock.now()
    left = min(item.left_at, moment) if item.left_at else None
    return PastStage(stage, min(item.entered_at, left or moment), left, actor, item.external_id)


def _model_for(run: Import, item: ModelItem, by: Caller, counted: list[str]) -> tuple[RegisteredModel, bool]:
    """The model that stands for one there, and whether this import made it and nobody asked for a stage change of it yet."""
    if row := _known(run, Thing.MODEL, item.external_id):
        assert row.model  # noqa: S101 - a row of a model has one
        made_now = row.first_import_id == run.pk and not row.adopted
        # Where an import goes on after days, people may have come to decide about the model.
        return row.model, made_now and not StageChangeRequest.objects.filter(version__model=row.model).exists()
    living = RegisteredModel.objects.filter(workspace_id=run.workspace_id, deleted_at=None)
    claimed = Imported.objects.filter(workspace_id=run.workspace_id, kind=run.kind, thing=Thing.MODEL, model__isnull=False)
    model = living.filter(name=item.name).exclude(imported__in=claimed).first() if names.is_allowed(item.name) else None
    if model:
        report(
            run, [Note(item.name, "A model of this name was here: versions were added to it, its stages stay.", skipped=False)]
        )
        row = _remember(run, Thing.MODEL, item.external_id, item.name, model)
        row.adopted = True
        row.save(update_fields=["adopted"])
        return model, False
    name = names.model_name(item.name, lambda name: living.filter(name=name).exists())
    model = register_model(
        workspace_id=run.workspace_id,
        name=name,
        by=by,
        description=item.description,
        readme=item.readme,
        labels=clean_labels(list(item.labels)),
        tags=dict(item.tags),
    )
    if name != item.name:
        report(run, [Note(item.name, f"It is called {name} here, because its own name cannot be had.", skipped=False)])
    _remember(run, Thing.MODEL, item.external_id, item.name, model)
    counted.append("models")
    return model, True


def _remember(
    run: Import, thing: str, external_id: str, name: str, model: RegisteredModel, version: ModelVersion | None = None
) -> Imported:
    return Imported.objects.create(
        workspace_id=run.workspace_id,
        kind=run.kind,
        thing=thing,
        external_id=external_id,
        name=name[:500],
        source=run.source,
        first_import=run,
        model=model,
        version=version,
    )


def _take_back(run: Import, version: ModelVersion, by: Caller, counted: list[str]) -> None:
    try:
        delete_version(version_id=version.pk, by=by)
        counted.append("deleted")
    except DomainError as refused:
        report(run, [Note(str(version), f"It was taken back there and stays here. {refused.detail}", skipped=False)])


def _follow(run: Import, row: Imported, item: VersionItem, by: Caller) -> list[str]:
    """A version that was brought over before: where its stages changed there since, a request asks for the same here.

    Aliases that came to it there are set, where they do not point elsewhere here; the rest of it stays as it is here.
    """
    version = row.version
    assert version  # noqa: S101 - a row of a version has one
    about = f"{item.model.name} {item.name}"
    if version.deleted_at or version.model.deleted_at:
        report(run, [Note(about, "It was brought over before and deleted here, so it is left alone.")])
        return ["unchanged"]
    if item.deleted:
        report(run, [Note(about, "It was taken back there. Here it stays until somebody deletes it.", skipped=False)])
        return ["unchanged"]
    counted = _point_all(run, row, version, item, by)
    now = sorted({each.stage for each in item.stages if each.left_at is None})
    if now == row.held:
        return counted or ["unchanged"]
    stages = {stage.key: stage for stage in Stage.objects.filter(workspace_id=run.workspace_id)}
    here = {stage.key for stage in held_stages(version)}
    entered = [key for key in now if key not in row.held and key not in here]
    left = [key for key in row.held if key not in now and key in here]
    if entered:
        _ask(run, row, stages, entered, counted, by)
    elif left and here == set(left):
        nowhere = next(stage.key for stage in stages.values() if stage.kind == Stage.Kind.UNASSIGNED)
        _ask(run, row, stages, [nowhere], counted, by)
    elif left:
        report(
            run,
            [Note(about, f"It left {', '.join(left)} there. Here it holds other stages too, so move it by hand.", skipped=False)],
        )
    if "refused" not in counted:
        row.held = now
        row.save(update_fields=["held"])
    return [name for name in counted if name != "refused"] or ["followed"]


def _ask(run: Import, row: Imported, stages: dict[str, Stage], keys: list[str], counted: list[str], by: Caller) -> None:
    """File a request for the foremost of these stages; the others, and a refusal, are for the report."""
    to = foremost(stages[key] for key in keys)
    about = str(row.version)
    others = [stages[key].name for key in keys if key != to.key]
    try:
        filed = request_stage_change(
            version_id=row.version_id or 0, to_stage=to.key, by=by, comment=f"As it is in {run.source} now (import {run.pk})."
        )
    except DomainError as refused:
        counted.append("refused")
        report(run, [Note(about, f"It is in {to.name} there, but nothing was asked here. {refused.detail}")])
        return
    counted.append("requests")
    more = f" It is in {', '.join(others)} there as well: ask for that when this is decided." if others else ""
    report(run, [Note(about, f"It is in {to.name} there: request {filed.pk} asks for the same here.{more}", skipped=False)])

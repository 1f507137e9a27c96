"""From ids to rows that the caller may see, and what is told of them, in a constant number of queries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, QuerySet, When

from accounts.models import Workspace
from activity.errors import Invalid, NotFound
from gateways.arthur import wire
from gateways.call import Call
from gateways.protocol import Json
from registry.errors import NameTaken
from registry.jsonlookups import entry_is_text
from registry.models import ModelVersion, RegisteredModel, Stage

USUAL_ROWS = 1_000
_LONGEST_ID = 20  # digits: what is longer, Python may refuse to read


def group_of(call: Call, given: str) -> RegisteredModel:
    """The model of an id. Raises NotFound."""
    models = RegisteredModel.objects.visible_to(call.user).select_related("workspace")
    model = models.filter(pk=int(given)).first() if _can_be_id(given) else None
    if model is None:
        raise NotFound(f"There is no model group {given[:60]} that you may see. Check the id; it may have been deleted.")
    return model


def version_of(call: Call) -> ModelVersion:
    """The version of the id in the address, or of the partner_model_id where the query says that it is one. Raises NotFound, Invalid."""
    given, kind = call.path["given"], call.request.GET.get("id_type", "id")
    if kind not in ("id", wire.PARTNER_ID):
        raise Invalid(f"“id_type” is id or {wire.PARTNER_ID}. Nothing was done.", field="id_type")
    versions = ModelVersion.objects.visible_to(call.user).select_related("model__workspace")
    version = None
    if kind == wire.PARTNER_ID and "\x00" not in given:
        named = versions.filter(_has_partner_id(given), model__workspace=call.workspace)
        archived = [key for _, key in archived_keys([call.workspace.pk])]
        version = named.order_by(Case(When(stage__in=archived, then=1), default=0), "-pk").first()  # an active one first
    elif kind == "id" and _can_be_id(given):
        version = versions.filter(pk=int(given)).first()
    if version is None:
        raise NotFound(f"There is no model with the {kind} {given[:250]} that you may see. Check it; it may have been deleted.")
    return version


def _can_be_id(given: str) -> bool:
    return given.isdecimal() and len(given) <= _LONGEST_ID


def _has_partner_id(given: str) -> object:
    return entry_is_text("attributes", wire.kept_as(wire.PARTNER_ID), "==", given)


def archived_keys(workspace_ids: Iterable[int]) -> set[tuple[int, str]]:
    """The stages of kind archived, as workspace and key."""
    stages = Stage.objects.filter(workspace__in=set(workspace_ids), kind=Stage.Kind.ARCHIVED)
    return set(stages.values_list("workspace_id", "key"))


def without_archived(versions: QuerySet[ModelVersion], workspace_id: int) -> QuerySet[ModelVersion]:
    """Those of a workspace's versions that are not archived."""
    return versions.exclude(stage__in=[key for _, key in archived_keys([workspace_id])])


def hold_partner_ids(workspace_id: int) -> None:
    """Let nobody else take a partner_model_id in this workspace until this unit of work is over.

    Before any model is locked, as wherever a workspace is; what merely refers to the workspace goes on.
    """
    Workspace.objects.select_for_update(no_key=True).filter(pk=workspace_id).first()


def check_partner_id(version: ModelVersion, workspace_id: int) -> None:
    """A partner_model_id names one active model of a workspace. Raises NameTaken."""
    given = version.attributes[wire.kept_as(wire.PARTNER_ID)]
    others = ModelVersion.objects.alive().filter(_has_partner_id(given), model__workspace=workspace_id).exclude(pk=version.pk)
    if without_archived(others, workspace_id).exists():
        raise NameTaken(
            f"There is a model with the {wire.PARTNER_ID} “{given}” already, so nothing was saved. Choose another, or wait a second"
            " where it is made of the time.",
            field=wire.PARTNER_ID,
        )


def version_bodies(versions: Iterable[ModelVersion]) -> list[Json]:
    """Return the bodies of versions, which come with their models; one query."""
    listed = list(versions)
    archived = archived_keys(version.model.workspace_id for version in listed)
    return [wire.version_body(version, archived=(version.model.workspace_id, version.stage) in archived) for version in listed]


def version_body(version: ModelVersion) -> Json:
    """Return the body of one version, read afresh."""
    (body,) = version_bodies([ModelVersion.objects.select_related("model").get(pk=version.pk)])
    return body


def page(call: Call, rows: QuerySet[Any], usual: int | None = None) -> tuple[list[Any], Json]:
    """Return the page that is asked for, without a size `usual` rows or all of them, and how many there are in all. Raises Invalid."""
    number, total = call.whole("page", default=1), rows.count()
    size = call.whole("page_size", default=usual or max(total, 1))
    if number < 1 or size < 1:
        raise Invalid("“page” and “page_size” begin at 1. Nothing was done.", field="page")
    before = (number - 1) * size
    # Beyond the last row nothing is asked for: a database refuses a limit of twenty digits.
    found = list(rows[before : min(before + size, total)]) if before < total else []
    return found, {"page": number, "page_size": size, "total_count": total}

"""A version's pages: what it is and where it stands, and what happened to it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from activity.feed import feed_lines
from activity.models import Activity
from activity.pagination import page_of
from approvals.models import Comment, StageChangeRequest
from approvals.rows import request_rows
from approvals.services import add_comment
from approvals.views.comments import Said, said
from registry.forms import CommentForm
from registry.lookup import find_version
from registry.marks import mark_of_model
from registry.models import ModelVersion, StageAssignment
from registry.views.addresses import model_crumbs, version_url
from registry.views.back import WaysBack
from registry.views.comparing import beside_production, compare_url
from registry.views.standing import Reader, held_besides, reader_on, stages_of
from registry.views.submit import form_page, opened, submit
from registry.views.tag_forms import AliasForm, TagForm
from registry.views.version_facts import lock_choices, shown

TABS = (("version", "Overview"), ("version-activity", "Activity"))
COMMENTS = 50  # so many are shown, the newest; all stand in the activity


def version_frame(request: HttpRequest, ws: str, name: str, number: int, tab: str) -> dict[str, Any]:
    """Return what the version's pages share; seven queries. Raises NotFound."""
    version = find_version(request.user, ws, name, number)
    workspace = version.model.workspace
    reader, stages = reader_on(request, version.model), stages_of(workspace)
    pending = StageChangeRequest.objects.pending().filter(version=version).with_everything()
    rows = request_rows(pending, reader.caller)
    held = StageAssignment.objects.now().filter(version=version, stage__key=version.stage).first()
    marked = not_approved(version)
    return {
        "version": version,
        "model": version.model,
        "reader": reader,
        "stages": list(stages.values()),
        "stages_by_key": stages,
        "stage": stages[version.stage],
        "held": held,
        "marked": marked,
        "held_by": marked.get(held.opened_by_request_id) if held and held.opened_by_request_id else None,
        "besides": [holding.stage for holding in held_besides([version.model], [version.pk])],
        "row": rows[0] if rows else None,
        "why_not_ask": why_not_ask(reader, version, any(not row.expired for row in rows)),
        "crumbs": model_crumbs(version.model),
        "tabs": [{"name": label, "url": version_url(version, page), "current": page == tab} for page, label in TABS],
    }


def not_approved(version: ModelVersion) -> dict[int, StageChangeRequest]:
    """The requests that moved the version otherwise than by approvals, by number: they are marked wherever the move is shown."""
    return StageChangeRequest.objects.filter(version=version).exclude(effect__in=("", "approved")).in_bulk()


def why_not_ask(reader: Reader, version: ModelVersion, waiting: bool) -> str:
    """Say why there is no button to change the stage; nothing when there is one."""
    if refused := reader.why_not_write(version.model):
        return refused
    if waiting:
        return "A request waits: one at a time."
    if version.lock_level != ModelVersion.Lock.OPEN:
        return f"Locked ({version.lock_level}), so its stage stays until an admin lowers the lock."
    return ""


@login_required
@require_safe
def overview(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """The version, the request that waits for it, its figures, its past, what was said."""
    mark = mark_of_model(ws, name)
    return version_page(request, ws, name, number, mark=mark)


def version_page(
    request: HttpRequest, ws: str, name: str, number: int, status: int = 200, mark: str = "", **told: Any
) -> HttpResponse:
    """The overview of a version, also with what was refused there: `tag_form` or `alias_form` as sent, `refused` above all.

    With a mark it is kept up to date; where something was typed it stays as it is.
    """
    frame = version_frame(request, ws, name, number, "version")
    live = {"live": {"about": f"version:{frame['version'].pk}", "mark": mark}} if mark else {}
    return render(request, "registry/version.html", _overview(frame) | {"form": CommentForm()} | live | told, status=status)


def _overview(frame: dict[str, Any]) -> dict[str, Any]:
    version: ModelVersion = frame["version"]
    history = list(
        StageAssignment.objects.filter(version=version).select_related("stage", "actor").order_by("-entered_at", "-pk")[:30]
    )
    for assignment in history:
        assignment.version = version
    backs = {} if frame["why_not_ask"] else WaysBack(version.model, frame["stages"], history).by_entry()
    unassigned = frame["stages"][0].key
    return frame | {
        "history": [(entry, backs.get(entry.pk), frame["marked"].get(entry.opened_by_request_id)) for entry in history],
        "held_notes": {stage.key: "held too" for stage in frame["besides"]},
        "ever_held": {unassigned, *(assignment.stage.key for assignment in history)},
        "comparison": beside_production(version, frame["stages"]),
        "metrics": sorted(version.metrics.items()),
        "parameters": shown(version.parameters),
        "attributes": shown(version.attributes),
        "compare_url": compare_url(version.model, candidate=version.number),
        "tags": list(version.tags.all()),
        "aliases": list(version.aliases.all()),
        "tag_url": reverse("version-tag", args=[version.model.workspace.slug, version.model.name, version.number]),
        "tags_editable": not frame["reader"].why_not_write(version.model),
        "tag_form": TagForm(),
        "alias_form": AliasForm(),
        "locks": lock_choices(frame["reader"], version),
        "comments": _said(frame["reader"], version),
    }


def _said(reader: Reader, version: ModelVersion) -> list[Said]:
    """The newest comments, oldest first."""
    newest = Comment.objects.filter(version=version).select_related("author").order_by("-pk")[:COMMENTS]
    return said(reversed(newest), reader.caller, reader.role)


@login_required
@require_POST
def comment(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """Say something about the version."""
    frame = version_frame(request, ws, name, number, "version")
    form = opened(CommentForm, request)
    caller = frame["reader"].caller
    if submit(request, form, lambda: add_comment(version_id=frame["version"].pk, body=form.cleaned_data["body"], by=caller)):
        messages.success(request, "Your comment is added.")
        return redirect(f"{version_url(frame['version'])}#comments")
    return form_page(request, "registry/version.html", form, **_overview(frame))


@login_required
@require_safe
def activity(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """What happened to the version."""
    frame = version_frame(request, ws, name, number, "version-activity")
    page = page_of(request, Activity.objects.filter(version_id=frame["version"].pk), size=30)
    return render(request, "registry/version_activity.html", frame | {"page": page, "lines": feed_lines(page.rows)})

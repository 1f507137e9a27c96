"""The measured addresses as plain Django views: the statements that Stageward makes there, through the ORM, and nothing else.

No REST framework, no rules, no digests and hashes, no serializers, no hint to the worker. `bench.statements` compares what both ask
of the database, so that this file cannot fall behind.
"""

import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.access import hold_members
from accounts.models import ApiToken, Delegation, User
from accounts.secrets import digest
from activity.models import Activity, Chain, Outbox
from approvals.models import Check, Review, SignOff, StageChangeRequest
from registry.access import membership_on
from registry.deciders import deciding_on
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment

PAGE = 51  # one more than is shown tells whether there is a next page


def _token(request: HttpRequest) -> ApiToken:
    secret = request.headers["Authorization"].partition(" ")[2]
    token = ApiToken.objects.live(timezone.now()).select_related("user").filter(digest=digest(secret)).first()
    assert token
    return token


def _bodies(versions: Any) -> list[dict[str, Any]]:
    """What versions say, with the names that their ids stand for."""
    rows = list(versions.values())
    models = RegisteredModel.objects.filter(pk__in={row["model_id"] for row in rows})
    places = {pk: (slug, name) for pk, slug, name in models.values_list("pk", "workspace__slug", "name")}
    people = {row[column] for row in rows for column in ("created_by_id", "content_edited_by_id")}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "username"))
    waiting = StageChangeRequest.objects.pending().filter(version__in=[row["id"] for row in rows])
    pending = dict(waiting.values_list("version_id", "pk"))
    return [
        {**row, "at": places[row["model_id"]], "by": names[row["created_by_id"]], "pending": pending.get(row["id"])}
        for row in rows
    ]


def version(request: HttpRequest, ws: str, name: str, number: int) -> JsonResponse:
    """One version."""
    versions = ModelVersion.objects.visible_to(_token(request).user)
    versions = versions.select_related("model__workspace", "created_by", "content_edited_by")
    found = versions.filter(model__workspace__slug=ws, model__name=name, number=number).first()
    assert found
    return JsonResponse(_bodies(ModelVersion.objects.filter(pk=found.pk))[0])


def versions(request: HttpRequest, ws: str, name: str) -> JsonResponse:
    """The newest versions of a model, or those in a stage: `find=stage == …`."""
    models = RegisteredModel.objects.visible_to(_token(request).user).select_related("workspace", "owner")
    model = models.filter(workspace__slug=ws, name=name).first()
    assert model
    found = ModelVersion.objects.alive().filter(model=model).order_by("-number")
    if "find" in request.GET:
        keys = {stage.key for stage in Stage.objects.filter(workspace=model.workspace_id)}
        found = found.filter(stage=({request.GET["find"].split()[-1]} & keys).pop())
    return JsonResponse({"results": _bodies(found[:PAGE])[:-1]})


def _line(verb: str, token: ApiToken, version: ModelVersion, asked: StageChangeRequest, move: tuple[str, str]) -> Activity:
    """A line of log with its chain and its place in the outbox."""
    chain = Chain.objects.select_for_update().get(key=f"model:{version.model_id}")
    line = Activity.objects.create(
        chain=chain, seq=chain.seq + 1, prev_hash=chain.head, hash=chain.head, verb=verb, via="api", actor_id=token.user_id,
        token_id=token.pk, workspace_id=version.model.workspace_id, model_id=version.model_id, version_id=version.pk,
        request_id=asked.pk, from_stage=move[0], to_stage=move[1], data=json.dumps({}), created_at=timezone.now(),
    )  # fmt: skip
    Chain.objects.filter(pk=chain.pk).update(seq=line.seq, head=line.hash)
    Outbox.objects.create(activity=line, due_at=line.created_at)
    return line


def _answer(asked: StageChangeRequest) -> dict[str, Any]:
    """Everything that is shown of a request."""
    members = deciding_on([asked.version.model]).select_related("user")
    list(Delegation.objects.in_force().select_related("delegator"))
    return {
        "id": asked.pk,
        "status": asked.status,
        "version": asked.version.number,
        "reviews": [review.decision for review in asked.reviews.all()],
        "members": [member.user.username for member in members],
    }


@csrf_exempt
def ask(request: HttpRequest, ws: str, name: str, number: int) -> JsonResponse:
    """File a request."""
    token = _token(request)
    visible = ModelVersion.objects.visible_to(token.user).select_related("model__workspace", "created_by", "content_edited_by")
    seen = visible.filter(model__workspace__slug=ws, model__name=name, number=number).first()
    assert seen
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update(of=("self",)).filter(versions=seen.pk, deleted_at=None).first()
        version = ModelVersion.objects.alive().select_for_update().filter(pk=seen.pk).first()
        assert model
        assert version
        version.model = model
        membership_on(model, token.user_id)
        stages = {stage.key: stage for stage in Stage.objects.filter(workspace=model.workspace_id).select_related("policy")}
        StageChangeRequest.objects.pending().select_related("from_stage", "to_stage").filter(version=version).first()
        asked = StageChangeRequest.objects.create(
            version=version, from_stage=stages[version.stage], to_stage=stages[json.loads(request.body)["to_stage"]],
            direction="forward", requester=token.user, requester_principal=token.user, created_at=timezone.now(),
        )  # fmt: skip
        _line("stage_change.requested", token, version, asked, ("", ""))
        list(asked.checks.all())
        SignOff.objects.filter(change_request=asked.pk).first()
        body = _answer(asked)
    return JsonResponse(body, status=201)


@csrf_exempt
def approve(request: HttpRequest, pk: int) -> JsonResponse:
    """Approve a request and move its version."""
    token = _token(request)
    assert StageChangeRequest.objects.visible_to(token.user).filter(pk=pk).first()
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update(of=("self",)).filter(versions__change_requests=pk).first()
        assert model
        earlier = Review.objects.filter(change_request=pk).values_list("reviewer_id", flat=True)
        list(Delegation.objects.in_force().filter(delegate=token.user_id).values_list("delegator_id"))
        list(Check.objects.filter(change_request=pk).values_list("reporter_id"))
        hold_members(model.workspace_id, {token.user_id, *earlier})
        membership_on(model, token.user_id)
        (asked,) = StageChangeRequest.objects.with_everything().select_for_update(of=("self", "version")).filter(pk=pk)
        list(deciding_on([model]).select_related("user"))
        list(Delegation.objects.in_force().filter(delegate__in=[token.user_id]).select_related("delegator"))
        Review.objects.create(
            change_request=asked, reviewer=token.user, principal=token.user, decision="approve", created_at=timezone.now()
        )
        _line("stage_change.approval_given", token, asked.version, asked, ("", ""))
        _move(asked, token)
        body = _answer(StageChangeRequest.objects.with_everything().get(pk=pk))
    return JsonResponse(body)


def _move(asked: StageChangeRequest, token: ApiToken) -> None:
    version, to = asked.version, asked.to_stage
    line = _line("stage_change.applied", token, version, asked, (version.stage, to.key))
    version.enter(to)
    version.stage_activity_id, version.revision, version.updated_at = line.pk, version.revision + 1, line.created_at
    version.save(update_fields=["stage", "stage_activity_id", "revision", "updated_at"])
    RegisteredModel.objects.filter(pk=version.model_id).update(updated_at=line.created_at)
    held = Stage.objects.filter(assignments__version=version, assignments__left_at=None)
    if left := list(held):
        StageAssignment.objects.filter(version=version, left_at=None, stage__in=left).update(
            left_at=line.created_at, closed_by_request_id=asked.pk
        )
    StageAssignment.objects.create(
        model=version.model,
        version=version,
        stage=to,
        entered_at=line.created_at,
        opened_by_request_id=asked.pk,
        actor=token.user,
    )
    asked.apply()
    asked.effect, asked.decided_by, asked.decided_at, asked.closing_activity_id = "approved", token.user, line.created_at, line.pk
    asked.save(update_fields=["status", "effect", "decided_by", "decided_at", "closing_activity_id", "closing_comment"])
    list(
        StageChangeRequest.objects.pending()
        .filter(to_stage__exclusive=True, version__model=version.model_id)
        .exclude(pk=asked.pk)
    )


MODEL = "api/v1/workspaces/<slug:ws>/models/<str:name>"
urlpatterns = [
    path("healthz", lambda request: JsonResponse({})),
    path(f"{MODEL}/versions", versions),
    path(f"{MODEL}/versions/<int:number>", version),
    path(f"{MODEL}/versions/<int:number>/stage-change-requests", ask),
    path("api/v1/stage-change-requests/<int:pk>/approve", approve),
]

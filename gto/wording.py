"""What a tag says: GTO's own first line, then who asked, who decided, and the line of the log that it stands for."""

import json
import re
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from approvals.models import Review, StageChangeRequest
from gto.tags import Event
from gto.telling import Wanted
from registry.models import ModelVersion

TRAILER = "Stageward-Line"
_UNSAFE = re.compile(r"[<>\x00-\x1f\x7f]+")
_FIRST = {
    Event.REGISTRATION: "Registering artifact {artifact} version {version}",
    Event.DEREGISTRATION: "Deregistering artifact {artifact} version {version}",
    Event.ASSIGNMENT: "Assigning stage {stage} to artifact {artifact} version {version}",
    Event.UNASSIGNMENT: "Unassigning stage '{stage}' to artifact '{artifact}' version '{version}'",
    Event.DEPRECATION: "Deprecating artifact '{artifact}'",
}


def tagger(wanted: Wanted) -> str:
    """Return who a tag says it was: whoever decided, else whoever the line names. gto fails on an empty address, so there is one always."""
    author = json.loads(wanted.line.data).get("author")
    request = _request(wanted)
    user = (
        request.decided_by
        if request and request.decided_by
        else User.objects.filter(pk=author or wanted.line.actor_id or 0).first()
    )
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    if user is None:
        return f"Stageward <stageward@{host}.invalid>"
    name = " ".join(_UNSAFE.sub(" ", user.display_name).split()) or user.username
    return f"{name} <{_UNSAFE.sub('', user.email) or f'{user.username}@{host}.invalid'}>"


def message(wanted: Wanted, artifact: str, version: str) -> str:
    """Return a tag's message."""
    first = _FIRST[wanted.event].format(artifact=artifact, version=version, stage=wanted.stage)
    told = {"Imported": "yes"} if wanted.past else {}
    if request := _request(wanted):
        told |= _of_request(request)
    if wanted.event == Event.ASSIGNMENT and not wanted.past:
        told |= _of_artifact(wanted)
    told[TRAILER] = str(wanted.line.pk)
    return f"{first}\n\n" + "".join(f"{name}: {value}\n" for name, value in told.items() if value)


def _request(wanted: Wanted) -> StageChangeRequest | None:
    if not wanted.line.request_id:
        return None
    return StageChangeRequest.objects.select_related("requester", "decided_by").filter(pk=wanted.line.request_id).first()


def _of_request(request: StageChangeRequest) -> dict[str, str]:
    approved = Review.objects.filter(change_request=request, decision=Review.Decision.APPROVE, withdrawn_at=None)
    names = approved.filter(digest=request.digest).select_related("reviewer").order_by("pk")
    return {
        "Request": str(request.pk),
        "Requested-by": _one_line(request.requester.display_name),
        "Approved-by": ", ".join(_one_line(review.reviewer.display_name) for review in names),
        "Effect": "" if request.effect == StageChangeRequest.Effect.APPROVED else request.effect,
        "Skipped-stages": ", ".join(request.skipped_stages),
        "Comment": _one_line(request.comment)[:500],
    }


def _of_artifact(wanted: Wanted) -> dict[str, str]:
    version = ModelVersion.objects.only("artifact_uri", "artifact_digest").get(pk=wanted.line.version_id or 0)
    return {"Artifact": _one_line(version.artifact_uri), "Artifact-digest": version.artifact_digest}


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())

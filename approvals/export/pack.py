"""An evidence pack, file by file. Read while it is sent, so its size is bounded by nothing but the version's past."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from accounts.caller import Caller
from activity import clock
from activity.errors import NotFound
from activity.moments import rfc3339
from activity.seals import public_key, signature_of
from approvals.export.archive import Archive
from approvals.export.lines import Stretch, log_lines, seals_file, stretch_of
from approvals.export.requests import last_line, request_documents
from approvals.export.summary import Summary
from approvals.export.verify import ED25519, PEM
from approvals.models import Comment, StageChangeRequest
from approvals.serializers.policies import PolicySerializer
from approvals.serializers.requests import CommentSerializer
from registry.api.history import entry_bodies, entry_values
from registry.api.rows import version_body
from registry.models import ModelVersion, Stage, StageAssignment

Json = dict[str, Any]
CONTENT_TYPE = "application/zip"
VERIFY = Path(__file__).with_name("verify.py")


def find_recorded_version(user: Any, slug: str, name: str, number: int) -> ModelVersion:
    """Return a version that the user may see, also one that was deleted: what was decided stays evidence. Raises NotFound.

    A model's name may be taken again, its numbers never are; a living model comes first all the same.
    """
    versions = ModelVersion.objects.select_related("model__workspace", "created_by", "content_edited_by")
    found = None
    if user.pk and "\x00" not in name:
        mine = versions.recorded_for(user).filter(model__workspace__slug=slug)
        named = mine.filter(model__name=name, number=number)
        found = min(named, key=lambda version: (version.model.deleted_at is not None, -version.pk), default=None)
    if found is None:
        raise NotFound(f"{name} has no version {number} that you may see. Check the address.")
    return found


def file_name(version: ModelVersion) -> str:
    """What the pack is called when it is saved."""
    return f"evidence {version.model.name} {version.number}.zip".replace(" ", "-")


def pack_answer(by: Caller, ws: str, name: str, number: int) -> StreamingHttpResponse:
    """The answer that streams a pack to somebody who may see the version. Raises NotFound."""
    version = find_recorded_version(by.user, ws, name, number)
    disposition = content_disposition_header(True, file_name(version)) or "attachment"
    return StreamingHttpResponse(
        evidence_pack(version, by),
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": disposition, "Cache-Control": "private, no-store"},
    )


def evidence_pack(version: ModelVersion, by: Caller) -> Iterator[bytes]:
    """Yield the ZIP. `by` is who it is made for, who may see the version."""
    archive = Archive()
    summary = Summary(version)
    yield from archive.add("version.json", [_written(_version(version))])
    for document in request_documents(version, by):
        summary.take(document)
        yield from archive.add(f"requests/{document['request']['id']}.json", [_written(document)])
    yield from archive.add("comments.json", _comments(version))
    requests = frozenset(StageChangeRequest.objects.filter(version=version).values_list("pk", flat=True))
    stretch = stretch_of(version, requests)
    yield from archive.add("log.jsonl", log_lines(stretch))
    yield from archive.add("seals.json", [seals_file(stretch)])
    key = base64.b64encode(ED25519 + bytes.fromhex(public_key())).decode()
    yield from archive.add("public_key.pem", [PEM.format(key)])
    yield from archive.add("verify.py", [VERIFY.read_bytes()])
    made = _made(version, by, stretch)
    yield from archive.add("summary.html", [summary.page(made)])
    yield from archive.add("README.txt", [render_to_string("approvals/evidence/README.txt", made)])
    manifest = _written({"files": dict(archive.digests)}, sort_keys=True).encode()
    yield from archive.add("manifest.json", [manifest])
    yield from archive.add("manifest.sig", [signature_of(manifest)])
    yield from archive.close()


def _written(body: Json, **options: Any) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2, **options) + "\n"


def _version(version: ModelVersion) -> Json:
    """The version as the API tells it, the stages that it held, and what moves into each stage demand today."""
    line = last_line(version)
    held = StageAssignment.objects.filter(version=version).order_by("entered_at", "pk")
    stages = Stage.objects.filter(workspace=version.model.workspace_id).select_related("policy")
    return {
        "version": version_body(version),
        "deleted_at": rfc3339(version.deleted_at) if version.deleted_at else None,
        "stages_held": entry_bodies(entry_values(held)),
        "policies_today": {stage.key: PolicySerializer(stage.policy).data for stage in stages},
        "log_line": line,
    }


def _comments(version: ModelVersion) -> Iterator[str]:
    """A list of what was said, a comment at a time."""
    comments = Comment.objects.filter(version=version).select_related("author").order_by("pk")
    yield "["
    for index, comment in enumerate(comments.iterator(chunk_size=500)):
        yield ",\n" if index else "\n"
        yield json.dumps(CommentSerializer(comment).data, ensure_ascii=False)
    yield "\n]\n"


def _made(version: ModelVersion, by: Caller, stretch: Stretch) -> Json:
    """What README and summary say of the pack itself."""
    return {
        "version": version,
        "model": version.model,
        "workspace": version.model.workspace,
        "person": by.person,
        "at": clock.now(),
        "stretch": stretch,
        "requests": len(stretch.requests),
        "public_key": public_key(),
    }

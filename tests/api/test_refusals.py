"""Every kind of refusal, with the whole of its body."""

import json
from typing import Any

import pytest
from django.test import RequestFactory

from approvals.models import StageChangeRequest
from config.api import BurstThrottle
from config.catalogue import PROBLEMS
from config.problems import body, server_error
from tests.api.conftest import MODEL, REQUESTS, Callers
from tests.cast import Team

VERSIONS = f"{MODEL}/versions"


def told(code: str, detail: str, **facts: Any) -> dict[str, Any]:
    problem = PROBLEMS[code]
    return {"type": f"/problems/{code}", "title": problem.title, "status": problem.status, "detail": detail, "code": code} | facts


@pytest.fixture
def path(team: Team) -> str:
    """A pending request of the engineer's."""
    return f"{REQUESTS}/{team.ask(team.version()).pk}"


def test_nobody(api: Callers):
    anonymous = "Authentication credentials were not provided."
    send = "Send `Authorization: Bearer swd_…` with a token that is neither revoked nor expired."
    assert api.nobody.get("/api/v1/me").json() == told("not-authenticated", f"{anonymous} {send}")
    unknown = "This token is unknown, revoked or expired. Make a new one under Settings, Tokens."
    assert api.nobody.get("/api/v1/me", Authorization="Bearer x").json() == told("not-authenticated", unknown)


def test_forbidden(api: Callers):
    assert api.viewer.post(VERSIONS, {}).json() == told(
        "forbidden",
        "You are a viewer of this workspace and this takes an editor, so nothing was done. Ask an admin of the workspace for the role.",
        role="viewer",
        needed="editor",
    )


def test_own_request(api: Callers, path: str):
    detail = "You asked for this change, so someone else must decide on it. You can revoke it."
    assert api.engineer.post(f"{path}/approve").json() == told("own-request", detail)


def test_not_eligible(api: Callers, path: str):
    detail = "Only editors and admins of the workspace decide, so nothing was done. Ask an admin for the role."
    assert api.viewer.post(f"{path}/approve").json() == told("not-eligible", detail)


def test_not_found(api: Callers):
    detail = "There is no stage change request 99 that you may see. Check the address."
    assert api.engineer.get(f"{REQUESTS}/99").json() == told("not-found", detail)
    nowhere = "There is nothing here, or nothing that you may see. Check the address, or sign in as somebody who may."
    assert api.engineer.get("/api/v1/nothing").json() == told("not-found", nowhere)


def test_what_http_itself_refuses(api: Callers):
    assert api.engineer.put(VERSIONS).json() == told(
        "method-not-allowed", 'Method "PUT" not allowed. This address answers other methods; the `Allow` header names them.'
    )
    assert api.engineer.get(VERSIONS, Accept="text/html").json() == told(
        "not-acceptable", "Could not satisfy the request Accept header. The API answers JSON."
    )
    assert api.engineer.send("POST", VERSIONS, raw=b"x", Content_Type="text/plain").json() == told(
        "unsupported-media-type",
        'Unsupported media type "text/plain" in request. Send JSON with `Content-Type: application/json`.',
    )


def test_invalid(api: Callers, team: Team):
    team.version()
    required = {"field": "to_stage", "detail": "This field is required."}
    assert api.engineer.post(f"{VERSIONS}/1/stage-change-requests", {}).json() == told(
        "invalid", "“to_stage” cannot be taken: This field is required.", errors=[required]
    )
    shape = "metrics is an object of names and values."
    assert api.engineer.post(VERSIONS, {"metrics": []}).json() == told(
        "invalid", shape, errors=[{"field": "metrics", "detail": shape}]
    )
    body = "The body is an object of named fields, and this is something else. Nothing was done."
    assert api.engineer.post(VERSIONS, [1]).json() == told("invalid", body, errors=[{"field": "", "detail": body}])
    reason = "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    assert api.engineer.send("POST", VERSIONS, raw=b"{").json() == told(
        "invalid", f"The body is not JSON that can be read ({reason}). Nothing was done."
    )


def test_comment_required(api: Callers, path: str):
    detail = "A rejection needs a comment that says why, so nothing was done. Write one and send it again."
    assert api.reviewer.post(f"{path}/reject").json() == told(
        "comment-required", detail, errors=[{"field": "comment", "detail": detail}]
    )


def test_already_pending(api: Callers, path: str):
    pk = StageChangeRequest.objects.get().pk
    assert api.reviewer.post(f"{VERSIONS}/1/stage-change-requests", {"to_stage": "production"}).json() == told(
        "already-pending",
        f"Request {pk} for v1 waits already (Unassigned → Staging), so no second one was made. Wait for its end, or have it revoked.",
        request=pk,
    )


def test_digest_changed(api: Callers, path: str):
    detail = "v1 or what its move needs was edited after you opened this, so nothing was done. Look at it again, then decide."
    assert api.reviewer.post(f"{path}/approve", {"digest": "sha256:0"}).json() == told(
        "digest-changed", detail, digest=StageChangeRequest.objects.get().digest
    )


def test_not_pending(api: Callers, path: str):
    done = api.reviewer.post(f"{path}/approve").json()
    assert api.second_reviewer.post(f"{path}/approve").json() == told(
        "not-pending",
        "This request was applied by Reviewer, so nothing was done. To ask again, make a new request.",
        request_status="applied",
        decided_by="reviewer",
        decided_at=done["decided_at"],
    )


def test_version_locked(api: Callers, path: str):
    api.engineer.post(f"{VERSIONS}/1/lock", {"level": "closed"})
    detail = "v1 is locked (closed), so its stage stays. An admin can lower the lock."
    assert api.reviewer.post(f"{path}/approve").json() == told("version-locked", detail, lock_level="closed")


def test_same_stage_protected_and_conflict(api: Callers, team: Team):
    team.move(team.version(), "staging")
    assert api.engineer.post(f"{VERSIONS}/1/stage-change-requests", {"to_stage": "staging"}).json() == told(
        "same-stage", "v1 is in Staging already, so nothing was asked. Choose another stage."
    )
    assert api.engineer.delete(f"{VERSIONS}/1").json() == told(
        "protected", "v1 is in Staging, so it cannot be deleted. Move it on by a stage change first."
    )
    taken = "churn has a version called “v1” already, so nothing was changed. Choose another name."
    assert api.engineer.post(VERSIONS, {"name": "v1"}).json() == told(
        "conflict", taken, errors=[{"field": "name", "detail": taken}]
    )


def test_precondition_failed_and_idempotency_mismatch(api: Callers, team: Team):
    team.version()
    detail = "This was changed since you read it, so nothing was written. Read it again, then make your change."
    assert api.engineer.patch(f"{VERSIONS}/1", {}, If_Match='"9"').json() == told("precondition-failed", detail)
    api.engineer.post(VERSIONS, {}, Idempotency_Key="k")
    detail = "This idempotency key was used with another request, so nothing was done. Send a new key for a new request."
    assert api.engineer.post(VERSIONS, {"name": "x"}, Idempotency_Key="k").json() == told("idempotency-mismatch", detail)


def test_throttled(api: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(BurstThrottle, "THROTTLE_RATES", {"user": "1/min", "anon": "1/min"})
    assert api.viewer.get("/api/v1/me").status_code == 200
    seconds = "Request was throttled. Expected available in 60 seconds."
    assert api.viewer.get("/api/v1/me").json() == told("throttled", f"{seconds} Wait for the number of seconds in `Retry-After`.")


def test_a_fact_never_takes_the_place_of_what_every_refusal_says():
    assert body("conflict", "No.", status="applied", title="x", request=7) == told("conflict", "No.", request=7)


def test_a_fault_of_ours_is_a_problem_too():
    response = server_error(RequestFactory().post("/api/v1/me"))
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    detail = "Something broke here and nothing was written. Try again; if it stays, tell whoever runs this, with the request id."
    assert json.loads(response.content) == told("server-error", detail)

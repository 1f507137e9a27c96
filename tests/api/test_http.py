"""What holds for every address: strict reading, right status codes, and never a broken answer."""

import json
from importlib import import_module

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from accounts.models import User
from config import settings as served
from config.api import BurstThrottle
from config.encoding import UTF8Request
from registry.models import ModelVersion
from tests.api.conftest import MODEL, REQUESTS, Callers, fields, problem
from tests.cast import PASSWORD, Team

VERSIONS = f"{MODEL}/versions"


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"nonsense", b"'x'", b'{"name": NaN}', b'{"metrics": {"a": Infinity}}', b'{"metrics": {"a": -Infinity}}',
        b'{"metrics": {"a": 1e999}}', b'{"name": "\xff"}', b'{"name": "\\ud800"}', b'{"\\udfff": 1}', b"\xef\xbb\xbf{}",
        b"[" * 100_000, b'{"a":' * 50_000, b'{"name": "a", "name": "b"}', b'{"metrics": {"a": 1, "a": 2}}',
        b'{"metrics": {"a": ' + b"9" * 5000 + b"}}", "{}".encode("utf-16"), b"{} {}",
    ],
)  # fmt: skip
def test_a_body_that_is_not_strict_json_is_refused(api: Callers, raw: bytes):
    response = api.engineer.send("POST", VERSIONS, raw=raw)
    assert problem(response) == (400, "invalid")
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize("body", [[], "x", 5, True, [{}]])
def test_a_body_is_an_object(api: Callers, body: object):
    assert problem(api.engineer.post(VERSIONS, body)) == (400, "invalid")


def test_a_body_beyond_the_limit_is_refused(api: Callers, settings: LazySettings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
    response = api.engineer.post(VERSIONS, {"description": "x" * 2**20})
    assert problem(response) == (400, "invalid")
    assert response.json()["detail"] == "The body is larger than 1 MB, so nothing was done. Send less at once."


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
def test_a_body_in_another_format_is_refused(api: Callers, kind: str):
    assert problem(api.engineer.send("POST", VERSIONS, raw=b"{}", Content_Type=kind)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("charset", ["zlib", "rot13", "utf-16", "nonsense", "latin-1"])
def test_a_request_is_utf_8_whatever_its_header_says(charset: str):
    environ = RequestFactory().get("/?x=%C3%BC").environ
    request = UTF8Request(environ | {"CONTENT_TYPE": f"application/json; charset={charset}"})
    assert (request.GET["x"], request.content_type) == ("ü", "application/json")


@pytest.mark.django_db(transaction=True)
def test_the_server_reads_requests_so():
    wsgi = import_module("config.wsgi")
    assert wsgi.application.request_class is UTF8Request


def test_a_body_is_utf_8_whatever_its_header_says(api: Callers):
    raw = json.dumps({"name": "ü"}, ensure_ascii=False).encode()
    response = api.engineer.send("POST", VERSIONS, raw=raw, Content_Type="application/json; charset=utf-16")
    assert response.json()["name"] == "ü"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "PUT", "QUERY"])
def test_a_method_that_is_not_there_is_named_as_such(api: Callers, method: str):
    response = api.engineer.send(method, VERSIONS)
    assert problem(response) == (405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD, POST"


def test_head_is_get_without_a_body(api: Callers):
    response = api.viewer.send("HEAD", VERSIONS)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_what_cannot_be_accepted_is_refused(api: Callers, accept: str):
    assert problem(api.viewer.get(VERSIONS, Accept=accept)) == (406, "not-acceptable")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html, */*;q=0.1", "application/problem+json, application/json"]
)
def test_json_is_accepted(api: Callers, accept: str):
    assert api.viewer.get(VERSIONS, Accept=accept)["Content-Type"] == "application/json"


def test_nobody_is_challenged(api: Callers):
    response = api.nobody.get(VERSIONS)
    assert problem(response) == (401, "not-authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="Stageward"'


def test_unknown_fields_and_parameters_are_all_named(api: Callers):
    response = api.engineer.post(VERSIONS, {"a": 1, "b": 2, "name": "x"})
    assert fields(response) == ["a", "b"]
    assert "version" not in response.json()["detail"]
    response = api.engineer.get(f"{VERSIONS}?a=1&b=2")
    assert fields(response) == ["a", "b"]
    assert fields(api.engineer.post(f"{VERSIONS}?dry_run=1", {})) == ["dry_run"]


@pytest.mark.parametrize(
    "path",
    ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/me/", "/api/v1/workspaces/Ünder", f"{VERSIONS}/x", f"{VERSIONS}/-1",
     f"{VERSIONS}/1.0", "/api/v1/workspaces/default/models/a%2Fb", "/api/v1/%ff%fe", "/api/v2/x"],
)  # fmt: skip
def test_an_address_that_is_not_there_answers_a_problem(api: Callers, path: str):
    assert problem(api.engineer.get(path)) == (404, "not-found")


@pytest.mark.parametrize(
    "path",
    ["/api/v1/workspaces/default/models/%00", "/api/v1/workspaces/default/models/a%00b/versions", f"{VERSIONS}/{'9' * 30}",
     f"{VERSIONS}/{2**63}", "/api/v1/workspaces/default/members/%00", f"/api/v1/workspaces/default/models/{'x' * 300}",
     "/api/v1/workspaces/default/models/%ED%A0%80", "/api/v1/workspaces/default/models/%ff"],
)  # fmt: skip
def test_an_odd_address_is_not_found(api: Callers, path: str):
    assert problem(api.admin.get(path)) == (404, "not-found")


def test_a_session_reads_and_writes_with_its_csrf_token(team: Team):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="engineer"), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/v1/me").json()["user"]["username"] == "engineer"
    refused = browser.post(VERSIONS, "{}", content_type="application/json")
    assert problem(refused) == (403, "forbidden")
    browser.get("/accounts/login/")
    browser.cookies["csrftoken"] = "x" * 32
    accepted = browser.post(VERSIONS, "{}", content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert (accepted.status_code, PASSWORD != "") == (201, True)


def test_answers_are_private_and_carry_a_request_id(api: Callers):
    response = api.viewer.get(VERSIONS)
    assert response["Cache-Control"] == "private, no-store"
    assert len(response["X-Request-ID"]) == 16


def test_too_many_requests_are_told_when_to_come_back(api: Callers, team: Team, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(BurstThrottle, "THROTTLE_RATES", {"user": "2/min", "anon": "1/min"})
    assert [api.viewer.get("/api/v1/me").status_code for _ in range(2)] == [200, 200]
    response = api.viewer.get("/api/v1/me")
    assert problem(response) == (429, "throttled")
    assert 0 < int(response["Retry-After"]) <= 60
    assert api.engineer.get("/api/v1/me").status_code == 200


def test_counting_requests_without_redis_writes_nothing_into_the_database():
    assert served.CACHES["rates"]["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache"


def test_a_refusal_never_hides_the_status_behind_a_fact(api: Callers, team: Team):
    request = team.ask(team.version())
    team.approve(request)
    body = api.reviewer.post(f"{REQUESTS}/{request.pk}/reject", {"comment": "x"}).json()
    assert (body["status"], body["request_status"], body["code"]) == (409, "applied", "not-pending")

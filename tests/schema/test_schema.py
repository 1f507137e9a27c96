"""The schema: valid, whole, and in step with what the API's page promises."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from config.catalogue import PROBLEMS

MODEL = "/workspaces/{ws}/models/{name}"
VERSION = f"{MODEL}/versions/{{number}}"
REQUEST = "/stage-change-requests/{id}"
WEBHOOK = "/workspaces/{ws}/webhooks/{id}"
# The table of contracts/api.md, as far as it is built.
PROMISED = {
    "/me": "GET",
    "/workspaces": "GET POST",
    "/workspaces/{ws}": "GET PATCH",
    "/workspaces/{ws}/members": "GET POST",
    "/workspaces/{ws}/members/{username}": "GET PATCH DELETE",
    "/workspaces/{ws}/groups": "GET POST",
    "/workspaces/{ws}/groups/{key}": "GET PATCH DELETE",
    "/workspaces/{ws}/groups/{key}/members/{username}": "PUT DELETE",
    "/workspaces/{ws}/webhooks": "GET POST",
    WEBHOOK: "GET PATCH DELETE",
    **{f"{WEBHOOK}/{action}": "POST" for action in ("rotate", "enable", "disable", "test", "redeliver")},
    f"{WEBHOOK}/old-secret": "DELETE",
    f"{WEBHOOK}/deliveries": "GET",
    f"{WEBHOOK}/deliveries/{{delivery}}": "GET",
    f"{WEBHOOK}/deliveries/{{delivery}}/redeliver": "POST",
    "/workspaces/{ws}/imports": "GET POST",
    "/workspaces/{ws}/imports/{id}": "GET",
    "/workspaces/{ws}/imports/{id}/resume": "POST",
    "/workspaces/{ws}/proposals": "GET",
    "/proposals/{id}/confirm": "POST",
    "/proposals/{id}/decline": "POST",
    "/delegations": "GET POST",
    "/delegations/{id}": "DELETE",
    "/workspaces/{ws}/stages": "GET POST",
    "/workspaces/{ws}/stages/{key}": "PATCH",
    "/workspaces/{ws}/stages/{key}/retire": "POST",
    "/workspaces/{ws}/stages/{key}/restore": "POST",
    "/workspaces/{ws}/models": "GET POST",
    MODEL: "GET PATCH DELETE",
    f"{MODEL}/collaborators": "GET",
    f"{MODEL}/collaborators/{{kind}}/{{key}}": "PUT DELETE",
    f"{MODEL}/versions": "GET POST",
    VERSION: "GET PATCH DELETE",
    f"{VERSION}/lock": "POST",
    f"{VERSION}/compare": "GET",
    f"{VERSION}/evidence": "GET",
    f"{VERSION}/comments": "GET POST",
    f"{VERSION}/comments/{{id}}": "PUT DELETE",
    f"{VERSION}/stage-change-requests": "POST",
    f"{MODEL}/tags": "GET",
    f"{MODEL}/tags/{{tag}}": "PUT DELETE",
    f"{VERSION}/tags": "GET",
    f"{VERSION}/tags/{{tag}}": "PUT DELETE",
    f"{MODEL}/aliases": "GET",
    f"{MODEL}/aliases/{{alias}}": "PUT DELETE",
    f"{MODEL}/active-stages": "GET",
    f"{MODEL}/stage-history": "GET",
    "/stage-change-requests": "GET",
    REQUEST: "GET",
    **{f"{REQUEST}/{action}": "POST" for action in ("approve", "reject", "withdraw", "revoke", "comment")},
    "/stage-change-requests/bulk": "POST",
    "/stage-change-requests/{id}/bypass": "POST",
    "/stage-change-requests/{id}/checks": "POST",
    "/stage-change-requests/{id}/sign-off": "POST",
    "/activities": "GET",
    "/insights": "GET",
    "/notices": "GET",
    "/notices/read": "POST",
    "/tokens": "GET POST",
    "/tokens/{id}": "DELETE",
    "/workspaces/{ws}/stages/{key}/policy": "GET PUT",
}


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/v1/schema").json()


def operations(schema: Any) -> list[tuple[str, str, Any]]:
    return [(path, method, operation) for path, methods in schema["paths"].items() for method, operation in methods.items()]


def test_the_schema_is_valid_and_without_a_warning(tmp_path: Path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_the_schema_is_openapi_3_1_in_json_or_yaml(schema: Any):
    assert schema["openapi"] == "3.1.0"
    yaml = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi"})
    assert yaml.content.startswith(b"openapi: 3.1.0")


def test_the_schema_has_what_is_promised_and_nothing_else(schema: Any):
    found: dict[str, set[str]] = {}
    for path, method, _ in operations(schema):
        found.setdefault(path.removeprefix("/api/v1"), set()).add(method.upper())
    assert found == {path: set(methods.split()) for path, methods in PROMISED.items()}


def test_every_operation_says_what_it_does_how_to_sign_in_and_how_it_refuses(schema: Any):
    ways: list[dict[str, list[str]]] = [{"token": []}, {"basic": []}, {"session": []}]
    for path, method, operation in operations(schema):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert operation["tags"] != ["Other"], place
        assert operation["security"] == ways, place
        refusals = {status for status in operation["responses"] if status >= "400"}
        assert {"400", "401", "403", "406", "429"} <= refusals, place
        assert ("404" in refusals) is ("{" in path or method != "get"), place
        assert ("422" in refusals) is (method == "post"), place
        assert ("415" in refusals) is ("requestBody" in operation), place
        headers = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"}
        assert ("Idempotency-Key" in headers) is (method == "post"), place
        has_etag = (
            "/members" not in path
            and not path.endswith("/stages/{key}")
            and "/groups" not in path
            and "/collaborators" not in path
            and "/webhooks" not in path
            and "/delegations" not in path
            and "/tokens" not in path
            and "/comments" not in path
            and "/tags" not in path
            and "/aliases" not in path
            and path != "/api/v1/workspaces/{ws}"
        )
        assert ("If-Match" in headers) is (method in ("put", "patch", "delete") and has_etag), place


def test_the_schema_knows_every_code(schema: Any):
    assert schema["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == list(PROBLEMS)


def test_every_code_that_is_raised_is_in_the_catalogue():
    raised = set()
    for app in (
        "accounts",
        "activity",
        "registry",
        "approvals",
        "insights",
        "notifications",
        "config",
    ):  # gateways have codes of their own
        for path in Path(app).rglob("errors.py"):
            raised |= set(re.findall(r'^    code = "([a-z-]+)"$', path.read_text(), re.MULTILINE))
    assert raised - set(PROBLEMS) == set()
    assert len(raised) > 10


def test_the_page_reads_out_every_operation_and_shape_under_a_strict_policy(db: None, schema: Any):
    page = Client().get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    for _, _, operation in operations(schema):
        assert f'id="{operation["operationId"]}"' in text
    linked, anchors = set(re.findall(r'href="#([^"]+)"', text)), set(re.findall(r'id="([^"]+)"', text))
    assert linked - anchors == set()
    for name, shape in schema["components"]["schemas"].items():
        assert ("properties" in shape) is (f"shape-{name}" in anchors)
    assert re.search(r'style="|<style|<script(?! (?:type="module" )?src=|[^>]+ src=)', text) is None

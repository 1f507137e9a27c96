"""Verta's client 0.24.1 on the wire: its headers, and what it was seen to send, byte for byte."""

import json
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from tests.api.conftest import Api, token_of

# As captured from the unmodified client; `%(…)s` stands where an id was.
CREATE_MODEL = (
    '{"name":"my-model","custom_permission":{"collaborator_type":0,"can_deploy":0,"can_predict":0},"resource_visibility":4,"id":"0",'
    '"time_created":"0","time_updated":"0","description":"","labels":[],"visibility":0,"workspace_id":"","readme_text":"","owner":"",'
    '"attributes":[],"workspace_service_id":"0","artifacts":[],"readme_text_updated":false,"version_number":"0","data_type":0,'
    '"action_type":0,"task_type":0,"custom_attribute_values":[],"pii":false}'
)
FIND_NAME = '{"predicates":[{"key":"version","value":"v1","value_type":0,"operator":0}],"ascending":false,"sort_key":"","ids":[]}'
CREATE_VERSION = (
    '{"registered_model_id":"%(model)s","version":"v1","lock_level":1,"id":"0","time_updated":"0","time_created":"0","description":"",'
    '"labels":[],"artifacts":[],"archived":0,"readme_text":"","apis":[],"owner":"","attributes":[],"stage":0,"datasets":[],'
    '"code_blob_map":{},"input_description":"","hide_input_label":false,"output_description":"","hide_output_label":false}'
)
UPDATE_STAGE = '{"model_version_id":"%(version)s","stage":2,"comment":"Undergoing final testing."}'
FIND_STAGE = (
    '{"id":{"registered_model_id":"%(model)s"},"predicates":[{"key":"stage","value":"staging","value_type":0,"operator":0}],'
    '"pagination":{"page_number":1,"page_limit":1},"ascending":false,"sort_key":"","ids":[]}'
)
PATCH_LABELS = '{"labels":["tag1"]}'
PATCH_ATTRIBUTES = '{"attributes":[{"key":"i","value":15.0},{"key":"d","value":{"k":[1.0]}},{"key":"n","value":null}]}'
PUT_VERSION = (
    '{"id":"%(version)s","registered_model_id":"%(model)s","version":"labels","time_updated":"1795220047286",'
    '"time_created":"1795220047286","labels":["tag1","tag3"],"owner":"u1","stage":%(stage)s,"lock_level":%(lock)s}'
)
LOCK = '{"lock_level":%(lock)s}'
NO_SUCH = {"id": "999999", "model": 999999}


@dataclass
class Verta:
    """Somebody with `VERTA_EMAIL` and `VERTA_DEV_KEY`."""

    email: str
    key: str

    def send(self, method: str, path: str, body: Any = None, *, raw: str | None = None, prefix: str = "") -> tuple[int, Any]:
        """Send one request as the client does, and return the status and what was said; every answer is JSON."""
        text = raw if raw is not None else "" if body is None else json.dumps(body)
        response = Api().send(
            method,
            f"{prefix}/api/v1/{path}",
            raw=text.encode(),
            User_Agent="python-urllib3/2.2.1",
            Grpc_Metadata_source="PythonClient",
            Grpc_Metadata_email=self.email,
            Grpc_Metadata_developer_key=self.key,
        )
        assert response["Content-Type"] == "application/json", response.content
        said = response.json()
        if response.status_code >= 400:
            assert list(said) == ["code", "message", "details"]
            assert (type(said["code"]), said["details"]) == (int, [])
        return response.status_code, said

    def get(self, path: str) -> tuple[int, Any]:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, *, raw: str | None = None) -> tuple[int, Any]:
        return self.send("POST", path, body, raw=raw)

    def patch(self, path: str, body: Any = None, *, raw: str | None = None) -> tuple[int, Any]:
        return self.send("PATCH", path, body, raw=raw)

    def put(self, path: str, body: Any = None, *, raw: str | None = None) -> tuple[int, Any]:
        return self.send("PUT", path, body, raw=raw)

    def refused(self, method: str, path: str, body: Any = None, *, raw: str | None = None) -> tuple[int, int]:
        """Send what is refused; return the status and Verta's code."""
        status, said = self.send(method, path, body, raw=raw)
        return status, said.get("code", 0)


def verta(user: User) -> Verta:
    """Somebody with a token of every scope."""
    return Verta(user.email, token_of(user))

"""Arthur's SDK 3.33.3 on the wire: its headers, and what it was seen to send."""

import json
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from registry.models import ModelVersion
from tests.api.conftest import Api, token_of

ATTRIBUTE = {
    "name": "income", "value_type": "FLOAT", "stage": "PIPELINE_INPUT", "position": 0, "categorical": False, "min_range": 21.5,
    "max_range": 65.2, "monitor_for_bias": False, "is_unique": False, "is_positive_predicted_attribute": False, "implicit": False,
}  # fmt: skip
MODEL = {
    "partner_model_id": "credit-1", "input_type": "TABULAR", "output_type": "REGRESSION", "display_name": "Credit risk",
    "is_batch": False, "archived": False, "attributes": [ATTRIBUTE],
}  # fmt: skip
SAVE = "models?async_model_provisioning=True"


@dataclass
class Arthur:
    """Somebody with an access key, or whatever else their client puts into its header."""

    key: str
    organization: str = "default"

    def send(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, prefix: str = "", **headers: str
    ) -> tuple[int, Any]:
        """Send one request as the SDK does, and return the status and what was said; every refusal is one sentence."""
        named = {"User-Agent": "arthur-sdk/3.33.3 (system=Linux)", "Arthur-Organization-ID": self.organization, **headers}
        if self.key:
            named["Authorization"] = self.key
        text = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response = Api().send(method, f"{prefix}/api/v3/{path}", raw=text, **named)
        if response.status_code == 204:
            assert response.content == b""
            return 204, {}
        assert response["Content-Type"] == "application/json", response.content
        said = response.json()
        if response.status_code >= 400:
            assert list(said) == ["error"]
            assert said["error"].endswith((".", "?")) or " http" in said["error"], said
        return response.status_code, said

    def get(self, path: str) -> tuple[int, Any]:
        return self.send("GET", path)

    def save(self, **changes: Any) -> tuple[int, Any]:
        """A model, as the SDK saves one; what is None it leaves out."""
        return self.send("POST", SAVE, {key: value for key, value in (MODEL | changes).items() if value is not None})

    def saved(self, **changes: Any) -> ModelVersion:
        """The version that was saved so."""
        status, said = self.save(**changes)
        assert status == 201, said
        return ModelVersion.objects.select_related("model").get(pk=said["id"])

    def refused(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> int:
        """Send what is refused; return the status."""
        return self.send(method, path, body, raw=raw)[0]


def arthur(user: User) -> Arthur:
    """Somebody with a token of every scope."""
    return Arthur(token_of(user))

"""The import of a registry that runs: MLflow's own server, Databricks' workspace registry, and whatever speaks as they do."""

import base64
import contextlib
import time
from typing import Any

from activity.errors import Invalid
from imports.items import Upstream
from imports.sources import Alive, SourceFailed, stages_given
from moving.asking import Address, Missing, Registry
from moving.reading import read_registry
from moving.wire import upstream_of
from notifications.guard import Refused, read_target
from notifications.signing import SecretLost, opened, sealed

NAP = 1.0  # seconds of waiting between two signs of life


class MlflowSource:
    """A registry by its address, and by a token or a user name with a password where it takes them."""

    title = "MLflow: the registry of a server"
    name = "MLflow"
    with_requests = False

    def clean(self, source: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return address and options as they are kept: the token encrypted. Raises Invalid."""
        kept: dict[str, Any] = {"stages": stages_given(options, {"user", "token"}, self.name)}
        user, token = str(options.get("user", "")), str(options.get("token", ""))
        self._check_credentials(user, token)
        return _address(source).text, kept | ({"user": user, "token": sealed(token)} if token else {})

    def _check_credentials(self, user: str, token: str) -> None:
        if user and not token:
            raise Invalid("A user name goes with a password: put it where the token goes. Nothing was started.", field="token")
        if not token.isascii() and not user:
            raise Invalid("A token is plain ASCII, and this one is not. Copy it again. Nothing was started.", field="token")
        if not (token + user).isprintable() or ":" in user:
            raise Invalid("A token has no line ends, and a user name no colon. Nothing was started.", field="token")

    def forget(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options without the credentials."""
        return {name: value for name, value in options.items() if name not in ("token", "user")}

    def read(self, source: str, options: dict[str, Any], alive: Alive) -> Upstream:
        """Ask for all there is, page by page. Raises SourceFailed."""
        try:
            authorization = _authorization(options.get("user", ""), opened(options["token"]) if options.get("token") else "")
            address = read_target(Address, source)
        except (Refused, SecretLost) as refused:
            raise SourceFailed(str(refused)) from refused
        seen = _Seen(alive)
        with contextlib.closing(Registry(address, authorization, seen.sleep)) as registry:
            try:
                contents = read_registry(registry, seen, with_requests=self.with_requests)
            except Missing:
                raise SourceFailed(f"{address.text} has no list of models. Check the address.") from None
            return upstream_of(contents, self.name)


class DatabricksSource(MlflowSource):
    """Databricks' workspace registry: as MLflow's, with requests that may wait."""

    title = "Databricks: the model registry of a workspace"
    name = "Databricks"
    with_requests = True

    def _check_credentials(self, user: str, token: str) -> None:
        super()._check_credentials(user, token)
        if not token:
            raise Invalid("Databricks lets nobody read without a token. Nothing was started.", field="token")


class _Seen:
    """Says how far the reading is, also while it waits."""

    def __init__(self, alive: Alive) -> None:
        self._alive, self._read = alive, 0

    def __call__(self, read: int) -> None:
        self._read = read
        self._alive(read)

    def sleep(self, seconds: float) -> None:
        """Wait, alive."""
        while seconds > 0:
            time.sleep(min(NAP, seconds))
            seconds -= NAP
            self._alive(self._read)


def _address(text: str) -> Address:
    try:
        address = read_target(Address, text.strip())
    except Refused as refused:
        raise Invalid(f"{refused} Nothing was started.", field="source") from refused
    if "?" in address.path:
        raise Invalid(
            "The address of a registry ends with the host or a path, as MLFLOW_TRACKING_URI has it. Nothing was started.",
            field="source",
        )
    return address


def _authorization(user: str, token: str) -> str:
    if user:
        return f"Basic {base64.b64encode(f'{user}:{token}'.encode()).decode()}"
    return f"Bearer {token}" if token else ""

"""HTTP, with patience: one logical call is sent until it is answered, and has its effect once."""

from __future__ import annotations

import platform
import random
import ssl
import time
import uuid
from collections.abc import Generator, Mapping
from typing import Any, Union
from urllib.parse import quote

import httpx

from stageward.answers import read_answer, seconds_to_wait
from stageward.errors import NotConfigured, NotFound, Unreachable
from stageward.settings import Secret, Settings
from stageward.version import VERSION

Params = Mapping[str, Union[str, int, bool, None]]
AGAIN = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 60.0  # seconds: who is asked to stay away for longer hears so at once
USER_AGENT = f"stageward-python/{VERSION} (Python {platform.python_version()}; {platform.system()})"


class _Bearer(httpx.Auth):
    """The one place that puts the token into a request."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class Session:
    """A connection to one Stageward, as somebody.

    What was not answered, or was answered 429, 502, 503 or 504, is sent again, up to `retries` times, later and later, or when
    `Retry-After` says. Every POST carries an idempotency key that stays the same, so it has its effect once, however often it is sent.
    """

    def __init__(
        self, settings: Settings, *, timeout: float = 30.0, retries: int = 4, backoff: float = 0.25, verify: bool | str = True
    ) -> None:
        self.host = settings.host
        self.retries, self.backoff = retries, backoff
        self._http = httpx.Client(
            base_url=f"{settings.host}/api/v1/",
            auth=_Bearer(settings.token),
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            verify=_trust(settings.host, verify),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            follow_redirects=False,  # the token goes nowhere else
        )

    def __repr__(self) -> str:
        return f"Session({self.host!r})"

    def get(self, path: str, params: Params | None = None) -> Any:
        """Read."""
        return read_answer(self._send("GET", path, params=_sent(params)), self.host)

    def get_unless(self, path: str, etag: str | None) -> tuple[Any, str | None]:
        """Read again what has this ETag: None when it is still the same, and the ETag of what there is."""
        response = self._send("GET", path, headers={"If-None-Match": etag} if etag else {})
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None, etag
        return read_answer(response, self.host), response.headers.get("ETag")

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something; sent again, it is done once."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return read_answer(self._send("POST", path, json=dict(body or {}), headers=headers), self.host)

    def patch(self, path: str, body: Mapping[str, Any], revision: int | None = None) -> Any:
        """Set some facts; sent again, they are what they are. With a revision: refused when somebody changed it since."""
        headers = {} if revision is None else {"If-Match": f'"{revision}"'}
        return read_answer(self._send("PATCH", path, json=dict(body), headers=headers), self.host)

    def delete(self, path: str, revision: int) -> None:
        """Delete what has this revision. Not there any more when it is sent again: then the first time did it."""
        try:
            response = self._send("DELETE", path, headers={"If-Match": f'"{revision}"'})
            read_answer(response, self.host)
        except NotFound:
            if not response.request.extensions.get("again"):
                raise

    def download(self, path: str, params: Params | None = None) -> httpx.Response:
        """Read a file, the whole of it."""
        response = self._send("GET", path, params=_sent(params), headers={"Accept": "*/*"})
        if not response.is_success or response.headers.get("Content-Type", "").startswith("text/html"):
            read_answer(response, self.host)
        return response

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send until it is answered. Raises Unreachable."""
        for attempt in range(self.retries + 1):
            last = attempt == self.retries
            pause = self.backoff * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            try:
                response = self._http.request(method, path, extensions={"again": attempt > 0}, **options)
            except httpx.TransportError as error:
                if last or _is_in_vain(error):
                    raise _unreachable(self.host, error) from error
            else:
                asked = seconds_to_wait(response)
                if response.status_code not in AGAIN or last or (asked or 0) > LONGEST_PAUSE:
                    return response
                pause = pause if asked is None else asked
            time.sleep(pause)
        raise AssertionError  # the last attempt returns or raises


def in_path(name: str) -> str:
    """Return a name as it stands in an address."""
    return quote(name, safe="")


def _trust(host: str, verify: bool | str) -> bool | ssl.SSLContext:
    """Return whose certificates are believed. Raises NotConfigured."""
    if host.startswith("http://"):
        return False  # there is none to verify, and to read all authorities takes longer than to ask
    try:
        return ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
    except OSError as error:
        raise NotConfigured(
            f"The certificate authorities in {verify} cannot be read: {error}. Check STAGEWARD_CA_BUNDLE."
        ) from None


def _sent(params: Params | None) -> dict[str, str]:
    """Query parameters as the API takes them: those that are None are left out."""
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def _is_in_vain(error: httpx.TransportError) -> bool:
    """Tell whether the next attempt would fail as well."""
    return isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)) or "CERTIFICATE_VERIFY_FAILED" in str(error)


def _unreachable(host: str, error: httpx.TransportError) -> Unreachable:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Unreachable(
            f"The certificate of {host} could not be verified ({error}). If your organisation signs its own, name its file in"
            " STAGEWARD_CA_BUNDLE."
        )
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{host} did not answer in time ({type(error).__name__}). Try again later, or raise the timeout.")
    return Unreachable(
        f"{host} cannot be reached: {error or type(error).__name__}. Check the address, and whether the server runs."
    )

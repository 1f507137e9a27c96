"""What a server answers: facts, a refusal, or something that Stageward does not say."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from stageward.errors import NotStageward, Throttled, Unreachable, refusal_of

GATEWAY = (502, 503, 504)


def read_answer(response: httpx.Response, host: str) -> Any:
    """Return what was answered. Raises Refusal, Unreachable, NotStageward."""
    said = _json(response)
    if response.is_success and (said is not None or response.status_code == httpx.codes.NO_CONTENT):
        return said
    if isinstance(said, dict) and "detail" in said and not response.is_success:
        refusal = refusal_of(said, response.status_code, response.headers.get("X-Request-ID", ""))
        if isinstance(refusal, Throttled):
            refusal.retry_after = seconds_to_wait(response)
        raise refusal
    if response.status_code in GATEWAY:
        raise Unreachable(
            f"What stands before {host} answered {response.status_code}: Stageward does not run there now. Try again later."
        )
    raise NotStageward(f"{host} {_met(response)} That is not how Stageward's API answers; check the address.")


def seconds_to_wait(response: httpx.Response) -> float | None:
    """Return what `Retry-After` asks for, in seconds or as a date; None without it."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return None


def _json(response: httpx.Response) -> Any:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return response.json()
    except ValueError:
        return None


def _met(response: httpx.Response) -> str:
    """Say what was met in place of Stageward."""
    if response.is_redirect:
        return (
            f"answered with a redirection to {response.headers.get('Location', 'nowhere')}, which is not followed with a token."
        )
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    what = "a web page" if kind == "text/html" else f"“{kind}”" if kind else "nothing"
    return f"answered {response.status_code} with {what}."

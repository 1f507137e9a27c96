"""What may be written into a version: checked once, for every door."""

import math
import re
from typing import Any
from urllib.parse import urlsplit

import rfc8785

from activity.errors import Invalid

GOVERNED = ("artifact_uri", "artifact_digest", "metrics", "parameters", "attributes")
_DIGEST = re.compile(r"sha256:[0-9a-f]{8,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")  # what JSON's \ud800 becomes: no text that could be encoded
_TAG_KEY = re.compile(r"[/\w.\- :]+")
_ALIAS = re.compile(r"[\w\-]+")
_TAG_VALUE = 100_000
_SAFE_INTEGER = 2**53 - 1  # beyond it JSON readers disagree, and the digest (RFC 8785) is not defined
_MAX_DEPTH = 8
_MAX_ENTRIES = 1000
_MODEL_NAME_BANNED = set("/\\:?#%")


def spelling(value: Any) -> bytes:
    """Return the one spelling (RFC 8785) of equal JSON, whichever database kept it.

    PostgreSQL gives the float 1e17 back as an integer, too large for the standard: it counts as the float that was written.
    """
    return rfc8785.dumps(_with_large_floats(value))


def _with_large_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_large_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_large_floats(item) for item in value]
    return float(value) if isinstance(value, int) and abs(value) > _SAFE_INTEGER else value


def clean_text(value: Any, name: str, limit: int, field: str = "") -> str:
    """Return a text without control characters and no longer than `limit` characters.

    Raises Invalid that speaks of `name` and blames `field`, when they are not the same.
    """
    field = field or name
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a text.", field=field)
    if _CONTROL.search(value):
        raise Invalid(f"{name} holds a control character, which cannot be stored. Remove it.", field=field)
    if _HALF_CHARACTER.search(value):
        raise Invalid(f"{name} holds half a character, which cannot be stored. Remove it.", field=field)
    if len(value) > limit:
        raise Invalid(f"{name} has {len(value):,} characters; the most is {limit:,}. Shorten it.", field=field)
    return value


def clean_model_name(value: Any) -> str:
    r"""Return a model's name: 1–250 characters, none of / \\ : ? # %, not `.` or `..`. Raises Invalid."""
    name = clean_text(value, "name", 250).strip()
    if not _on_one_line(name) or name in (".", "..") or _MODEL_NAME_BANNED & set(name):
        raise Invalid(
            "A model's name has 1–250 characters, none of / \\ : ? # %, and is not “.” or “..”. Choose another.", field="name"
        )
    return name


def _on_one_line(text: str) -> bool:
    """Whether there is something, and no line or column ends in it; Unicode knows more line ends than the usual one."""
    return text.splitlines() == [text] and "\t" not in text


def clean_version_name(value: Any) -> str:
    """Return a version's name: 1–250 characters on one line. Raises Invalid."""
    name = clean_text(value, "name", 250).strip()
    if not _on_one_line(name):
        raise Invalid("A version's name has 1–250 characters on one line. Choose another.", field="name")
    return name


def clean_digest(value: Any) -> str:
    """Return `sha256:` and 8–64 lower-case hex digits, or nothing. Raises Invalid."""
    digest = clean_text(value, "artifact_digest", 100).strip().lower()
    if digest and not _DIGEST.fullmatch(digest):
        raise Invalid(
            "artifact_digest is “sha256:” and 8 to 64 hex digits, such as the output of sha256sum.", field="artifact_digest"
        )
    return digest


def clean_url(value: Any, field: str) -> str:
    """Return an http or https address, or nothing. Raises Invalid."""
    url = clean_text(value, field, 2000).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise Invalid(f"{field} is a web address that begins with http:// or https://.", field=field)
    return url


def clean_metrics(value: Any) -> dict[str, int | float]:
    """Return metrics: a flat object of names and finite numbers. Raises Invalid naming the metric."""
    for name, number in _clean_object(value, "metrics").items():
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise Invalid(
                f"The metric “{name}” is not a number. Metrics are names with numbers; put the rest in attributes.",
                field="metrics",
            )
    return dict(value)


def clean_json(value: Any, field: str) -> dict[str, Any]:
    """Return an object of plain JSON: finite numbers, no control characters, not too deep. Raises Invalid naming the place."""
    return _clean_object(value, field)


def clean_tag(key: Any, value: Any) -> tuple[str, str]:
    """Return a tag's key (1–250 letters, digits, spaces and _ - . : /) and its value. Raises Invalid."""
    key = clean_text(key, "key", 250).strip()
    if not _TAG_KEY.fullmatch(key):
        raise Invalid("A tag's key has 1–250 letters, digits, spaces and _ - . : / only. Choose another.", field="key")
    if key.startswith("stageward."):
        raise Invalid("Tags that begin with “stageward.” are told by Stageward itself. Choose another key.", field="key")
    if not isinstance(value, str) or _HALF_CHARACTER.search(value) or "\x00" in value:
        raise Invalid(f"The value of the tag {key} must be a text that can be stored.", field="value")
    if len(value) > _TAG_VALUE:
        raise Invalid(
            f"The value of the tag {key} has {len(value):,} characters; the most is {_TAG_VALUE:,}. Shorten it.", field="value"
        )
    return key, value


def clean_alias(value: Any) -> str:
    """Return an alias: 1–255 letters, digits, _ and -; not `latest`, and not like a version's number, `v3`. Raises Invalid."""
    name = clean_text(value, "alias", 255).strip()
    if not _ALIAS.fullmatch(name):
        raise Invalid("An alias has 1–255 letters, digits, _ and - only. Choose another.", field="alias")
    if name.lower() == "latest" or re.fullmatch(r"v[0-9]+", name, re.IGNORECASE):
        raise Invalid(f"“{name}” would be read as a version, so it is no alias. Choose another.", field="alias")
    return name


def clean_labels(value: Any, field: str = "labels") -> list[str]:
    """Return labels: sorted, without doubles, each 1–60 characters without a comma. Raises Invalid."""
    if not isinstance(value, list) or len(value) > 100:
        raise Invalid("labels is a list of at most 100 texts.", field=field)
    labels = {clean_text(label, field, 60).strip() for label in value}
    if any("," in label or not _on_one_line(label) for label in labels):
        raise Invalid("A label has 1–60 characters on one line, without a comma.", field=field)
    return sorted(labels)


def clean_directions(value: Any, field: str = "metric_directions") -> dict[str, str]:
    """Return which way metrics get better: names with `higher` or `lower`. Raises Invalid naming the metric."""
    for name, direction in _clean_object(value, field).items():
        if direction not in ("higher", "lower"):
            raise Invalid(f"“{name}” gets better as it gets “higher” or “lower”: write one of these.", field=field)
    return dict(value)


def _clean_object(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{field} is an object of names and values.", field=field)
    _walk(value, field, field, 0)
    return value


def _walk(value: Any, field: str, path: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Invalid(f"{path} is nested deeper than {_MAX_DEPTH} levels. Flatten it.", field=field)
    if isinstance(value, str):
        clean_text(value, path, 10_000, field)
    elif isinstance(value, (dict, list)):
        if len(value) > _MAX_ENTRIES:
            raise Invalid(f"{path} has {len(value):,} entries; the most is {_MAX_ENTRIES:,}.", field=field)
        if isinstance(value, dict):
            for name in value:
                if not clean_text(name, f"a name in {path}", 250, field).strip():
                    raise Invalid(f"A name in {path} is empty.", field=field)
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            _walk(item, field, f"{path}.{key}", depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"{path} is not a finite number. Leave it out, or say what happened in attributes.", field=field)
    elif isinstance(value, int) and abs(value) > _SAFE_INTEGER:
        raise Invalid(f"{path} is beyond ±2⁵³, where programs disagree about integers. Write it as a text.", field=field)

"""What a reviewer approves, as one digest: SHA-256 over canonical JSON (RFC 8785) of the governed content and the move (rule 13)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from approvals.models import StagePolicy
from registry.content import GOVERNED, spelling
from registry.incumbents import Incumbent
from registry.models import ModelVersion


def snapshot(
    version: ModelVersion, from_stage: str, to_stage: str, policy: StagePolicy, incumbents: Iterable[Incumbent] = ()
) -> dict[str, Any]:
    """Return what is approved: the version's governed content, from and to stage (keys), what the policy says, who makes room."""
    content = {field: getattr(version, field) for field in GOVERNED}
    return snapshot_of(content, from_stage, to_stage, policy.content, [incumbent.told for incumbent in incumbents])


def snapshot_of(
    content: Mapping[str, Any], from_stage: str, to_stage: str, policy: Mapping[str, Any], displaced: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the same of what is known by itself, such as of content and policy past."""
    return {
        "version": dict(content),
        "from_stage": from_stage,
        "to_stage": to_stage,
        "policy": dict(policy),
        **({"incumbents": list(displaced)} if displaced else {}),
    }


def content_digest(version: ModelVersion) -> str:
    """Return the digest of a version's governed content alone: what a check was run on."""
    return digest_of({field: getattr(version, field) for field in GOVERNED})


def digest_of(content: dict[str, Any]) -> str:
    """Return `sha256:` and the digest; equal content has one digest, whatever the order of its keys."""
    return f"sha256:{hashlib.sha256(spelling(content)).hexdigest()}"

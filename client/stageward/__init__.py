"""The Python client of Stageward: `Client()`, and stages to ask for."""

from stageward.changes import StageChangeRequest
from stageward.client import Client
from stageward.entries import ActiveStages, Activity, Comparison, Difference, Holder, Me, StageEntry
from stageward.errors import (
    AlreadyPending,
    CommentRequired,
    Conflict,
    DigestChanged,
    Forbidden,
    Invalid,
    NotAllowed,
    NotApplied,
    NotAuthenticated,
    NotConfigured,
    NotEligible,
    NotFound,
    NotPending,
    NotStageward,
    OwnRequest,
    PreconditionFailed,
    Protected,
    Refusal,
    SameStage,
    ServerError,
    SkipForbidden,
    StagewardError,
    StaleRequest,
    StillWaiting,
    Throttled,
    Unreachable,
    VersionLocked,
)
from stageward.files import file_digest
from stageward.imports import Import
from stageward.listing import LazyList
from stageward.models import RegisteredModel, VersionList
from stageward.stages import Archived, Development, Production, Stage, Staging, Unassigned
from stageward.version import VERSION
from stageward.versions import ModelVersion

__version__ = VERSION
__all__ = [
    "ActiveStages",
    "Activity",
    "AlreadyPending",
    "Archived",
    "Client",
    "CommentRequired",
    "Comparison",
    "Conflict",
    "Development",
    "Difference",
    "DigestChanged",
    "Forbidden",
    "Holder",
    "Import",
    "Invalid",
    "LazyList",
    "Me",
    "ModelVersion",
    "NotAllowed",
    "NotApplied",
    "NotAuthenticated",
    "NotConfigured",
    "NotEligible",
    "NotFound",
    "NotPending",
    "NotStageward",
    "OwnRequest",
    "PreconditionFailed",
    "Production",
    "Protected",
    "Refusal",
    "RegisteredModel",
    "SameStage",
    "ServerError",
    "SkipForbidden",
    "Stage",
    "StageChangeRequest",
    "StageEntry",
    "StagewardError",
    "Staging",
    "StaleRequest",
    "StillWaiting",
    "Throttled",
    "Unassigned",
    "Unreachable",
    "VersionList",
    "VersionLocked",
    "file_digest",
]

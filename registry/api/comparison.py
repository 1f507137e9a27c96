"""One version beside another."""

from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from activity.errors import Invalid, NotFound
from activity.moments import rfc3339
from config.endpoint import Endpoint
from config.operation import operation
from registry.comparison import Compared, compare
from registry.lookup import find_version
from registry.models import ModelVersion, Stage, StageAssignment
from registry.serializers import CompareQuery, ComparisonSerializer

Json = dict[str, Any]
PRODUCTION = "production"


class Compare(Endpoint):
    """A candidate beside a base."""

    @operation("compare_version", answer=ComparisonSerializer, query=CompareQuery)
    def get(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Compare a version with what is in production, with the holder of another stage, or with another version.

        `fields` has everything that either has: `metrics.…`, `parameters.…`, `attributes.…`, `labels`, `artifact_uri`,
        `artifact_digest`, `created_at`; null where a side does not have it. `delta` is candidate minus base, in seconds for
        `created_at`. `better` is `equal` where both are the same; beyond that it judges metrics alone, and is null where neither the
        name of a metric nor the model's `metric_directions` says which way it gets better.
        """
        candidate = find_version(request.user, ws, name, number)
        asked = self.asked.get("with", PRODUCTION)
        if asked.isdecimal() and asked.isascii():
            base = find_version(request.user, ws, name, _numbered(asked))
        else:
            base = _holder(candidate, asked)
        if base.pk == candidate.pk:
            raise Invalid(f"This compares {candidate.name} with itself. Name another version.", field="with")
        return Response(comparison_body(candidate, base))


def comparison_body(candidate: ModelVersion, base: ModelVersion) -> Json:
    """Return the body of a comparison; the candidate comes with its model."""
    fields = compare(candidate, base, candidate.model.metric_directions)
    return {"candidate": _told(candidate), "base": _told(base), "fields": [_field(field) for field in fields]}


def _numbered(text: str) -> int:
    if len(text) > 9:
        raise Invalid("with is the number of a version, and no model has so many. Name one of its versions.", field="with")
    return int(text)


def _holder(candidate: ModelVersion, key: str) -> ModelVersion:
    """The other version that entered that stage last; `production` is every stage of that kind. Raises Invalid, NotFound."""
    stages = list(Stage.objects.filter(workspace=candidate.model.workspace_id))
    meant = [stage for stage in stages if (stage.kind if key == PRODUCTION else stage.key) == key]
    if not meant:
        known = ", ".join(stage.key for stage in stages if stage.kind != Stage.Kind.UNASSIGNED)
        raise Invalid(
            f"There is no stage “{key}” in this workspace. Name a version by its number, or one of: {known}.", field="with"
        )
    held = StageAssignment.objects.now().holder(candidate.model_id, meant, other_than=candidate.pk)
    if held is None:
        raise NotFound(f"No other version of {candidate.model.name} is in {meant[0].name}. Name a version by its number.")
    return held.version


def _told(version: ModelVersion) -> Json:
    return {"version": version.number, "name": version.name, "stage": version.stage}


def _field(compared: Compared) -> Json:
    return {
        "field": compared.field,
        "base": _written(compared.base),
        "candidate": _written(compared.candidate),
        "delta": compared.delta,
        "better": compared.better,
    }


def _written(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value

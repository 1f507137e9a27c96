"""Model versions and their locks."""

from rest_framework.request import Request
from rest_framework.response import Response

from config.endpoint import Endpoint
from config.operation import operation, page_of
from registry.api.rows import version_bodies, version_body, version_values
from registry.lookup import find_model, find_version
from registry.models import ModelVersion, Stage
from registry.querysets import NEWEST_FIRST
from registry.search import find
from registry.serializers import EditVersion, RegisterVersion, SetLock, VersionQuery, VersionSerializer
from registry.services import delete_version, edit_version, lock_version, register_version


class Versions(Endpoint):
    """The versions of a model."""

    @operation("list_versions", answer=page_of(VersionSerializer), query=VersionQuery)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """List the versions of a model, newest first.

        `find` takes the find language: terms joined by `and`, such as `stage == staging and metrics.auc >= 0.88`. Operators are
        == != > >= < <= ~= (contains). A wrong query answers 400 with the `column` where it went wrong and what was `expected`.
        """
        model = find_model(request.user, ws, name)
        versions = ModelVersion.objects.alive().filter(model=model)
        if "find" in self.asked:
            versions = versions.filter(find(self.asked["find"], Stage.objects.filter(workspace=model.workspace_id)))
        return self.page(version_values(versions), version_bodies, NEWEST_FIRST)

    @operation("register_version", body=RegisterVersion, answer=VersionSerializer, status=201)
    def post(self, request: Request, ws: str, name: str) -> Response:
        """Register a version: the next number of its model, unassigned."""
        model, sent = find_model(request.user, ws, name), self.sent
        return self.change(
            lambda: register_version(model_id=model.pk, by=self.by, **sent),
            version_body,
            status=201,
            location=lambda body: f"{request.path}/{body['number']}",
        )


class OneVersion(Endpoint):
    """A version."""

    @operation("read_version", answer=VersionSerializer)
    def get(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Read a version."""
        return self.show(version_body(find_version(request.user, ws, name, number)))

    @operation("edit_version", body=EditVersion, answer=VersionSerializer, has_etag=True)
    def patch(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Change a version: what is left out stays. Never its stage, which changes by a stage change request."""
        version, sent = find_version(request.user, ws, name, number), self.sent
        revision = self.expected(version.revision)
        return self.change(lambda: edit_version(version_id=version.pk, changes=sent, by=self.by, revision=revision), version_body)

    @operation("delete_version", status=204, has_etag=True)
    def delete(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Delete a version; 409 `protected` when it holds a protected stage or was in production."""
        version = find_version(request.user, ws, name, number)
        revision = self.expected(version.revision)
        return self.change(
            lambda: delete_version(version_id=version.pk, by=self.by, revision=revision), lambda nothing: None, status=204
        )


class Lock(Endpoint):
    """A version's lock."""

    @operation("lock_version", body=SetLock, answer=VersionSerializer)
    def post(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Set a version's lock: `open`, `redact` (binds everybody but admins) or `closed`. Only an admin lowers it."""
        version, sent = find_version(request.user, ws, name, number), self.sent
        return self.change(
            lambda: lock_version(version_id=version.pk, level=ModelVersion.Lock(sent["level"]), by=self.by), version_body
        )

"""Tags of models and versions, and aliases."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.endpoint import Endpoint, Json
from config.operation import operation, page_of
from config.serializers import Body, ListQuery
from registry.lookup import find_model, find_version
from registry.models import Alias, ModelVersion, Tag
from registry.serializers import Text
from registry.services import (
    remove_alias,
    remove_model_tag,
    remove_version_tag,
    set_alias,
    set_model_tag,
    set_version_tag,
)


class TagSerializer(serializers.Serializer[Any]):
    """A key with a value, for programs; no part of what is approved."""

    key = serializers.CharField()
    value = serializers.CharField()


_TAGS = page_of(TagSerializer)


class SetTag(Body):
    """A tag's value."""

    value = Text(default="")


class AliasSerializer(serializers.Serializer[Any]):
    """A name that points at a version."""

    alias = serializers.CharField()
    version = serializers.IntegerField()


class PointAlias(Body):
    """The version to point at."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


def _tags(rows: list[Tag]) -> list[Json]:
    return [{"key": tag.key, "value": tag.value} for tag in rows]


class ModelTags(Endpoint):
    """The tags of a model."""

    @operation("list_model_tags", answer=_TAGS, query=ListQuery)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """List the tags of a model, by key."""
        return self.page(Tag.objects.filter(model=find_model(request.user, ws, name), version=None), _tags, "key")


class ModelTag(Endpoint):
    """A tag of a model."""

    @operation("set_model_tag", body=SetTag, answer=TagSerializer)
    def put(self, request: Request, ws: str, name: str, tag: str) -> Response:
        """Give a model a tag, or its tag another value.

        A key has 1 to 250 letters, digits, spaces and `_ - . : /`; those that begin with `stageward.` are told by Stageward itself.
        """
        model, value = find_model(request.user, ws, name), self.sent["value"]
        return self.change(
            lambda: set_model_tag(model_id=model.pk, key=tag, value=value, by=self.by), lambda row: {"key": tag, "value": value}
        )

    @operation("remove_model_tag", status=204)
    def delete(self, request: Request, ws: str, name: str, tag: str) -> Response:
        """Take a tag from a model; one that is not there is gone already."""
        model = find_model(request.user, ws, name)
        return self.change(lambda: remove_model_tag(model_id=model.pk, key=tag, by=self.by), lambda nothing: None, status=204)


class VersionTags(Endpoint):
    """The tags of a version."""

    @operation("list_version_tags", answer=_TAGS, query=ListQuery)
    def get(self, request: Request, ws: str, name: str, number: int) -> Response:
        """List the tags of a version, by key."""
        return self.page(Tag.objects.filter(version=find_version(request.user, ws, name, number)), _tags, "key")


class VersionTag(Endpoint):
    """A tag of a version."""

    @operation("set_version_tag", body=SetTag, answer=TagSerializer)
    def put(self, request: Request, ws: str, name: str, number: int, tag: str) -> Response:
        """Give a version a tag, or its tag another value; a lock or an approval does not stand in the way."""
        version, value = find_version(request.user, ws, name, number), self.sent["value"]
        return self.change(
            lambda: set_version_tag(version_id=version.pk, key=tag, value=value, by=self.by),
            lambda row: {"key": tag, "value": value},
        )

    @operation("remove_version_tag", status=204)
    def delete(self, request: Request, ws: str, name: str, number: int, tag: str) -> Response:
        """Take a tag from a version; one that is not there is gone already."""
        version = find_version(request.user, ws, name, number)
        return self.change(
            lambda: remove_version_tag(version_id=version.pk, key=tag, by=self.by), lambda nothing: None, status=204
        )


class Aliases(Endpoint):
    """The aliases of a model."""

    @operation("list_aliases", answer=page_of(AliasSerializer), query=ListQuery)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """List the aliases of a model, by name, each with the version that it points at."""
        aliases = Alias.objects.filter(model=find_model(request.user, ws, name)).select_related("version")
        return self.page(aliases, lambda rows: [{"alias": row.name, "version": row.version.number} for row in rows], "name")


class OneAlias(Endpoint):
    """An alias."""

    @operation("set_alias", body=PointAlias, answer=AliasSerializer)
    def put(self, request: Request, ws: str, name: str, alias: str) -> Response:
        """Point an alias at a version; each move is in the log. For admins where either version is in a protected stage.

        An alias has 1 to 255 letters, digits, `_` and `-`, and is not `latest` or like `v3`.
        """
        version: ModelVersion = find_version(request.user, ws, name, self.sent["version"])
        return self.change(
            lambda: set_alias(version_id=version.pk, name=alias, by=self.by),
            lambda row: {"alias": alias, "version": row.number},
        )

    @operation("remove_alias", status=204)
    def delete(self, request: Request, ws: str, name: str, alias: str) -> Response:
        """Let an alias point nowhere; one that is not there is gone already."""
        model = find_model(request.user, ws, name)
        return self.change(lambda: remove_alias(model_id=model.pk, name=alias, by=self.by), lambda nothing: None, status=204)

"""What is sent to make and change workspaces and their stages, and whom a model lets in."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Role
from config.serializers import Body
from registry.lifecycle import PALETTE, PRESET_NAMES
from registry.models import Collaborator, Stage
from registry.serializers import Text

KINDS = Stage.Kind.choices
COLLABORATOR_KINDS = ["person", "group"]


class NamedStage(serializers.Serializer[Any]):
    """A stage of one's own to begin with."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(KINDS, default=Stage.Kind.WORKING)
    protected = serializers.BooleanField(required=False, help_text="By default for production stages.")
    exclusive = serializers.BooleanField(default=False)


class AddStage(Body):
    """A new stage; its key follows from its name."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(KINDS, default=Stage.Kind.WORKING)
    colour = serializers.ChoiceField(list(PALETTE), required=False, help_text="By default one that is not taken.")
    position = serializers.IntegerField(required=False, min_value=1, max_value=1000, help_text="By default before archived ones.")
    protected = serializers.BooleanField(required=False, help_text="By default for production stages.")
    exclusive = serializers.BooleanField(default=False, help_text="It has one holder: who enters it displaces who is there.")


class EditStage(Body):
    """What of a stage can change; its key stays, its kind once it was used."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(KINDS)
    colour = serializers.ChoiceField(list(PALETTE))
    position = serializers.IntegerField(min_value=1, max_value=1000)
    protected = serializers.BooleanField()
    exclusive = serializers.BooleanField()


class CreateWorkspace(Body):
    """A new workspace."""

    slug = serializers.CharField(max_length=60)
    title = Text(default="")
    preset = serializers.ChoiceField(list(PRESET_NAMES), default="verta")
    stages = NamedStage(many=True, required=False, help_text="With the preset `free`: its stages, in order, behind Unassigned.")
    multi_hold = serializers.BooleanField(default=False, help_text="With the preset `free`: a version may hold several stages.")
    open_stages = serializers.BooleanField(default=False, help_text="With the preset `free`: any name becomes a stage.")


class ChangeWorkspace(Body):
    """What of a workspace can change; its slug stays, because addresses hold it."""

    title = serializers.CharField(max_length=120)


class SetCollaborator(Body):
    """A role on a model."""

    role = serializers.ChoiceField(
        Role.choices, help_text="A `viewer` sees it and keeps the role in the workspace; more comes from admins of the workspace."
    )


class CollaboratorSerializer(serializers.ModelSerializer[Collaborator]):
    """Somebody, or an approver group, that a model lets in."""

    kind = serializers.SerializerMethodField()
    id = serializers.SerializerMethodField(help_text="The user name, or the key of the group.")
    name = serializers.SerializerMethodField()
    given_by = serializers.CharField(source="given_by_principal.username", default=None, allow_null=True)

    class Meta:
        model = Collaborator
        fields = ("kind", "id", "name", "role", "given_by", "given_at")

    @extend_schema_field(serializers.ChoiceField(COLLABORATOR_KINDS))
    def get_kind(self, row: Collaborator) -> str:
        """Whether it is a person or a group."""
        return "group" if row.group else "person"

    def get_id(self, row: Collaborator) -> str:
        """What its address ends in."""
        return row.group.key if row.group else row.membership.user.username  # type: ignore[union-attr]

    def get_name(self, row: Collaborator) -> str:
        """What it is called."""
        return row.group.name if row.group else row.membership.user.display_name  # type: ignore[union-attr]

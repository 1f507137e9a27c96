"""The only place that writes workspaces, models, versions and stages. Every function runs inside an open `unit_of_work`."""

from registry.services.aliases import remove_alias, set_alias
from registry.services.collaborators import remove_collaborator, set_collaborator, set_privacy
from registry.services.imported import import_version
from registry.services.lifecycle import add_stage, confirm_lifecycle, edit_stage, open_stage, restore_stage, retire_stage
from registry.services.models import archive_model, delete_model, edit_model, register_model, unarchive_model
from registry.services.proposals import decline_proposal
from registry.services.stages import move_stage
from registry.services.tags import remove_model_tag, remove_version_tag, set_model_tag, set_version_tag
from registry.services.versions import delete_version, edit_version, lock_version, register_version
from registry.services.workspaces import create_workspace, rename_workspace

__all__ = [
    "add_stage",
    "archive_model",
    "confirm_lifecycle",
    "create_workspace",
    "decline_proposal",
    "delete_model",
    "delete_version",
    "edit_model",
    "edit_stage",
    "edit_version",
    "import_version",
    "lock_version",
    "move_stage",
    "open_stage",
    "register_model",
    "register_version",
    "remove_alias",
    "remove_collaborator",
    "remove_model_tag",
    "remove_version_tag",
    "rename_workspace",
    "restore_stage",
    "retire_stage",
    "set_alias",
    "set_collaborator",
    "set_model_tag",
    "set_privacy",
    "set_version_tag",
    "unarchive_model",
]

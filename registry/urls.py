"""The registry's pages."""

from django.urls import path

from registry.views import (
    catalogue,
    collaborators,
    compare,
    edit,
    history,
    home,
    lifecycle,
    model,
    model_settings,
    register,
    tags,
    version,
    workspaces,
)

_MODEL = "w/<slug:ws>/models/<str:name>"
_VERSION = f"{_MODEL}/versions/<int:number>"

urlpatterns = [
    path("", home.home, name="home"),
    path("models", catalogue.models, name="models"),
    path("workspaces", workspaces.workspaces, name="workspaces"),
    path("w/<slug:ws>/settings", workspaces.workspace_settings, name="workspace-settings"),
    path("w/<slug:ws>/stages", lifecycle.lifecycle, name="lifecycle"),
    path("w/<slug:ws>/stages/<slug:key>", lifecycle.stage_edit, name="stage-edit"),
    path("w/<slug:ws>/stages/<slug:key>/move", lifecycle.stage_move, name="stage-move"),
    path("w/<slug:ws>/stages/<slug:key>/retire", lifecycle.stage_retire, name="stage-retire"),
    path("w/<slug:ws>/stages/<slug:key>/restore", lifecycle.stage_restore, name="stage-restore"),
    path("w/<slug:ws>/register-model", register.new_model, name="model-register"),
    path(_MODEL, model.overview, name="model"),
    path(f"{_MODEL}/versions", model.versions, name="model-versions"),
    path(f"{_MODEL}/compare", compare.compare_versions, name="model-compare"),
    path(f"{_MODEL}/approvals", model.approvals, name="model-approvals"),
    path(f"{_MODEL}/history", history.history, name="model-history"),
    path(f"{_MODEL}/activity", model.activity, name="model-activity"),
    path(f"{_MODEL}/collaborators", collaborators.collaborators, name="model-collaborators"),
    path(f"{_MODEL}/settings", model_settings.model_settings, name="model-settings"),
    path(f"{_MODEL}/tags", tags.model_tag, name="model-tag"),
    path(f"{_MODEL}/aliases", tags.model_alias, name="model-alias"),
    path(f"{_MODEL}/register-version", register.new_version, name="version-register"),
    path(_VERSION, version.overview, name="version"),
    path(f"{_VERSION}/activity", version.activity, name="version-activity"),
    path(f"{_VERSION}/comment", version.comment, name="version-comment"),
    path(f"{_VERSION}/tags", tags.version_tag, name="version-tag"),
    path(f"{_VERSION}/edit", edit.edit, name="version-edit"),
    path(f"{_VERSION}/lock", edit.lock, name="version-lock"),
    path(f"{_VERSION}/delete", edit.delete, name="version-delete"),
]

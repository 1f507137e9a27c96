"""The API of workspaces, models and versions. Names are any text but a slash, percent-encoded in the address."""

from django.urls import path

from registry.api import collaborators, comparison, history, lifecycle, models, tags, versions, workspaces

MODEL = "workspaces/<slug:ws>/models/<str:name>"
VERSION = f"{MODEL}/versions/<int:number>"

urlpatterns = [
    path("workspaces", workspaces.Workspaces.as_view(), name="api-workspaces"),
    path("workspaces/<slug:ws>", workspaces.OneWorkspace.as_view(), name="api-workspace"),
    path("workspaces/<slug:ws>/stages", lifecycle.Stages.as_view(), name="api-stages"),
    path("workspaces/<slug:ws>/stages/<str:key>", lifecycle.OneStage.as_view(), name="api-stage"),
    path("workspaces/<slug:ws>/stages/<str:key>/retire", lifecycle.Retire.as_view(), name="api-stage-retire"),
    path("workspaces/<slug:ws>/stages/<str:key>/restore", lifecycle.Restore.as_view(), name="api-stage-restore"),
    path("workspaces/<slug:ws>/models", models.RegisteredModels.as_view(), name="api-models"),
    path(MODEL, models.OneModel.as_view(), name="api-model"),
    path(f"{MODEL}/collaborators", collaborators.Collaborators.as_view(), name="api-collaborators"),
    path(f"{MODEL}/collaborators/<slug:kind>/<str:key>", collaborators.OneCollaborator.as_view(), name="api-collaborator"),
    path(f"{MODEL}/versions", versions.Versions.as_view(), name="api-versions"),
    path(VERSION, versions.OneVersion.as_view(), name="api-version"),
    path(f"{VERSION}/lock", versions.Lock.as_view(), name="api-version-lock"),
    path(f"{VERSION}/compare", comparison.Compare.as_view(), name="api-version-compare"),
    path(f"{MODEL}/tags", tags.ModelTags.as_view(), name="api-model-tags"),
    path(f"{MODEL}/tags/<path:tag>", tags.ModelTag.as_view(), name="api-model-tag"),
    path(f"{VERSION}/tags", tags.VersionTags.as_view(), name="api-version-tags"),
    path(f"{VERSION}/tags/<path:tag>", tags.VersionTag.as_view(), name="api-version-tag"),
    path(f"{MODEL}/aliases", tags.Aliases.as_view(), name="api-aliases"),
    path(f"{MODEL}/aliases/<str:alias>", tags.OneAlias.as_view(), name="api-alias"),
    path(f"{MODEL}/active-stages", history.ActiveStages.as_view(), name="api-active-stages"),
    path(f"{MODEL}/stage-history", history.StageHistory.as_view(), name="api-stage-history"),
]

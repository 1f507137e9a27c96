"""Verta's registry: `Client(host)` is given the address of this server, or that with `/w/{workspace}` behind it."""

from django.urls import path

from gateways.routes import View, nothing_else, routes
from gateways.verta.errors import VERTA
from gateways.verta.reading import reads
from gateways.verta.views import models, pages, people, stages, versions

_IN_WORKSPACE = "registry/workspaces/<str:workspace>"
_MODEL = "registry/registered_models/<int:pk>"
_VERSIONS = "registry/registered_models/<int:model_id>/model_versions"
_VERSION = "registry/model_versions/<int:pk>"
_CONTENT = ("getUrlForArtifact", "commitArtifactPart", "commitMultipartArtifact", "logCodeBlobInModelVersion", "logDatasets")

TABLE: dict[str, dict[str, View]] = {
    "modeldb/project/verifyConnection": {"GET": people.verify_connection},
    "uac-proxy/uac/getCurrentUser": {"GET": people.current_user},
    "uac-proxy/workspace/getWorkspaceById": {"GET": people.workspace_by_id},
    "uac-proxy/workspace/getWorkspaceByName": {"GET": people.workspace_by_name},
    "uac-proxy/organization/getOrganizationByName": {"GET": people.organization_by_name},
    f"{_IN_WORKSPACE}/registered_models/find": {"POST": reads(models.find_in_workspace), "GET": models.by_name},
    f"{_IN_WORKSPACE}/registered_models/<path:name>": {"GET": models.by_name},
    f"{_IN_WORKSPACE}/registered_models": {"POST": models.create},
    f"{_IN_WORKSPACE}/model_versions/find": {"POST": reads(versions.find_in_workspace)},
    "registry/registered_models/find": {"POST": reads(models.find)},
    _MODEL: {"GET": models.by_id, "PATCH": models.merge, "PUT": models.replace, "DELETE": models.delete},
    f"{_VERSIONS}/find": {"POST": reads(versions.find_in_model)},
    _VERSIONS: {"POST": versions.create},
    f"{_VERSIONS}/<int:pk>": {"PATCH": versions.merge, "PUT": versions.replace},
    f"{_VERSIONS}/<int:pk>/full_body": {"PATCH": versions.refuse_content},
    "registry/model_versions/find": {"POST": reads(versions.find)},
    _VERSION: {"GET": versions.by_id, "DELETE": versions.delete},
    f"{_VERSION}/lock": {"PUT": versions.lock},
    **{f"{_VERSION}/{call}": {"POST": versions.refuse_content} for call in _CONTENT},
    "registry/stage/updateStage": {"POST": stages.update},
    "registry/stage/createTransition": {"POST": stages.create_transition},
    "registry/stage/approveTransition": {"POST": stages.approve},
    "registry/stage/rejectTransition": {"POST": stages.reject},
    "registry/stage/closeTransition": {"POST": stages.close},
    "registry/stage/commitTransition": {"POST": stages.commit},
    "registry/stage/createComment": {"POST": stages.comment_on},
    "registry/stage/findActivities": {"POST": reads(stages.find_activities)},
    "registry/stage/findTransitions": {"POST": reads(stages.find_transitions)},
}

urlpatterns = [
    *routes(VERTA, "api/v1/", TABLE),
    nothing_else(VERTA, "api/(?:v1/(?:registry|modeldb|uac-proxy|deployment)|v2/uac-proxy)/"),
    path("<slug:ws>/registry/<int:pk>", pages.model_page),
    path("<slug:ws>/registry/<int:model_id>/versions/<int:pk>", pages.version_page),
]

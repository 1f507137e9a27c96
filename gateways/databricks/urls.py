"""The workspace model registry of Databricks: the host of `WorkspaceClient` is this server, or that with `/w/{workspace}` behind it.

Sixteen of its calls are MLflow's, and are answered there.
"""

from django.urls import path

from gateways.databricks.errors import DATABRICKS
from gateways.databricks.views import comments, models, people, permissions, transitions, webhooks
from gateways.mlflow.views import models as mlflow_models
from gateways.routes import View, nothing_else, open_to_all, routes

TABLE: dict[str, dict[str, View]] = {
    "mlflow/databricks/registered-models/get": {"GET": models.get},
    "mlflow/databricks/model-versions/transition-stage": {"POST": transitions.transition},
    "mlflow/registered-models/list": {"GET": mlflow_models.search},
    "mlflow/transition-requests/create": {"POST": transitions.create},
    "mlflow/transition-requests/list": {"GET": transitions.list_open},
    "mlflow/transition-requests/approve": {"POST": transitions.approve},
    "mlflow/transition-requests/reject": {"POST": transitions.reject},
    "mlflow/transition-requests/delete": {"DELETE": transitions.cancel},
    "mlflow/registry-webhooks/create": {"POST": webhooks.create},
    "mlflow/registry-webhooks/list": {"GET": webhooks.search},
    "mlflow/registry-webhooks/update": {"PATCH": webhooks.update},
    "mlflow/registry-webhooks/delete": {"DELETE": webhooks.delete},
    "mlflow/registry-webhooks/test": {"POST": webhooks.test},
    "mlflow/comments/create": {"POST": comments.create},
    "mlflow/comments/update": {"PATCH": comments.update},
    "mlflow/comments/delete": {"DELETE": comments.delete},
    "permissions/registered-models/<str:model_id>": {
        "GET": permissions.get,
        "PUT": permissions.replace,
        "PATCH": permissions.update,
    },
    "permissions/registered-models/<str:model_id>/permissionLevels": {"GET": permissions.levels},
    "preview/scim/v2/Me": {"GET": people.me},
}
CONFIG = open_to_all(models.config)

urlpatterns = [
    *routes(DATABRICKS, "api/2.0/", TABLE),
    path(".well-known/databricks-config", CONFIG),
    path("w/<slug:ws>/.well-known/databricks-config", CONFIG),
    nothing_else(DATABRICKS, "api/2.[01]/(?!mlflow/)"),
]

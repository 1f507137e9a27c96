"""MLflow's registry: `MLFLOW_REGISTRY_URI` is the address of this server, or that with `/w/{workspace}` behind it."""

from django.urls import path

from gateways.mlflow.errors import MLFLOW
from gateways.mlflow.views import models, tags, versions, webhooks
from gateways.routes import nothing_else, open_to_all, routes

PREFIX = "api/2.0/mlflow/"
TABLE = {
    "registered-models/create": {"POST": models.create},
    "registered-models/get": {"GET": models.get},
    "registered-models/rename": {"POST": models.rename},
    "registered-models/update": {"PATCH": models.update},
    "registered-models/delete": {"DELETE": models.delete},
    "registered-models/search": {"GET": models.search},
    "registered-models/get-latest-versions": {"POST": models.latest, "GET": models.latest},
    "registered-models/set-tag": {"POST": tags.set_on_model},
    "registered-models/delete-tag": {"DELETE": tags.delete_on_model},
    "registered-models/alias": {"POST": tags.set_model_alias, "DELETE": tags.delete_alias, "GET": tags.get_by_alias},
    "model-versions/create": {"POST": versions.create},
    "model-versions/get": {"GET": versions.get},
    "model-versions/update": {"PATCH": versions.update},
    "model-versions/delete": {"DELETE": versions.delete},
    "model-versions/transition-stage": {"POST": versions.transition},
    "model-versions/search": {"GET": versions.search},
    "model-versions/get-download-uri": {"GET": versions.download_uri},
    "model-versions/set-tag": {"POST": tags.set_on_version},
    "model-versions/delete-tag": {"DELETE": tags.delete_on_version},
    "webhooks": {"POST": webhooks.create, "GET": webhooks.search},
    "webhooks/<str:webhook_id>": {"GET": webhooks.get, "PATCH": webhooks.update, "DELETE": webhooks.delete},
    "webhooks/<str:webhook_id>/test": {"POST": webhooks.test},
}
SERVER_INFO = open_to_all(models.server_info)

urlpatterns = [
    *routes(MLFLOW, PREFIX, TABLE),
    path("api/3.0/mlflow/server-info", SERVER_INFO),
    path("w/<slug:ws>/api/3.0/mlflow/server-info", SERVER_INFO),
    nothing_else(MLFLOW, "api/[23].0/mlflow/"),
]

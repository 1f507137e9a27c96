"""Registered models."""

from django.http import HttpRequest

from gateways.call import Call
from gateways.databricks.reading import permission_level
from gateways.mlflow.reading import model_body, model_of
from gateways.protocol import Json


def config(request: HttpRequest) -> Json:
    """What the client asks before anything else: there is nothing to know. It waits for minutes where this refuses."""
    return {}


def get(call: Call) -> Json:
    """Tell of a model, with its id and what the caller may do with it."""
    model = model_of(call)
    more = {"id": str(model.pk), "user_id": model.owner.username}
    return {"registered_model_databricks": model_body(call, model) | more | permission_level(call, model)}

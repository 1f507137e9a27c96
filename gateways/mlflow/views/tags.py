"""Tags of models and versions, and aliases."""

from activity.errors import Invalid
from gateways.call import Call
from gateways.mlflow.reading import model_of, version_body, version_of
from gateways.protocol import Json
from registry.models import Alias
from registry.services import (
    remove_alias,
    remove_model_tag,
    remove_version_tag,
    set_alias,
    set_model_tag,
    set_version_tag,
)


def _nothing(done: object) -> Json:
    return {}


def set_on_model(call: Call) -> Json:
    """Give a model a tag."""
    model, key, value = model_of(call), call.text("key", required=True), call.text("value")
    return call.change(lambda: set_model_tag(model_id=model.pk, key=key, value=value, by=call.by), _nothing)


def delete_on_model(call: Call) -> Json:
    """Take a tag from a model."""
    model, key = model_of(call), call.text("key", required=True)
    return call.change(lambda: remove_model_tag(model_id=model.pk, key=key, by=call.by), _nothing)


def set_on_version(call: Call) -> Json:
    """Give a version a tag."""
    version, key, value = version_of(call), call.text("key", required=True), call.text("value")
    return call.change(lambda: set_version_tag(version_id=version.pk, key=key, value=value, by=call.by), _nothing)


def delete_on_version(call: Call) -> Json:
    """Take a tag from a version."""
    version, key = version_of(call), call.text("key", required=True)
    return call.change(lambda: remove_version_tag(version_id=version.pk, key=key, by=call.by), _nothing)


def set_model_alias(call: Call) -> Json:
    """Point an alias at a version."""
    version, name = version_of(call), call.text("alias", required=True)
    return call.change(lambda: set_alias(version_id=version.pk, name=name, by=call.by), _nothing)


def delete_alias(call: Call) -> Json:
    """Let an alias point nowhere."""
    model, name = model_of(call), call.text("alias", required=True)
    return call.change(lambda: remove_alias(model_id=model.pk, name=name, by=call.by), _nothing)


def get_by_alias(call: Call) -> Json:
    """Tell of the version that an alias points at. MLflow calls a missing one a wrong parameter, not a missing thing."""
    model, name = model_of(call), call.text("alias", required=True)
    alias = Alias.objects.select_related("version__model").filter(model=model, name=name).first()
    if alias is None:
        raise Invalid(f"Registered model alias {name} not found: {model.name} has no such alias.", field="alias")
    return {"model_version": version_body(call, alias.version)}

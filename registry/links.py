"""The addresses of pages, for whoever is outside: absolute, by `PUBLIC_URL`."""

from urllib.parse import quote

from django.conf import settings


def name_in_path(name: str) -> str:
    """Return a name as it stands in an address."""
    return quote(name, safe="")


def model_url(workspace: str, name: str) -> str:
    """The page of a model."""
    return f"{settings.PUBLIC_URL}/w/{workspace}/models/{name_in_path(name)}"


def version_url(workspace: str, model: str, number: int) -> str:
    """The page of a version."""
    return f"{model_url(workspace, model)}/versions/{number}"


def request_url(request_id: int) -> str:
    """The page of a stage change request."""
    return f"{settings.PUBLIC_URL}/requests/{request_id}"

"""What a line of the log is about, for whoever is told of it: how notices are put together, and where their link leads."""

import json

from django.conf import settings
from django.urls import reverse

from accounts.models import Workspace
from activity.models import Activity
from registry.links import version_url
from registry.models import ModelVersion


def subject_of(line: Activity) -> str:
    """Return the key of the thing: `request:12`. Lines about one thing are one row of the page, and one thread of mails."""
    data = json.loads(line.data)
    if line.request_id:
        return f"request:{line.request_id}"
    for thing in ("proposal", "delegation", "webhook"):
        if thing in data:
            return f"{thing}:{data[thing]}"
    return f"version:{line.version_id}" if line.version_id else f"line:{line.pk}"


def path_to(line: Activity) -> str:
    """Return the address, on this site, of the page where one sees the thing and can act."""
    kind = subject_of(line).partition(":")[0]
    if kind == "request":
        return reverse("request", args=[line.request_id])
    if kind == "delegation":
        return reverse("delegations")
    workspace = Workspace.objects.filter(pk=line.workspace_id or 0).first()
    if workspace and kind == "version":
        version = ModelVersion.objects.select_related("model").get(pk=line.version_id or 0)
        return version_url(workspace.slug, version.model.name, version.number).removeprefix(settings.PUBLIC_URL)
    if workspace and kind == "webhook":
        return reverse("webhook", args=[workspace.slug, subject_of(line).partition(":")[2]])
    if workspace and kind == "proposal":
        return reverse("workspace-settings", args=[workspace.slug])
    return reverse("activity-line", args=[line.pk])


def url_of(line: Activity) -> str:
    """The same for whoever is outside."""
    return settings.PUBLIC_URL + path_to(line)

"""Which lines of the log one may see, and which of them somebody asks for: the same for the page, the API and the exports."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User, Workspace
from activity.errors import Invalid
from activity.models import Activity
from activity.moments import span
from registry.models import ModelVersion, RegisteredModel

_LARGEST_ID = 2**63 - 1


def visible_activities(user: Any) -> QuerySet[Activity]:
    """The lines of the user's workspaces, also of what was deleted since; of the site's lines those by them or about them.

    Not those about models hidden from them, which is asked once. Staff, who set up people, see all that was done to people. Nobody sees
    the workspaces of others. Asked of each line by itself: with `IN`, SQLite would collect and sort all lines of a workspace for one page.
    """
    site = Q(actor_id=user.pk) | Q(person_id=user.pk)
    if user.is_staff:
        site |= Q(verb__startswith="person.")
    mine = Exists(user.memberships.filter(workspace_id=OuterRef("workspace_id")))
    lines = Activity.objects.filter(mine | Q(site, workspace_id=None))
    return lines.exclude(model_id__in=RegisteredModel.objects.hidden_ids(user))


def filtered(queryset: QuerySet[Activity], params: Mapping[str, Any]) -> QuerySet[Activity]:
    """Narrow lines by `actor, verb, workspace, model, version, request, since, until`; empty and other parameters are left alone.

    Names that do not exist match nothing. Raises Invalid, naming the parameter, for what makes no sense.
    """
    given = {name: str(params[name]).strip() for name in FILTERS if str(params.get(name) or "").strip()}
    for name, text in given.items():
        if "\x00" in text:
            raise Invalid(f"{name} holds a control character. Remove it.", field=name)
        queryset = queryset.filter(FILTERS[name](text, given))
    return queryset


def _actor(text: str, given: Mapping[str, str]) -> Q:
    return Q(actor_id__in=list(User.objects.filter(username=text).values_list("pk", flat=True)))


def _verb(text: str, given: Mapping[str, str]) -> Q:
    """A verb, or the beginning of some: `stage_change` finds every line of a stage change."""
    return Q(verb=text) if "." in text else Q(verb__startswith=f"{text}.")


def _workspace(text: str, given: Mapping[str, str]) -> Q:
    return Q(workspace_id__in=list(Workspace.objects.filter(slug=text).values_list("pk", flat=True)))


def _model(text: str, given: Mapping[str, str]) -> Q:
    """By name, also of models deleted since."""
    return Q(model_id__in=list(_models(text, given).values_list("pk", flat=True)))


def _models(name: str, given: Mapping[str, str]) -> QuerySet[RegisteredModel]:
    models = RegisteredModel.objects.filter(name=name)
    return models.filter(workspace__slug=given["workspace"]) if "workspace" in given else models


def _version(text: str, given: Mapping[str, str]) -> Q:
    number = _whole_number(text, "version")
    if "model" not in given:
        raise Invalid("version is a number within a model, so name the model too.", field="version")
    versions = ModelVersion.objects.filter(model__in=_models(given["model"], given), number=number)
    return Q(version_id__in=list(versions.values_list("pk", flat=True)))


def _request(text: str, given: Mapping[str, str]) -> Q:
    return Q(request_id=_whole_number(text, "request"))


def _since(text: str, given: Mapping[str, str]) -> Q:
    return Q(created_at__gte=span(text, "since")[0])


def _until(text: str, given: Mapping[str, str]) -> Q:
    """Up to and including a moment, or the whole of a day."""
    start, end = span(text, "until")
    return Q(created_at__lte=start) if start == end else Q(created_at__lt=end)


def _whole_number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= _LARGEST_ID):
        raise Invalid(f"{field} is a whole number.", field=field)
    return int(text)


FILTERS: dict[str, Callable[[str, Mapping[str, str]], Q]] = {
    "actor": _actor,
    "verb": _verb,
    "workspace": _workspace,
    "model": _model,
    "version": _version,
    "request": _request,
    "since": _since,
    "until": _until,
}

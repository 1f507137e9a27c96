"""What narrows the catalogue: read from the address, put on the query, shown as chips."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from accounts.models import User, Workspace
from approvals.models import StageChangeRequest
from registry.forms import CatalogueForm
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.querysets import ModelQuerySet
from registry.views.addresses import models_url, with_query
from registry.views.standing import StagesByKey

NARROWING = ("q", "workspace", "owner", "label", "stage", "pending", "production", "archived")


class Filters:
    """The filters of one visit. A value that no list offers narrows nothing."""

    def __init__(self, request: HttpRequest, workspaces: list[Workspace]) -> None:
        self.request, self.workspaces = request, workspaces
        self.q = request.GET.get("q", "").replace("\x00", "").strip()
        self.form = CatalogueForm(request.GET)
        self._offer("workspace", [(workspace.slug, workspace.title) for workspace in workspaces])
        self._offer("owner", [(owner.username, owner.display_name) for owner in self._owners()])
        if len(workspaces) < 2:
            del self.form.fields["workspace"]
        self.form.is_valid()

    def _offer(self, field: str, choices: list[tuple[str, str]]) -> None:
        self.form.fields[field].choices = [("", "Any"), *choices]  # type: ignore[attr-defined]  # a ChoiceField

    def _owners(self) -> list[User]:
        owned = RegisteredModel.objects.visible_to(self.request.user).filter(owner=OuterRef("pk"))
        return sorted(User.objects.filter(Exists(owned)), key=lambda owner: owner.display_name.casefold())

    def value(self, name: str) -> str:
        """What was chosen; nothing where the list does not offer it."""
        return str(self.form.cleaned_data.get(name) or "").replace("\x00", "").strip()

    @property
    def sort(self) -> str:
        """The order: last change first unless names are asked for."""
        return self.value("sort") or "changed"

    @property
    def workspaces_shown(self) -> list[Workspace]:
        """The workspace that was chosen, or all."""
        chosen = self.value("workspace")
        return [workspace for workspace in self.workspaces if chosen in ("", workspace.slug)]

    @property
    def narrowed(self) -> bool:
        """Whether something besides view and order was chosen."""
        return bool(self.q) or any(self.value(name) for name in NARROWING if name != "q")

    def applied(self, models: ModelQuerySet) -> ModelQuerySet:
        """Return the models that are asked for; archived ones only when they are."""
        models = models.filter(archived_at__isnull=not self.value("archived"))
        if self.q:
            named = ModelVersion.objects.alive().filter(model=OuterRef("pk"), name__icontains=self.q)
            models = models.filter(Q(name__icontains=self.q) | Q(description__icontains=self.q) | Exists(named))
        if slug := self.value("workspace"):
            models = models.filter(workspace__slug=slug)
        if owner := self.value("owner"):
            models = models.filter(owner__username=owner)
        if label := self.value("label"):
            models = models.with_label(label)
        if stage := self.value("stage"):
            models = models.with_version_in(stage)
        if self.value("production") == "none":
            models = models.with_nothing_in_production()
        if self.value("pending"):
            waiting = StageChangeRequest.objects.pending().filter(version__model=OuterRef("pk"))
            models = models.filter(Exists(waiting))
        return models

    def chips(self, stages: dict[int, StagesByKey], pending: int) -> list[dict[str, Any]]:
        """One chip per stage, then the questions people ask most; a chip that is on takes itself off."""
        shown = {workspace.pk for workspace in self.workspaces_shown}
        merged: dict[str, Stage] = {}
        for workspace_id in sorted(shown & set(stages)):
            merged |= {key: stage for key, stage in stages[workspace_id].items() if key not in merged}
        chips = [self._chip("stage", stage.key, stage.name, stage=stage) for stage in merged.values()]
        chips.append(self._chip("pending", "true", "Has pending requests", count=pending))
        chips.append(self._chip("production", "none", "Nothing in production"))
        return chips

    def _chip(self, name: str, value: str, text: str, **more: Any) -> dict[str, Any]:
        active = self.value(name) == value
        return {"text": text, "url": with_query(self.request, **{name: "" if active else value}), "active": active, **more}

    @property
    def clear_url(self) -> str:
        """The address without filters, in the same view and order; nothing when there are none."""
        kept = {name: self.value(name) for name in ("view", "sort") if self.value(name)}
        return models_url(**kept) if self.narrowed else ""

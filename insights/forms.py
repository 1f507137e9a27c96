"""The filters of the page of charts."""

from typing import Any

from django import forms

from accounts.models import User, Workspace
from insights.figures import STEPS

DAYS = 90


class InsightsFilter(forms.Form):
    """Which workspace, and how far back. What no list offers narrows nothing."""

    workspace = forms.ChoiceField(required=False)
    days = forms.ChoiceField(required=False, label="Period", choices=[(days, f"Last {days} days") for days in STEPS])

    def __init__(self, data: Any, *, user: User | Any) -> None:
        super().__init__({"days": DAYS} | data.dict())
        workspaces = Workspace.objects.visible_to(user).order_by("title").values_list("slug", "title")
        self.fields["workspace"].choices = [("", "All"), *workspaces]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> tuple[str, int]:
        """The workspace's slug, or nothing, and the days."""
        return str(self.cleaned_data.get("workspace") or ""), int(self.cleaned_data.get("days") or DAYS)

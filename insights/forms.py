"""The filters of the page of charts."""

from typing import Any

from django import forms

from accounts.models import User, Workspace
from insights.figures import STEPS

DAYS = 90


class InsightsFilter(forms.Form):
    """Which workspace and model, and how far back. A workspace or period that no list offers narrows nothing."""

    workspace = forms.ChoiceField(required=False)
    model = forms.CharField(required=False)
    days = forms.ChoiceField(required=False, label="Period", choices=[(days, f"Last {days} days") for days in STEPS])

    def __init__(self, data: Any, *, user: User | Any) -> None:
        super().__init__({"days": DAYS} | data.dict())
        workspaces = Workspace.objects.visible_to(user).order_by("title").values_list("slug", "title")
        self.fields["workspace"].choices = [("", "All"), *workspaces]  # type: ignore[attr-defined]
        self.fields["model"].widget.attrs |= {"placeholder": "All", "autocomplete": "off", "spellcheck": "false"}
        self.is_valid()

    @property
    def narrowed(self) -> dict[str, str]:
        """The workspace's slug and the model's name, where they were chosen."""
        return {name: text for name in ("workspace", "model") if (text := str(self.cleaned_data.get(name) or ""))}

    @property
    def period(self) -> int:
        """How many days back."""
        return int(self.cleaned_data.get("days") or DAYS)

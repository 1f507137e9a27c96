"""The filters of the log's page; what they mean is in `activity.filters`."""

from typing import Any

from django import forms

from accounts.models import User, Workspace
from activity.sentences import SENTENCES

GROUPS = {
    "stage_change": "Stage changes",
    "model": "Models",
    "model_version": "Versions",
    "comment": "Comments",
    "policy": "What stages demand",
    "workspace": "Workspaces",
    "member": "Members",
    "person": "People",
    "service_account": "Service accounts",
    "token": "Tokens",
    "group": "Approver groups",
    "delegation": "Delegation",
    "proposal": "Weaker policies",
    "lifecycle": "Stages",
    "webhook": "Webhooks",
}


def verb_choices() -> list[tuple[str, Any]]:
    """Every verb under the kind of thing that it is about; the kind itself is a choice too."""
    choices: list[tuple[str, Any]] = [("", "Anything")]
    for group, title in GROUPS.items():
        verbs = [verb for verb in SENTENCES if verb.startswith(f"{group}.")]
        words = [(verb, verb.partition(".")[2].replace("_", " ").capitalize()) for verb in verbs]
        choices.append((title, [(group, f"{title}: all"), *words]))
    return choices


class ActivityFilter(forms.Form):
    """Which lines to show. Free words stay as they were typed, also those that find nothing."""

    workspace = forms.ChoiceField(required=False)
    verb = forms.ChoiceField(required=False, label="What", choices=verb_choices)
    actor = forms.CharField(required=False, label="Who")
    model = forms.CharField(required=False)
    version = forms.CharField(required=False, label="Version no.")
    request = forms.CharField(required=False, label="Request no.")
    since = forms.CharField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.CharField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, user: User | Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workspaces = Workspace.objects.visible_to(user).order_by("title").values_list("slug", "title")
        self.fields["workspace"].choices = [("", "Any"), *workspaces]  # type: ignore[attr-defined]
        for name, hint in (("actor", "User name"), ("model", "Any"), ("version", "Any"), ("request", "Any")):
            self.fields[name].widget.attrs |= {"placeholder": hint, "autocomplete": "off", "spellcheck": "false"}
        for name in ("version", "request"):
            self.fields[name].widget.attrs |= {"inputmode": "numeric", "size": 6}

"""The form of a webhook: where to, when, of which model, in which form."""

from typing import Any

from django import forms

from activity.forms import verb_choices
from notifications.models import Webhook
from notifications.occasions import Occasion, occasion_of, occasions
from registry.forms import RefusableForm
from registry.models import RegisteredModel, Stage

OWN = "own"
NEVER = ("Anything", "", "People", "Tokens")  # what belongs to no workspace is told to none
FORMATS = [
    (Webhook.Format.STANDARD, "To a program: JSON with the line of the log and the request, signed by Standard Webhooks"),
    (Webhook.Format.SLACK, "To a chat: a sentence with a link, as Slack, Mattermost, Rocket.Chat and Google Chat take it"),
    (Webhook.Format.GITHUB, "To GitHub Actions: a repository_dispatch, which starts a workflow"),
]


class WebhookForm(RefusableForm):
    """A webhook to make or to change."""

    url = forms.CharField(
        label="Address",
        max_length=2000,
        help_text="Where messages are posted: public, and https. It may hold a key of the receiver’s, so only admins see it.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "mono",
                "placeholder": "https://ci.example.com/hooks/stageward",
            }
        ),
    )
    name = forms.CharField(required=False, max_length=100, help_text="What people call it. Left empty, it is the host.")
    format = forms.ChoiceField(label="What is sent", choices=FORMATS, widget=forms.RadioSelect, initial=Webhook.Format.STANDARD)
    model = forms.ChoiceField(required=False, label="Of which model")
    when = forms.ChoiceField(widget=forms.RadioSelect)
    verbs = forms.MultipleChoiceField(required=False)
    to_stages = forms.MultipleChoiceField(required=False)
    authorization = forms.CharField(
        required=False,
        label="Authorization header",
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    drop_authorization = forms.BooleanField(required=False, label="Send no such header any more")

    def __init__(
        self, data: Any = None, *, stages: list[Stage], models: list[RegisteredModel], webhook: Webhook | None = None
    ) -> None:
        self.offered = occasions(stages)
        self.webhook = webhook
        super().__init__(data, initial=self._initial() if webhook else {"when": self.offered[0].key})
        fields: Any = self.fields
        fields["model"].choices = [("", "Any of the workspace"), *((model.name, model.name) for model in models)]
        fields["when"].choices = [*((each.key, f"When {each.words}") for each in self.offered), (OWN, "Something else")]
        fields["verbs"].choices = self.verb_groups = [group for group in verb_choices() if group[0] not in NEVER]
        fields["to_stages"].choices = [(stage.key, stage.name) for stage in stages]
        kept = " One is kept; left empty, it stays." if webhook and webhook.authorization else ""
        fields["authorization"].help_text = (
            "Only where the receiver asks for one, such as <code>Bearer github_pat_…</code>. Kept encrypted, never shown." + kept
        )
        if not kept:
            del self.fields["drop_authorization"]

    def _initial(self) -> dict[str, Any]:
        webhook: Any = self.webhook
        known = occasion_of(webhook, self.offered)
        return {
            "url": webhook.url,
            "name": webhook.name,
            "format": webhook.format,
            "model": webhook.model.name if webhook.model else "",
            "when": known.key if known else OWN,
            "verbs": webhook.verbs,
            "to_stages": webhook.to_stages,
        }

    @property
    def ticked(self) -> list[str]:
        """The verbs and stages that are ticked."""
        return [*(self["verbs"].value() or []), *(self["to_stages"].value() or [])]

    def clean(self) -> dict[str, Any]:
        """Something else is something: raises ValidationError where nothing is ticked."""
        if self.cleaned_data.get("when") == OWN and not self.cleaned_data.get("verbs") and not self.cleaned_data.get("to_stages"):
            self.add_error("when", "Tick what it is called for, or choose “anything is written into the log”.")
        return self.cleaned_data

    def wanted(self, models: list[RegisteredModel]) -> dict[str, Any]:
        """What the services are asked for."""
        sent = self.cleaned_data
        chosen = next((each for each in self.offered if each.key == sent["when"]), None) or Occasion(
            OWN, "", tuple(sent["verbs"]), tuple(sent["to_stages"])
        )
        wanted = {name: sent[name] for name in ("url", "name", "format")} | {
            "model_id": next((model.pk for model in models if model.name == sent["model"]), None),
            "verbs": sorted(chosen.verbs),
            "to_stages": sorted(chosen.to_stages),
        }
        if sent["authorization"] or sent.get("drop_authorization"):
            wanted["authorization"] = "" if sent.get("drop_authorization") else sent["authorization"]
        return wanted

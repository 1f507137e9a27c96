"""The form of a webhook: where to, when, of which model, in which form."""

from typing import Any

from django import forms

from activity.forms import verb_choices
from notifications.checks import may_become
from notifications.events import EVENTS, is_foreign
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
    (Webhook.Format.MLFLOW, "To a receiver of MLflow’s webhooks: its events, signed as MLflow does"),
    (Webhook.Format.DATABRICKS, "To a receiver of Databricks’ registry webhooks: its events, signed as Databricks does"),
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
    description = forms.CharField(required=False, max_length=1000, help_text="What it is for.")
    format = forms.ChoiceField(label="What is sent", choices=FORMATS, widget=forms.RadioSelect, initial=Webhook.Format.STANDARD)
    model = forms.ChoiceField(required=False, label="Of which model")
    when = forms.ChoiceField(widget=forms.RadioSelect, required=False)
    verbs = forms.MultipleChoiceField(required=False)
    to_stages = forms.MultipleChoiceField(required=False)
    events = forms.MultipleChoiceField(required=False)
    only_tests = forms.BooleanField(required=False, label="Send tests and nothing else")
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
        fields["format"].choices = [choice for choice in FORMATS if webhook is None or may_become(webhook.format, choice[0])]
        self.event_groups = [(key, EVENTS[key]) for key, _ in fields["format"].choices if is_foreign(key)]
        fields["events"].choices = [(event.name, event.words) for _, events in self.event_groups for event in events]
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
            "description": webhook.description,
            "format": webhook.format,
            "model": webhook.model.name if webhook.model else "",
            "when": known.key if known else OWN,
            "verbs": webhook.verbs,
            "to_stages": webhook.to_stages,
            "events": webhook.events,
            "only_tests": webhook.only_tests,
        }

    @property
    def ticked(self) -> list[str]:
        """The verbs, stages and events that are ticked."""
        return [each for name in ("verbs", "to_stages", "events") for each in self[name].value() or []]

    @property
    def is_foreign(self) -> bool:
        """Whether the format that is chosen goes by events."""
        return is_foreign(self["format"].value())

    def clean(self) -> dict[str, Any]:
        """Something is chosen, and something else is something. Says so at the field."""
        sent = self.cleaned_data
        if "format" not in sent:
            return sent
        if self.is_foreign:
            if "events" in sent and not self._called_for()["events"]:
                self.add_error("events", "Tick what it is called for.")
        elif not sent.get("when"):
            self.add_error("when", "Choose when it is called.")
        elif sent["when"] == OWN and not sent.get("verbs") and not sent.get("to_stages"):
            self.add_error("when", "Tick what it is called for, or choose “anything is written into the log”.")
        return sent

    def _called_for(self) -> dict[str, Any]:
        """The events of the chosen format, or verbs and stages: what was ticked for another is left out."""
        sent = self.cleaned_data
        if self.is_foreign:
            own = {event.name for event in EVENTS[sent["format"]]}
            return {"verbs": [], "to_stages": [], "events": [name for name in sent["events"] if name in own]}
        chosen = next((each for each in self.offered if each.key == sent["when"]), None) or Occasion(
            OWN, "", tuple(sent["verbs"]), tuple(sent["to_stages"])
        )
        return {"verbs": sorted(chosen.verbs), "to_stages": sorted(chosen.to_stages), "events": []}

    def wanted(self, models: list[RegisteredModel]) -> dict[str, Any]:
        """What the services are asked for."""
        sent = self.cleaned_data
        wanted = {name: sent[name] for name in ("url", "name", "description", "format", "only_tests")} | self._called_for()
        wanted["model_id"] = next((model.pk for model in models if model.name == sent["model"]), None)
        if sent["authorization"] or sent.get("drop_authorization"):
            wanted["authorization"] = "" if sent.get("drop_authorization") else sent["authorization"]
        return wanted

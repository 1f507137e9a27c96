"""The forms of the approval cycle. A refusal lands on the field it speaks of, and what was typed stays."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User, Workspace
from approvals.models import StageChangeRequest
from approvals.outlook import Voice
from approvals.querysets import RequestQuerySet
from registry.forms import Passage, RefusableForm
from registry.models import Stage


class NeededPassage(Passage):
    """One that the service insists on, in its own words; the browser tells it beforehand."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.required = True

    def validate(self, value: Any) -> None:
        """Leave the refusal to the service."""


class ChangeStageForm(RefusableForm):
    """Where a version should go, and why. Where any name becomes a stage, a new one may be named instead."""

    to_stage = forms.ChoiceField(
        label="Move to",
        error_messages={
            "required": "Choose a stage to move to.",
            "invalid_choice": "There is no stage “%(value)s” in this workspace, so nothing was asked. Choose one of these.",
        },
    )
    comment = Passage(rows=3, label="Comment", help_text="What speaks for it: reviewers read this first.")
    archive_incumbents = forms.BooleanField(required=False)
    new_stage = forms.CharField(
        required=False, label="Or a new stage", help_text="Letters, digits, - and _. It is one once you ask."
    )

    def __init__(self, *args: Any, stages: list[Stage], says_why: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stages[0].workspace.open_stages:
            self.fields["to_stage"].required = False
        else:
            del self.fields["new_stage"]
        if says_why:
            self.fields["comment"] = NeededPassage(rows=3, label="Comment", help_text=self.fields["comment"].help_text)
        self.fields["to_stage"].choices = [(stage.key, stage.name) for stage in stages]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Make one of the two ways to name a stage."""
        cleaned = super().clean() or self.cleaned_data
        new = cleaned.pop("new_stage", "")
        if new and cleaned.get("to_stage"):
            self.add_error("new_stage", "Choose a stage or name a new one, not both, so nothing was asked.")
        elif new in dict(self.fields["to_stage"].choices):  # type: ignore[attr-defined]
            self.add_error(
                "new_stage", "There is that stage already, so nothing was asked. Choose it above and see what it means."
            )
        elif "to_stage" in cleaned and not (new or cleaned["to_stage"]):
            self.add_error("to_stage", self.fields["to_stage"].error_messages["required"])
        return cleaned | {"to_stage": new} if new else cleaned


class VoiceField(forms.TypedChoiceField):
    """In whose name one decides: a choice where there are several, else it is as it is."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        super().__init__(
            choices=[(voice.value, voice.label) for voice in voices],
            initial=voices[0].value,
            coerce=int,
            empty_value=None,
            required=False,
            label="I decide",
            widget=forms.RadioSelect if voices[1:] else forms.HiddenInput,
            error_messages={"invalid_choice": "You do not stand in for them any more, so nothing was done. Choose again."},
        )


class DecisionForm(RefusableForm):
    """A decision on a request: what one says with it, and the digest of what one saw."""

    comment = Passage(rows=3, label="Comment")
    digest = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, says_why: bool = False, voices: Sequence[Voice] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if any(voice.delegation for voice in voices):
            self.fields["on_behalf_of"] = VoiceField(voices)
        if says_why:
            self.fields["comment"] = NeededPassage(rows=3, label="Comment", help_text="Why not, and what would change that.")
        self.fields["comment"].widget.attrs["autofocus"] = True


class BypassForm(RefusableForm):
    """Break-glass: why, what one saw, and the version's name typed by hand, so that nobody does it in passing."""

    comment = NeededPassage(rows=3, label="Reason", help_text="For all to read: what is burning, and why it cannot wait.")
    confirm = forms.CharField(
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": "Type the name of the version, so that this is not done in passing. Nothing was done."},
    )
    digest = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, typed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed = typed
        self.fields["confirm"].label = f"To confirm, type {typed}"
        self.fields["comment"].widget.attrs["autofocus"] = True

    def clean_confirm(self) -> str:
        """Return what was typed. Raises ValidationError when it is not the version's name."""
        if " ".join(str(self.cleaned_data["confirm"]).split()) != self.typed:
            raise forms.ValidationError(f"This is not “{self.typed}”, so nothing was done. Type it as it stands here.")
        return self.typed


class SignOffForm(RefusableForm):
    """What one found when one looked at a change that somebody put into effect alone."""

    comment = Passage(rows=2, label="Comment", help_text="What you looked at, and whether it was right.", max_length=10_000)


class SayForm(RefusableForm):
    """Something to say about a request."""

    body = NeededPassage(rows=3, label="Comment")


class InboxFilter(forms.Form):
    """Which requests to show: by workspace, model and stage asked for."""

    tab = forms.CharField(required=False, widget=forms.HiddenInput)
    workspace = forms.ChoiceField(required=False)
    model = forms.CharField(required=False, widget=forms.TextInput(attrs={"placeholder": "Any", "autocomplete": "off"}))
    to_stage = forms.ChoiceField(required=False, label="Move to")
    status = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workspaces = Workspace.objects.visible_to(user).order_by("title").values_list("slug", "title")
        stages = dict(Stage.objects.visible_to(user).current().order_by("position").values_list("key", "name"))
        statuses = [(status.value, status.value.capitalize()) for status in StageChangeRequest.Status]
        for field, choices in (("workspace", workspaces), ("to_stage", stages.items()), ("status", statuses)):
            self.fields[field].choices = [("", "Any"), *choices]  # type: ignore[attr-defined]
        if self.data.get("tab") in (None, "", "turn", "asked", "review"):
            del self.fields["status"]

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return any(self.data.get(field) for field in self.fields if field != "tab")

    def narrow(self, requests: RequestQuerySet) -> RequestQuerySet:
        """Return those that match; a value that is no choice matches nothing."""
        if self.is_bound and not self.is_valid():
            return requests.none()
        chosen = {field: value for field, value in self.cleaned_data.items() if value} if self.is_bound else {}
        if "model" in chosen:
            requests = requests.of_models_named(chosen["model"])
        if "status" in chosen:
            requests = requests.filter(status=chosen["status"])
        lookups = {"workspace": "workspace__slug", "to_stage": "key"}
        return requests.into_stages(**{lookups[field]: value for field, value in chosen.items() if field in lookups})

"""The forms of workspaces and their stages."""

from typing import Any

from django import forms

from registry.forms import Passage, RefusableForm
from registry.lifecycle import ACTIVE, PALETTE, stage_of_text
from registry.models import Stage

PRESET_CHOICES = [
    ("verta", "Unassigned, Development, Staging, Production, Archived"),
    ("mlflow", "As MLflow: None, Staging, Production, Archived"),
    ("chariot", "Slots: staging and production have one holder each, and a version may hold both"),
    ("gto", "Environments: dev, stage, prod; a version may be in several"),
    ("free", "My own"),
]
KINDS = [kind for kind in Stage.Kind.choices if kind[0] != Stage.Kind.UNASSIGNED]


class Swatches(forms.RadioSelect):
    """A choice among colours, each shown in itself."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the option, with the class of its colour."""
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["class"] = f"swatch c-{value}"
        return option


class NewWorkspaceForm(RefusableForm):
    """A team's space to make."""

    title = forms.CharField(help_text="What people call the team, such as Fraud prevention.")
    slug = forms.CharField(
        label="Short name",
        help_text="Part of every address: lower-case letters, digits and hyphens.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    preset = forms.ChoiceField(label="Stages", choices=PRESET_CHOICES, initial="verta")
    stages = Passage(
        rows=4,
        label="Your own stages",
        help_text="For “my own”: one a line, in order, behind Unassigned. A stage that is live: <code>live = production</code>; one that"
        " is put away: <code>attic = archived</code>.",
    )
    multi_hold = forms.BooleanField(
        required=False, label="A version may hold several stages at once", help_text="For “my own”; others say so themselves."
    )
    open_stages = forms.BooleanField(
        required=False, label="Any name becomes a stage when it is first asked for", help_text="For “my own”: through the API."
    )

    def clean_stages(self) -> list[dict[str, str]]:
        """Return the stages, one for each line."""
        return [stage_of_text(line) for line in self.cleaned_data["stages"].splitlines() if line.strip()]


class StageForm(RefusableForm):
    """A stage to add, or what may be changed of one."""

    name = forms.CharField(max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    kind = forms.ChoiceField(choices=KINDS, help_text="Fixed once a version was there.")
    colour = forms.ChoiceField(choices=[(colour, colour.capitalize()) for colour in PALETTE], widget=Swatches)
    protected = forms.BooleanField(required=False, help_text="Who holds it cannot be deleted, and keeps its artifact.")
    exclusive = forms.BooleanField(required=False, help_text="It has one holder: who enters it displaces who is there.")

    def __init__(self, *args: Any, stage: Stage | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stage and stage.kind not in ACTIVE:
            del self.fields["protected"], self.fields["exclusive"]
        if stage and (stage.kind == Stage.Kind.UNASSIGNED or stage.assignments.exists()):
            del self.fields["kind"]


class WorkspaceForm(RefusableForm):
    """What admins may change of a workspace."""

    title = forms.CharField(help_text="Its short name stays, because addresses hold it.")

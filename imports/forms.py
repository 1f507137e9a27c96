"""The form of an import."""

from operator import itemgetter
from typing import Any

from django import forms

from imports.sources import SOURCES
from registry.forms import Passage, RefusableForm

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class CredentialsForm(RefusableForm):
    """Who asks there."""

    user = forms.CharField(
        label="User name",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text="Where a password goes with one.",
    )
    token = forms.CharField(
        label="Token or password",
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Where the source takes one. It is kept encrypted, and forgotten when the import is done.",
    )

    def options(self) -> dict[str, Any]:
        """Return what was said besides the address."""
        return {name: self.cleaned_data[name] for name in ("stages", "user", "token") if self.cleaned_data.get(name)}


class ImportForm(CredentialsForm):
    """What to bring over."""

    field_order = ("kind", "source", "user", "token", "stages")
    kind = forms.ChoiceField(label="From")
    source = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text="Of a registry the address that its own clients have, such as <code>https://mlflow.example.org</code>. Of a Git"
        " repository one such as <code>https://github.com/team/models.git</code> or <code>git@git.example.org:team/models.git</code>.",
    )
    stages = Passage(
        rows=3,
        label="Stages that are called otherwise there",
        help_text="One a line: <code>canary = staging</code>, or <code>scratch = -</code> to leave it out. What has the same name, or means"
        " the same, need not be said: dev, stage, prod, archive.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = sorted(((kind, source.title) for kind, source in SOURCES.items()), key=itemgetter(1))
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def clean_stages(self) -> dict[str, str]:
        """Return which stage here each name there stands for. Raises ValidationError naming the line."""
        found = {}
        for number, line in enumerate(self.cleaned_data["stages"].splitlines(), start=1):
            name, sign, key = line.partition("=")
            if line.strip() and not (sign and name.strip() and key.strip()):
                raise forms.ValidationError(f"Line {number}: write it as name there = stage here.")
            if line.strip():
                found[name.strip()] = key.strip()
        return found

"""The form of an import."""

from typing import Any

from django import forms

from imports.sources import SOURCES
from registry.forms import Passage, RefusableForm

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class ImportForm(RefusableForm):
    """What to bring over."""

    kind = forms.ChoiceField(label="From")
    source = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text="Such as <code>https://github.com/team/models.git</code> or <code>git@git.example.org:team/models.git</code>.",
    )
    stages = Passage(
        rows=3,
        label="Stages that are called otherwise there",
        help_text="One a line: <code>canary = staging</code>, or <code>scratch = -</code> to leave it out. What has the same name, or means"
        " the same, need not be said: dev, stage, prod, archive.",
    )
    user = forms.CharField(
        label="User name",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text="For a private repository.",
    )
    token = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="For a private repository by https. It is kept encrypted, and forgotten when the import is done.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, source.title) for kind, source in SOURCES.items()]  # type: ignore[attr-defined]

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

    def options(self) -> dict[str, Any]:
        """Return what was said besides the address."""
        return {name: self.cleaned_data[name] for name in ("stages", "user", "token") if self.cleaned_data[name]}

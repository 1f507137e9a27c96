"""The forms of tags and aliases."""

from django import forms

from registry.forms import RefusableForm

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class TagForm(RefusableForm):
    """A tag to set."""

    key = forms.CharField(max_length=250, widget=forms.TextInput(attrs=_PLAIN))
    value = forms.CharField(required=False, strip=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class AliasForm(RefusableForm):
    """An alias to point at a version."""

    alias = forms.CharField(max_length=255, widget=forms.TextInput(attrs=_PLAIN))
    version = forms.IntegerField(
        label="Number of the version",
        min_value=1,
        max_value=999_999_999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "pattern": "[0-9]+", "autocomplete": "off"}),
        error_messages={"invalid": "Choose the version to point at, by its number. Nothing was changed."},
    )

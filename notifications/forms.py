"""The form of what one wants to hear of."""

from collections.abc import Iterator
from typing import Any

from django import forms

from notifications.choices import Choice, choice_of
from notifications.models import Notice, Preference
from notifications.reasons import REASONS, Reason
from registry.forms import RefusableForm


class ChoicesForm(RefusableForm):
    """For each reason: in the app or not, and mail at once, in the digest, or never; then the digest's hour."""

    digest = forms.BooleanField(required=False, label="Send me a daily digest, when there is something to say")
    digest_at = forms.TimeField(
        label="At",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="By the clock of the time zone below.",
    )
    time_zone = forms.CharField(
        max_length=60,
        label="Time zone",
        help_text="Such as <b>Europe/Berlin</b>.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, preference: Preference, **kwargs: Any) -> None:
        initial = {name: getattr(preference, name) for name in ("digest", "digest_at", "time_zone")}
        super().__init__(*args, initial=initial, **kwargs)
        for code, reason in REASONS.items():
            choice = choice_of(preference, code)
            self.fields[f"app_{code}"] = forms.BooleanField(
                required=False,
                initial=choice.app,
                widget=forms.CheckboxInput(attrs={"aria-label": f"{reason.title}: in Stageward"}),
            )
            self.fields[f"mail_{code}"] = forms.ChoiceField(
                choices=[(value, label.capitalize()) for value, label in Notice.Mail.choices],
                initial=str(choice.mail),
                widget=forms.Select(attrs={"aria-label": f"{reason.title}: by mail", "class": "input"}),
            )

    def rows(self) -> Iterator[tuple[Reason, Any, Any]]:
        """Each reason with its two fields."""
        for code, reason in REASONS.items():
            yield reason, self[f"app_{code}"], self[f"mail_{code}"]

    def wanted(self) -> dict[str, Any]:
        """What was sent, as `choices.choose` takes it."""
        sent = self.cleaned_data
        choices = {code: Choice(sent[f"app_{code}"], Notice.Mail(sent[f"mail_{code}"])) for code in REASONS}
        return {"choices": choices, **{name: sent[name] for name in ("digest", "digest_at", "time_zone")}}

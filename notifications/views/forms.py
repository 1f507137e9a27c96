"""The small forms of webhooks."""

from django import forms

from accounts.views.group_forms import Moment
from notifications.services.webhooks import MOST_HOURS, OVERLAP_HOURS
from registry.forms import RefusableForm


class RotateForm(RefusableForm):
    """How long the secret before is good as well."""

    overlap_hours = forms.IntegerField(
        label="Hours that both are good",
        initial=OVERLAP_HOURS,
        min_value=0,
        max_value=MOST_HOURS,
        help_text=f"0 to {MOST_HOURS}. Messages carry both signatures meanwhile, so nothing is lost while you tell the receivers."
        " Take 0 when the secret has leaked.",
    )


class ReplaceForm(RefusableForm):
    """A new secret where messages carry one signature: nothing is asked."""


class RedeliverForm(RefusableForm):
    """From when to when."""

    since = Moment(
        label="From", help_text="In UTC. Also what happened while the webhook was off; at most 1,000 lines of the log."
    )
    until = Moment(label="To", required=False, help_text="In UTC. Left empty: until now.")

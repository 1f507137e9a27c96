"""The form of a stage's policy."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import ApproverGroup, Role
from approvals.models import StagePolicy
from approvals.policy_content import MOST_APPROVALS, MOST_DAYS
from registry.forms import Passage, RefusableForm

SKIP_CHOICES = [
    (StagePolicy.SkipRule.FLAG, "Flag it, and nothing else: whoever approves sees which stages are skipped."),
    (StagePolicy.SkipRule.COMMENT, "Ask for a comment that says why."),
    (StagePolicy.SkipRule.EXTRA_APPROVAL, "Ask for one approval more."),
    (StagePolicy.SkipRule.FORBID, "Refuse it: a version goes through the stages in order."),
]
GLASS_CHOICES = [(Role.EDITOR, "Editors"), (Role.ADMIN, "Admins")]


class Lines(Passage):
    """Several values, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rows=2, **kwargs)
        self.widget.attrs |= {"spellcheck": "false", "autocapitalize": "off", "class": "mono"}

    def prepare_value(self, value: Any) -> str:
        """Return what is stored as text; what was typed stays as it is."""
        return "\n".join(self.line(each) for each in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[Any]:  # type: ignore[override]  # what is cleaned is no text
        """Return the values."""
        return [self.value(line.strip()) for line in super().to_python(value).splitlines() if line.strip()]

    def line(self, value: Any) -> str:
        """One value as a line."""
        return str(value)

    def value(self, line: str) -> Any:
        """One line as a value."""
        return line


class CheckLines(Lines):
    """Checks, one a line: `name`, or `name from account`."""

    def line(self, value: Any) -> str:
        """One check as a line."""
        return f"{value['name']} from {value['reporter']}" if value.get("reporter") else value["name"]

    def value(self, line: str) -> dict[str, Any]:
        """One line as a check."""
        name, pinned, reporter = line.rpartition(" from ")
        return {"name": name.strip(), "reporter": reporter.strip()} if pinned else {"name": line, "reporter": None}


class PolicyForm(RefusableForm):
    """What a move into one stage demands, with a number for each approver group of its workspace."""

    approvals_required = forms.IntegerField(
        label="Approvals in all",
        min_value=0,
        max_value=MOST_APPROVALS,
        help_text="How many people must agree; whoever asks is never one of them. With 0 the change takes effect at once.",
    )
    exclude_last_editor = forms.BooleanField(required=False, label="Not by who last edited the content")
    skip_rule = forms.ChoiceField(label="A move that skips stages", choices=SKIP_CHOICES, widget=forms.RadioSelect)
    required_checks = CheckLines(
        label="Checks",
        help_text="Names that must be reported as passed, one a line: <code>fairness</code>. From one account only:"
        " <code>fairness from ci-bot</code>, or from one token: <code>fairness from token:7</code>.",
    )
    expires_after_days = forms.IntegerField(
        label="Days until a request ends undecided",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=f"1 to {MOST_DAYS}. Left empty, it waits.",
    )
    release_accounts = Lines(
        label="Release accounts",
        help_text="User names, or <code>token:</code> and a number, one a line: what they ask for takes effect at once, and is marked.",
    )
    break_glass_roles = forms.MultipleChoiceField(
        label="Break-glass",
        required=False,
        choices=GLASS_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="Who may put a change into effect past all this, with a reason; a second person looks at it afterwards.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, policy: StagePolicy, groups: Sequence[ApproverGroup]) -> None:
        asked = {line["group"]: line["minimum"] for line in policy.groups}
        minimums = {f"group-{group.key}": asked.get(group.key, 0) for group in groups}
        super().__init__(data, initial=policy.content | {"revision": policy.revision} | minimums)
        self.groups = groups
        for group in groups:
            self.fields[f"group-{group.key}"] = forms.IntegerField(
                label=f"At least from {group.name}", required=False, min_value=0, max_value=MOST_APPROVALS
            )

    @property
    def group_fields(self) -> list[forms.BoundField]:
        """The fields of the groups."""
        return [self[f"group-{group.key}"] for group in self.groups]

    @property
    def wanted(self) -> dict[str, Any]:
        """The policy that a valid form asks for; what it has, while none was sent."""
        if not self.is_bound:
            return {}
        sent = dict(self.cleaned_data)
        del sent["revision"]
        minimums = [(group.key, sent.pop(f"group-{group.key}")) for group in self.groups]
        return sent | {"groups": [{"group": key, "minimum": minimum} for key, minimum in minimums if minimum]}

"""The forms of approver groups and delegations."""

from datetime import UTC, datetime
from typing import Any

from django import forms

from accounts.forms import plain_text
from accounts.models import ApproverGroup, GroupMember, Membership, User
from registry.forms import RefusableForm


class GroupForm(RefusableForm):
    """A group to make."""

    name = forms.CharField(max_length=120, help_text="What people call it, such as Model risk.")
    key = forms.CharField(
        label="Short name",
        max_length=60,
        widget=plain_text(),
        help_text="Policies hold it, so it stays: lower-case letters, digits and hyphens.",
    )


class RenameGroupForm(RefusableForm):
    """A group's new name."""

    name = forms.CharField(max_length=120, help_text="Its short name stays, because policies hold it.")


class AddToGroupForm(RefusableForm):
    """Somebody to put into a group."""

    user_id = forms.TypedChoiceField(label="Member", coerce=int)

    def __init__(self, *args: Any, group: ApproverGroup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.of_the_active().filter(workspace_id=group.workspace_id, user__kind=User.Kind.PERSON)
        inside = GroupMember.objects.filter(group=group).values("user_id")
        people = [member.user for member in members.exclude(user_id__in=inside).select_related("user")]
        self.fields["user_id"].choices = named(people)  # type: ignore[attr-defined]


def named(people: list[User]) -> list[tuple[int, str]]:
    """People to choose from, by name."""
    return sorted(((user.pk, f"{user.display_name} ({user.username})") for user in people), key=lambda each: each[1].casefold())


class Moment(forms.DateTimeField):
    """A moment in UTC, as browsers pick it."""

    def __init__(self, **kwargs: Any) -> None:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=picker, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return a moment in UTC; what was typed stays as it is."""
        return value.astimezone(UTC) if isinstance(value, datetime) else value


class DelegationForm(RefusableForm):
    """Who decides for somebody while they are away."""

    delegate = forms.TypedChoiceField(label="Who decides for me", coerce=int)
    starts_at = Moment(label="From", required=False, help_text="In UTC. Left empty: from now on.")
    ends_at = Moment(label="Until", help_text="In UTC; a year at most.")
    reason = forms.CharField(max_length=500, help_text="For whoever reads the log later, such as <b>on leave</b>.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Membership.objects.filter(user=user).values("workspace_id")
        others = User.objects.filter(is_active=True, kind=User.Kind.PERSON, memberships__workspace__in=mine).exclude(pk=user.pk)
        self.fields["delegate"].choices = [("", "Choose somebody"), *named(list(others.distinct()))]  # type: ignore[attr-defined]

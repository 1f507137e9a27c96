"""The forms of the page that says who is let in to a model."""

from typing import Any

from django import forms

from accounts.models import ApproverGroup, Membership, Role
from registry.forms import RefusableForm
from registry.models import Collaborator, RegisteredModel

ROLE_WORDS = [
    (Role.VIEWER, "Viewer: sees it, and keeps the role in the workspace"),
    (Role.EDITOR, "Editor: registers, edits, asks and decides"),
    (Role.ADMIN, "Admin: an editor who also says who sees it"),
]


class CollaboratorForm(RefusableForm):
    """Somebody to let in: a member of the workspace, or one of its groups."""

    who = forms.ChoiceField(label="Member or group")
    role = forms.ChoiceField(choices=ROLE_WORDS, initial=Role.VIEWER)

    def __init__(self, *args: Any, model: RegisteredModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Collaborator.objects.filter(model=model)
        members = Membership.objects.of_the_active().filter(workspace=model.workspace_id).exclude(user=model.owner_id)
        members = members.exclude(pk__in=rows.filter(group=None).values("membership_id")).select_related("user")
        people = [(f"person {each.user_id}", f"{each.user.display_name} ({each.user.username})") for each in members]
        others = ApproverGroup.objects.filter(workspace=model.workspace_id)
        others = others.exclude(pk__in=rows.filter(membership=None).values("group_id")).order_by("name")
        groups = [(f"group {group.pk}", group.name) for group in others]
        named = [("People", sorted(people, key=lambda each: each[1].casefold())), ("Approver groups", groups)]
        self.fields["who"].choices = [(title, each) for title, each in named if each]  # type: ignore[attr-defined]

    @property
    def somebody(self) -> bool:
        """Whether there is anybody left to let in."""
        return bool(self.fields["who"].choices)  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """Who and what, as the service takes it."""
        kind, _, number = self.cleaned_data["who"].partition(" ")
        named = {"user_id" if kind == "person" else "group_id": int(number)}
        return {"role": Role(self.cleaned_data["role"]), **named}


class RowForm(RefusableForm):
    """A collaborator's new role, or none where they are taken off."""

    row = forms.IntegerField()
    role = forms.ChoiceField(choices=ROLE_WORDS, required=False)

"""The forms of people, their tokens and their workspaces."""

from typing import Any

from django import forms

from accounts.caller import Scope
from accounts.models import Role, User
from accounts.scopes import scopes_open_to
from accounts.services.tokens import DEFAULT_DAYS, MAX_DAYS
from registry.forms import RefusableForm

SCOPE_WORDS = {
    Scope.READ: "read: look at models, versions, requests and the log",
    Scope.WRITE: "write: register, edit, ask for stage changes; includes read",
    Scope.DECIDE: "decide: approve and reject",
    Scope.CHECKS: "checks: report what a machine found about a request",
    Scope.ADMIN: "admin: set people, policies and locks, make tokens",
}
ROLE_WORDS = [
    (Role.VIEWER, "Viewer: reads"),
    (Role.EDITOR, "Editor: registers, asks, decides"),
    (Role.ADMIN, "Admin: also sets people and policies"),
]


def plain_text(autocomplete: str = "off") -> forms.TextInput:
    """A field whose content no browser should correct."""
    return forms.TextInput(attrs={"autocomplete": autocomplete, "spellcheck": "false", "autocapitalize": "none"})


class TokenForm(RefusableForm):
    """A token to make: for whom, what for, how far it reaches and how long."""

    name = forms.CharField(max_length=100, help_text="What it is for, such as <b>nightly training</b>.")
    user_id = forms.TypedChoiceField(label="For", coerce=int)
    scopes = forms.MultipleChoiceField(label="It may", widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(
        label="Days until it ends", initial=DEFAULT_DAYS, help_text=f"1 to {MAX_DAYS}.", min_value=1, max_value=MAX_DAYS
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {
            account.pk: account for account in [user, *user.service_accounts.filter(is_active=True).order_by("username")]
        }
        names = [
            (pk, account.username if account.owner_id else f"{account.display_name} (me)")
            for pk, account in self.accounts.items()
        ]
        open_to_me = scopes_open_to(user)
        self.fields["user_id"].choices = names  # type: ignore[attr-defined]
        self.fields["scopes"].choices = [(str(scope), SCOPE_WORDS[scope]) for scope in open_to_me]  # type: ignore[attr-defined]
        self.fields["scopes"].initial = [str(scope) for scope in open_to_me if scope in (Scope.READ, Scope.WRITE)][-1:]
        if len(names) == 1:
            self.fields["user_id"].widget = forms.HiddenInput()
            self.fields["user_id"].initial = user.pk

    def clean(self) -> dict[str, Any]:
        """A service account's token reaches no further than its own roles."""
        account = self.accounts.get(self.cleaned_data.get("user_id", 0))
        beyond = (
            set(self.cleaned_data.get("scopes", [])) - {str(scope) for scope in scopes_open_to(account)} if account else set()
        )
        if account and beyond:
            self.add_error(
                "scopes",
                f"The roles of {account.username} do not reach as far as {', '.join(sorted(beyond))}, so no token was made.",
            )
        return self.cleaned_data


class ProfileForm(RefusableForm):
    """What one may change about oneself."""

    name = forms.CharField(
        max_length=150, required=False, help_text="What others see.", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        required=False,
        label="E-mail",
        help_text="Where requests that need you are mailed, and how a lost password is reset.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AddMemberForm(RefusableForm):
    """Somebody who has an account already."""

    username = forms.CharField(label="User name", max_length=150, widget=plain_text())
    role = forms.ChoiceField(choices=ROLE_WORDS, initial=Role.EDITOR)


class InviteForm(RefusableForm):
    """Somebody who may not have an account yet."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=ROLE_WORDS, initial=Role.EDITOR)


class ServiceAccountForm(RefusableForm):
    """An account for a machine."""

    username = forms.CharField(label="User name", max_length=150, widget=plain_text(), help_text="Such as <b>ci-churn</b>.")
    role = forms.ChoiceField(choices=ROLE_WORDS[:2], initial=Role.EDITOR)


class RoleForm(RefusableForm):
    """A member's role."""

    role = forms.ChoiceField(choices=ROLE_WORDS)


class JoinForm(RefusableForm):
    """Who somebody new wants to be."""

    username = forms.CharField(
        label="User name", max_length=150, widget=plain_text("username"), help_text="Letters, digits and . @ + - _"
    )
    name = forms.CharField(
        max_length=150, required=False, help_text="What others see.", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), help_text="At least 10 characters."
    )


class PersonForm(RefusableForm):
    """Somebody to add to this installation."""

    username = forms.CharField(label="User name", max_length=150, widget=plain_text(), help_text="Letters, digits and . @ + - _")
    name = forms.CharField(max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(required=False, label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    password = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave it empty, and they set one themselves by “Forgotten your password?”; that needs their e-mail.",
    )
    is_staff = forms.BooleanField(required=False, label="Staff: may add people and make workspaces, nothing more")

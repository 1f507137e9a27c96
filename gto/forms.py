"""The form of a workspace's repository of tags."""

from django import forms

from registry.forms import RefusableForm

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class RepositoryForm(RefusableForm):
    """Where the tags go."""

    remote = forms.CharField(
        label="Push to",
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text="A repository of its own that nobody else writes to, such as <code>https://github.com/team/model-tags.git</code> or"
        " <code>git@git.example.org:team/model-tags.git</code>. Who reads it sees private models too. Empty: the tags stay on the server.",
    )
    user = forms.CharField(
        label="User name",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text="Goes with the token; GitHub needs none, GitLab takes <code>oauth2</code>.",
    )
    token = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="For https; it is kept encrypted and never shown. Empty: the one that is kept, while the address stays.",
    )

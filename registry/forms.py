"""The forms of the registry's pages. A refusal of the domain lands on the field it speaks of, and what was typed stays."""

from typing import Any

from django import forms

from accounts.models import Membership, User, Workspace
from activity.errors import DomainError, Invalid
from config.problems import PROBLEMS
from registry.entries import read_entries, write_entries
from registry.models import ModelVersion, RegisteredModel


class RefusableForm(forms.Form):
    """A form that carries the domain's refusals. `status` is the HTTP status to answer with, `result` what its service returned."""

    status = 200
    result: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frozen: dict[str, str] = {}

    def is_valid(self) -> bool:
        """Tell whether the form can be sent on; if not, the page is a 400."""
        valid = super().is_valid()
        if self.is_bound and not valid:
            self.status = PROBLEMS["invalid"].status
        return valid

    def refuse(self, error: DomainError) -> None:
        """Show a refusal at the fields it names, else above the form."""
        named = error.extras.get("fields") or [getattr(error, "field", "") or error.extras.get("field", "")]
        for field in [field for field in named if field in self.fields] or [None]:
            self.add_error(field, error.detail)
        self.status = PROBLEMS[error.code].status

    def freeze(self, field: str, reason: str) -> None:
        """Show a field that cannot be edited now; the page says why, from `frozen`."""
        self.fields[field].disabled = True
        self.fields[field].help_text = ""
        self.frozen[field] = reason

    def changes(self) -> dict[str, Any]:
        """Return the values that differ from what the form was opened with."""
        return {field: self.cleaned_data[field] for field in self.changed_data if field not in ("revision", "action")}

    def read_again(self, revision: int) -> None:
        """Let the next sending be about the row as it stands now, since the page says by then that it changed."""
        self.data = {**self.data.dict(), "revision": str(revision)}  # type: ignore[attr-defined]  # a QueryDict, with one value each


class Passage(forms.CharField):
    """Several lines of text, kept as typed; browsers send CR LF, which is not what was stored."""

    def __init__(self, *, rows: int = 4, required: bool = False, **kwargs: Any) -> None:
        super().__init__(strip=False, required=required, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text with plain line ends."""
        return str(super().to_python(value)).replace("\r\n", "\n")


class Entries(forms.CharField):
    """Names and values, one `name = value` a line, or a JSON object."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"rows": 4, "spellcheck": "false", "autocapitalize": "off", "class": "mono"}
        super().__init__(required=False, strip=False, widget=forms.Textarea(attrs=attributes), **kwargs)

    def prepare_value(self, value: Any) -> str:
        """Return stored entries as text; what was typed stays as it is."""
        return write_entries(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> dict[str, Any]:  # type: ignore[override]  # what is cleaned is no text
        """Return the entries. Raises ValidationError naming the line."""
        if isinstance(value, dict):
            return value
        try:
            return read_entries(str(value or ""), "")
        except Invalid as error:
            raise forms.ValidationError(error.detail) from error


class Labels(forms.CharField):
    """Labels, separated by commas."""

    def __init__(self) -> None:
        super().__init__(required=False, help_text="Separated by commas.")

    def prepare_value(self, value: Any) -> str:
        """Return stored labels as text."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # what is cleaned is no text
        """Return the labels, sorted, without doubles."""
        words = value if isinstance(value, list) else str(value or "").split(",")
        return sorted({word.strip() for word in words} - {""})


DIRECTIONS = "For metrics whose name does not tell, one a line: <code>cost per case = lower</code>, or <code>higher</code>."


class NewModelForm(RefusableForm):
    """A modelling task to register."""

    name = forms.CharField(
        help_text="What scripts and people call it, such as <code>churn</code>. 1–250 characters, none of / \\ : ? # %.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "spellcheck": "false"}),
    )
    description = Passage(rows=2, help_text="One sentence: what it is for.")
    labels = Labels()
    readme = Passage(rows=6, help_text="What a newcomer should know: purpose, data, limits, whom to ask. Markdown.")
    metric_directions = Entries(label="Better when", help_text=DIRECTIONS)
    private = forms.BooleanField(
        required=False, label="Private", help_text="Only you, those whom you let in and the workspace's admins see it."
    )


class ModelForm(RefusableForm):
    """What editors may change of a model."""

    description = Passage(rows=2, help_text="One sentence: what it is for.")
    readme = Passage(rows=8, help_text="What a newcomer should know: purpose, data, limits, whom to ask. Markdown.")
    labels = Labels()
    metric_directions = Entries(label="Better when", help_text=DIRECTIONS)
    owner_id = forms.TypedChoiceField(label="Owner", coerce=int, help_text="Whom to ask about it: an active editor or admin.")
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, workspace: Workspace, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.who_decide().filter(workspace=workspace, user__kind=User.Kind.PERSON).select_related("user")
        people = {member.user_id: member.user.display_name for member in members} | {owner.pk: owner.display_name}
        self.fields["owner_id"].choices = sorted(people.items(), key=lambda person: person[1].casefold())  # type: ignore[attr-defined]


class RenameForm(RefusableForm):
    """A model's new name."""

    name = forms.CharField(
        label="Name",
        help_text="Scripts, bookmarks and other tools know the model by its name: they must be told.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class TypedConfirmation(RefusableForm):
    """The name of what is to be deleted, typed once more."""

    confirm = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["confirm"].label = f"Type {name} to confirm"

    def clean_confirm(self) -> str:
        """Raises ValidationError unless the name was typed as it is."""
        typed = str(self.cleaned_data["confirm"])
        if typed.strip() != self.name:
            raise forms.ValidationError(f"“{typed}” is not the name, so nothing was deleted. Type {self.name}.")
        return typed


class VersionForm(RefusableForm):
    """A version to register, or what may be edited of one."""

    name = forms.CharField(
        required=False,
        help_text="Such as <code>v3.1.0</code>. Left empty, it is v and the version’s number.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = Passage(rows=3, help_text="What is new in it. Markdown.")
    artifact_uri = forms.CharField(
        required=False,
        label="Artifact address",
        help_text="Where the trained model is kept, such as <code>s3://models/churn/3.1.0.pkl</code>.",
    )
    artifact_digest = forms.CharField(
        required=False,
        label="Artifact digest",
        help_text="<code>sha256:</code> and 8 to 64 hex digits, as <code>sha256sum</code> prints. Without it the artifact is unverified.",
    )
    metrics = Entries(help_text="Names and numbers, one a line: <code>auc = 0.884</code>. Or a JSON object.")
    parameters = Entries(help_text="What it was trained with, one a line: <code>depth = 6</code>. Or a JSON object.")
    attributes = Entries(help_text="Whatever else should be known, one a line: <code>team = risk</code>. Or a JSON object.")
    labels = Labels()
    run_url = forms.CharField(required=False, label="Run", help_text="The page of the training run: https:// or http://.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in ("artifact_uri", "artifact_digest", "run_url"):
            self.fields[field].widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "class": "mono"}


class EditVersionForm(VersionForm):
    """The same for a version that exists: it has a name, and the revision that was read."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required, self.fields["name"].help_text = True, ""


class LockForm(RefusableForm):
    """How strictly a version is kept as it is."""

    level = forms.ChoiceField(choices=ModelVersion.Lock.choices)


class CommentForm(RefusableForm):
    """Something to say about a version."""

    body = Passage(
        rows=3,
        required=True,
        label="Comment",
        error_messages={"required": "An empty comment says nothing, so none was added. Write something."},
    )


class CatalogueForm(forms.Form):
    """The filters of the catalogue that are chosen from lists. The others are chips; hidden fields carry them along."""

    workspace = forms.ChoiceField(required=False)
    owner = forms.ChoiceField(required=False)
    label = forms.CharField(required=False, widget=forms.TextInput(attrs={"placeholder": "Any", "autocomplete": "off"}))
    archived = forms.ChoiceField(required=False, label="Show", choices=[("", "Current"), ("true", "Archived")])
    sort = forms.ChoiceField(required=False, choices=[("changed", "Last change"), ("name", "Name")])
    view = forms.CharField(required=False, widget=forms.HiddenInput)
    stage = forms.CharField(required=False, widget=forms.HiddenInput)
    pending = forms.CharField(required=False, widget=forms.HiddenInput)
    production = forms.CharField(required=False, widget=forms.HiddenInput)


class CompareForm(forms.Form):
    """Two versions of a model, each by its number or its name; without a base it is what is in production."""

    candidate = forms.CharField(error_messages={"required": "Choose a version to compare."})
    base = forms.CharField(required=False, label="Compared with")

    def __init__(self, data: Any, *, model: RegisteredModel) -> None:
        super().__init__(data)
        self.model = model
        for field in self.fields.values():
            field.widget.attrs |= {"list": "versions-offered", "autocomplete": "off", "spellcheck": "false"}
        self.fields["base"].widget.attrs["placeholder"] = "what is in production"

    def clean_candidate(self) -> ModelVersion:
        """Raises ValidationError unless there is such a version."""
        return self._version(self.cleaned_data["candidate"])

    def clean_base(self) -> ModelVersion | None:
        """Raises ValidationError unless there is such a version, and another one."""
        if not self.cleaned_data["base"]:
            return None
        base = self._version(self.cleaned_data["base"])
        if base == self.cleaned_data.get("candidate"):
            raise forms.ValidationError(f"This is {base.name} twice. Choose another version.")
        return base

    def _version(self, typed: str) -> ModelVersion:
        living = ModelVersion.objects.alive().filter(model=self.model)
        numbered = typed.isdecimal() and typed.isascii() and len(typed) < 10
        found = (living.filter(number=int(typed)).first() if numbered else None) or living.filter(name=typed).first()
        if found is None:
            raise forms.ValidationError(
                f"{self.model.name} has no version “{typed}”. Give the name or the number of one that it has."
            )
        found.model = self.model
        return found

"""Lines of the log as sentences with links, for every page that shows some of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString

from accounts.models import User, Workspace
from accounts.rules import ARTICLE
from activity.models import Activity
from activity.sentences import icon_of, sentence_of
from approvals.policy_words import in_words
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.views.addresses import model_url, version_url

# Where a line keeps what somebody wrote, if not in `comment`.
SAID = {"comment.added": "body", "comment.edited": "body", "stage_change.bypassed": "reason"}
VIA = {
    "api": "API",
    "command": "command line",
    "system": "Stageward itself",
    "page": "",
    "mlflow": "MLflow",
    "databricks": "Databricks",
    "verta": "Verta",
    "arthur": "Arthur",
    "import": "import",
}


@dataclass(frozen=True)
class FeedLine:
    """One line: who (`actor`, or `actor_name` where nobody is), `text` as safe HTML, what was said, and what must not be overlooked."""

    activity: Activity
    actor: User | None
    actor_name: str
    text: SafeString
    icon: str
    at: datetime
    comment: str
    flagged: dict[str, Any]
    mark: str
    via: str
    url: str

    @property
    def sealed(self) -> bool:
        """Whether a seal covers it; read with `select_related("chain__sealedhead")`."""
        head = getattr(self.activity.chain, "sealedhead", None)
        return head is not None and head.seq >= self.activity.seq

    @property
    def words(self) -> str:
        """Who did what, as plain words: a sentence, also where it ends in somebody's own."""
        name = self.actor.display_name if self.actor else self.actor_name
        said = f"{name} {' '.join(unescape(strip_tags(self.text)).split())}"
        return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def feed_lines(activities: Iterable[Activity]) -> list[FeedLine]:
    """Return each line as it is shown, in the same order; five queries whatever their number."""
    lines = list(activities)
    names = Names(lines)
    return [_feed_line(line, names) for line in lines]


def _feed_line(line: Activity, names: "Names") -> FeedLine:
    data = json.loads(line.data)
    return FeedLine(
        activity=line,
        actor=names.people.get(line.actor_id or 0),
        actor_name="The operator" if line.via == "command" else "Stageward",
        text=names.sentence(line, data),
        icon=icon_of(line.verb),
        at=line.created_at,
        comment=str(data.get(SAID.get(line.verb, "comment"), "")),
        flagged=names.flagged(line, data),
        mark="break-glass" if line.verb == "stage_change.bypassed" else str(data.get("effect", "")),
        via=VIA.get(line.via, line.via),
        url=reverse("activity-line", args=[line.pk]),
    )


class Names:
    """What the ids of some lines stand for."""

    def __init__(self, lines: list[Activity]) -> None:
        def ids(*fields: str) -> set[int]:
            return {getattr(line, field) for line in lines for field in fields} - {None}

        self.people = User.objects.in_bulk(ids("actor_id", "person_id") | _stood_in_for(lines))
        self.workspaces = Workspace.objects.in_bulk(ids("workspace_id"))
        self.models = RegisteredModel.objects.defer("readme").in_bulk(ids("model_id"))
        self.versions = ModelVersion.objects.only("name", "number", "deleted_at", "model_id").in_bulk(ids("version_id"))
        self.stages = {(stage.workspace_id, stage.key): stage for stage in Stage.objects.filter(workspace_id__in=self.workspaces)}
        for model in self.models.values():
            model.workspace = self.workspaces[model.workspace_id]
        for version in self.versions.values():
            version.model = self.models[version.model_id]

    def sentence(self, line: Activity, data: dict[str, Any]) -> SafeString:
        """What was done, with links to what still exists."""
        verb = "member.left" if line.verb == "member.removed" and line.person_id == line.actor_id else line.verb
        parts = {
            "version": self._version(line),
            "model": self._model(line),
            "person": self._person(line),
            "who": self._person(line) or format_html("the group <b>{}</b>", data.get("group", "")),
            "workspace": format_html("<b>{}</b>", getattr(self.workspaces.get(line.workspace_id or 0), "title", "")),
            "move": self._move(line, data),
            "stage": format_html("<b>{}</b>", self._stage_name(line, data.get("stage", ""))),
            "fields": _listed(data.get("fields", data)),
            "before": _before(data, "from"),
            "after": _before(data, "to"),
            "role": _role(data.get("role")),
            "role_before": _role(data.get("before")),
            "token": data.get("token", ""),
            "reason": data.get("reason", ""),
            "for_whom": self._for_whom(data),
            "approvals": _voided(data),
            "lifecycle": _lifecycle(data),
            "rules": _rules(data) if line.verb == "lifecycle.changed" else "",
            "left": format_html("<b>{}</b>", " and ".join(self._stage_name(line, key) for key in data.get("left", []))),
            "standing": format_html("<b>{}</b>", self._stage_name(line, line.to_stage)),
            "named": format_html("<b>{}</b>", str(data.get("name", "")) if isinstance(data.get("name"), str) else ""),
            "change": f"{in_words(data.get('to'))} (before: {in_words(data.get('from'))})",
            "period": _period(data),
            "tag": _tag(data),
            "alias": format_html("<b>@{}</b>", data.get("alias", "")),
            "away": f" (before: version {data['from']})" if line.verb == "alias.moved" and data.get("from") else "",
            "held_then": _held_then(data),
            **{word: data.get(word, "") for word in ("name", "status", "kind", "group", "origin", "source")},
            "about": self._version(line) or self._model(line) or self._person(line),
        }
        return format_html(sentence_of(verb), **parts)

    def flagged(self, line: Activity, data: dict[str, Any]) -> dict[str, Any]:
        """The flags of a move, as the template tag `flags` takes them."""
        skipped = [{"name": self._stage_name(line, key)} for key in data.get("skipped_stages", [])]
        return {"skipped_stages": skipped, "direction": data.get("direction", ""), "status": line.verb.rpartition(".")[2]}

    def _stage_name(self, line: Activity, key: str) -> str:
        stage = self.stages.get((line.workspace_id or 0, key))
        return stage.name if stage else key

    def _move(self, line: Activity, data: dict[str, Any]) -> SafeString | str:
        start, end = line.from_stage or data.get("from", ""), data.get("entered") or line.to_stage or data.get("to", "")
        if not (isinstance(start, str) and isinstance(end, str)):
            return ""
        return format_html('<b class="nowrap">{} → {}</b>', self._stage_name(line, start), self._stage_name(line, end))

    def _version(self, line: Activity) -> SafeString | str:
        version = self.versions.get(line.version_id or 0)
        if version is None:
            return ""
        name = f"{version.model.name} {version.name}"
        if version.deleted_at or version.model.deleted_at:
            return format_html("<b>{}</b>", name)
        return format_html('<a href="{}">{}</a>', version_url(version), name)

    def _model(self, line: Activity) -> SafeString | str:
        model = self.models.get(line.model_id or 0)
        if model is None:
            return ""
        return (
            format_html('<a href="{}">{}</a>', model_url(model), model.name)
            if not model.deleted_at
            else format_html("<b>{}</b>", model.name)
        )

    def _for_whom(self, data: dict[str, Any]) -> SafeString | str:
        """In whose name somebody decided; nothing for their own."""
        person = self.people.get(data.get("on_behalf_of") or 0)
        return format_html(" for <b>{}</b>", person.display_name) if person else ""

    def _person(self, line: Activity) -> SafeString | str:
        person = self.people.get(line.person_id or 0)
        if person is None:
            return ""
        if person.pk == line.actor_id:
            return "themselves"
        return format_html('<a href="{}?actor={}">{}</a>', reverse("activity"), person.username, person.display_name)


def _stood_in_for(lines: Iterable[Activity]) -> set[int]:
    """The ids of those in whose name these lines say that somebody decided."""
    return {json.loads(line.data)["on_behalf_of"] for line in lines if '"on_behalf_of"' in line.data} - {None}


def _listed(fields: Iterable[str]) -> str:
    """`metrics, parameters and labels`."""
    words = [str(field).removesuffix("_id").replace("_", " ") for field in fields]
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _before(data: dict[str, Any], side: str) -> str:
    """What a thing was called, or how strict its lock was, before (`from`) or after (`to`)."""
    change = data["name"] if isinstance(data.get("name"), dict) else data
    return str(change.get(side, ""))


def _tag(data: dict[str, Any]) -> SafeString:
    """A tag: its key, and its value where it still has one, as far as a line has room."""
    value = data.get("to")
    return format_html("<b>{}{}</b>", data.get("tag", ""), f": {value[:80]}" if isinstance(value, str) and value else "")


def _role(role: str | None) -> str:
    return ARTICLE.get(role, "") if role else ""  # type: ignore[call-overload]


def _period(data: dict[str, Any]) -> str:
    """From when until when, to the minute."""
    days = [str(data.get(side, ""))[:16].replace("T", " ") for side in ("from", "until")]
    return f"from {days[0]} until {days[1]} UTC"


def _held_then(data: dict[str, Any]) -> str:
    """From when until when a version held a stage elsewhere."""
    days = [str(data.get(side, ""))[:10] for side in ("occurred_at", "left_at")]
    return f"from {days[0]} until {days[1]}" if days[1] else f"since {days[0]}"


def _voided(data: dict[str, Any]) -> str:
    count = len(data.get("reviews", []))
    return "an approval no longer counts" if count == 1 else f"{count} approvals no longer count"


def _lifecycle(data: dict[str, Any]) -> str:
    """What was done to a stage, in words."""
    before, after = data.get("from"), data.get("to")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return "changed"
    if not before:
        return "added"
    if "retired" in after:
        return "retired" if after["retired"] else "brought back"
    return "changed"


def _rules(data: dict[str, Any]) -> str:
    """What a stage is since, and was before: `: name Staging → Test`."""
    before, after = data.get("from"), data.get("to")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    words = [f"{field} {_said(before[field])} → {_said(value)}" for field, value in after.items() if field in before]
    return f": {', '.join(words)}" if words and "retired" not in after else ""


def _said(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)

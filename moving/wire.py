"""What a registry told, in the words of any import. What cannot be understood, or is not taken here, is noted with its reason."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import accumulate
from operator import attrgetter
from typing import Any

from activity.errors import Invalid
from imports.items import Author, EventItem, ModelItem, Note, StageItem, Upstream, VersionItem
from moving.reading import Contents, Model, Row
from registry.content import clean_alias, clean_tag, clean_text, clean_url
from registry.mlflow import MODEL_ID, RUN_ID, SOURCE

NO_STAGE = ("", "none")
READY = "READY"
TEXT = 100_000  # characters of a description
DIGITS = 9  # of a number, so that there are numbers left for what is registered here


class Unclear(Exception):
    """What is told makes no sense; the text says why."""


@dataclass
class _Telling:
    """What one model tells, and what there is to note."""

    notes: list[Note] = field(default_factory=list)

    def kept(self, about: str, what: str, values: Iterable[Any], clean: Callable[[Any], Any]) -> list[Any]:
        """Return what our rules take of these; the rest is noted."""
        taken = []
        for value in values:
            try:
                taken.append(clean(value))
            except Invalid as refused:
                self.notes.append(Note(about, f"{what} was left out. {refused.detail}"))
        return taken


def upstream_of(contents: Contents, title: str) -> Upstream:
    """Return what a registry has, the oldest version first, so that what is new there comes last here."""
    telling = _Telling(list(contents.notes))
    own = _identities(contents.models)
    versions: list[VersionItem] = []
    empty: list[ModelItem] = []
    for model, identity in zip(contents.models, own, strict=True):
        item = _model(model.told, identity, telling)
        told = [each for row in model.versions if (each := _version(item, row, model.told, telling))]
        versions += _in_order(told)
        empty += [] if model.versions else [item]
    versions.sort(key=attrgetter("occurred_at"))
    if any(version.stages for version in versions):
        text = "It keeps no history of stages: each is dated by the last change of its version there."
        telling.notes.append(Note(title, text, skipped=False))
    return Upstream(tuple(versions), tuple(_event(each) for each in versions), tuple(telling.notes), tuple(empty))


def _identities(models: list[Model]) -> list[str]:
    """What makes each model itself, whatever it is called and by whichever address it is read: when it was made, to the millisecond.

    Its name joins in where several were made at that moment.
    """
    made = [str(model.told.get("creation_timestamp")) for model in models]
    common = Counter(made)
    return [
        moment if moment.isdecimal() and common[moment] == 1 else f"{moment} {model.told.get('name')}"
        for moment, model in zip(made, models, strict=True)
    ]


def _model(told: Row, identity: str, telling: _Telling) -> ModelItem:
    name = str(told.get("name"))
    description = telling.kept(name, "Its description", [told.get("description") or ""], _description)
    return ModelItem(
        external_id=identity,
        name=name,
        description=next(iter(description), ""),
        tags=_tags(name, told, telling),
    )


def _description(value: Any) -> str:
    return clean_text(value, "description", TEXT)


def _tags(about: str, told: Row, telling: _Telling) -> tuple[tuple[str, str], ...]:
    pairs = [(tag.get("key"), tag.get("value") or "") for tag in _objects(told, "tags")]
    return tuple(telling.kept(about, "A tag", pairs, lambda pair: clean_tag(*pair)))


def _version(model: ModelItem, row: Row, told: Row, telling: _Telling) -> VersionItem | None:
    about = f"{model.name} {row.get('version')}"
    try:
        number, made = _number(row.get("version")), _moment(row, "creation_timestamp")
        status = row.get("status") or READY
        if status != READY:
            raise Unclear(
                f"It is not registered there to the end ({status}): {row.get('status_message') or 'no reason is told'}."
            )
    except Unclear as unclear:
        telling.notes.append(Note(about, str(unclear)))
        return None
    identity = f"{model.external_id} {number} {row['creation_timestamp']}"
    author = _author(row)
    return VersionItem(
        model=model,
        external_id=identity,
        name=f"v{number}",
        number=number,
        occurred_at=made,
        author=author,
        fields=_fields(about, row, telling),
        stages=_stages(identity, row, made, author),
        tags=_tags(about, row, telling),
        aliases=tuple(telling.kept(about, "An alias", _aliases(told, number), clean_alias)),
    )


def _number(value: Any) -> int:
    text = str(value) if isinstance(value, str | int) else ""
    if text.isascii() and text.isdecimal() and len(text) <= DIGITS and int(text):
        return int(text)
    raise Unclear(f"“{str(value)[:50]}” is no number of a version.")


def _moment(row: Row, key: str) -> datetime:
    value = row.get(key)
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unclear(f"Its {key} is “{str(value)[:50]}”, which is no time.") from None


def _author(row: Row) -> Author:
    user = str(row.get("user_id") or "")
    return Author(user, user if "@" in user else "")


def _fields(about: str, row: Row, telling: _Telling) -> dict[str, Any]:
    """What is approved of a version, and where it was made; as our gateway keeps what MLflow's clients send."""
    source, moved = str(row.get("source") or ""), row.get("artifact_uri")
    origins = {RUN_ID: row.get("run_id"), MODEL_ID: row.get("model_id"), SOURCE: source if moved else ""}
    link = telling.kept(about, "Its run's link", [row.get("run_link") or ""], lambda value: clean_url(value, "run_link"))
    description = telling.kept(about, "Its description", [row.get("description") or ""], _description)
    return {
        "artifact_uri": str(moved or source),
        "attributes": {key: str(text) for key, text in origins.items() if text},
        "run_url": next(iter(link), ""),
        "description": next(iter(description), ""),
    }


def _stages(identity: str, row: Row, made: datetime, author: Author) -> tuple[StageItem, ...]:
    stage = str(row.get("current_stage") or "")
    if stage.casefold() in NO_STAGE:
        return ()
    try:
        entered = max(made, _moment(row, "last_updated_timestamp"))
    except Unclear:
        entered = made
    return (StageItem(external_id=identity, stage=stage, entered_at=entered, author=author),)


def _aliases(told: Row, number: int) -> list[Any]:
    return [each.get("alias") for each in _objects(told, "aliases") if str(each.get("version")) == str(number)]


def _objects(told: Row, key: str) -> list[Row]:
    """What is told under this key, where it is a list of objects."""
    listed = told.get(key)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _in_order(versions: list[VersionItem]) -> list[VersionItem]:
    """By number, none dated before the one ahead of it, so that numbers can be kept whatever clocks said there."""
    ordered = sorted(versions, key=attrgetter("number"))
    moments = accumulate((version.occurred_at for version in ordered), max)
    return [replace(version, occurred_at=moment) for version, moment in zip(ordered, moments, strict=True)]


def _event(version: VersionItem) -> EventItem:
    """That it is there: a later import tells what is there no more."""
    return EventItem(version.external_id, f"{version.model.name} {version.name}", version.author, version.occurred_at)

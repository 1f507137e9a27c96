"""What GTO's tags say, replayed as gto itself does (`gto/registry.py` of 1.10.1): which versions there are and which stages they held.

Deprecations, then registrations, then stages, each by the tagger's time; a tie keeps the order of the tags' names.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gto.tags import Event, TagName, parse, semver_key
from imports.items import Author, EventItem, ModelItem, Note, StageItem, Upstream, VersionItem

SHORT = 7  # characters of a commit
_POISON = "gto fails on the whole repository because of it: delete the tag there."


@dataclass(frozen=True)
class Tag:
    """A tag as the repository has it. `kind` and `target_kind` are types of objects; `at` is empty without a tagger."""

    name: str
    oid: str
    kind: str
    target: str
    target_kind: str
    author: Author
    at: int | None


@dataclass(frozen=True)
class _Told:
    """A tag that counts, with its name read."""

    tag: Tag
    said: TagName

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.tag.at or 0, UTC)


@dataclass
class _Version:
    """One version as it comes together."""

    name: str
    commit: str
    first: _Told
    registered: bool
    alive: bool = True
    stages: list[StageItem] = field(default_factory=list)
    open: dict[str, StageItem] = field(default_factory=dict)

    def assign(self, told: _Told) -> None:
        """Enter a stage; one that is held already is only said again."""
        if told.said.stage not in self.open:
            self.open[told.said.stage] = StageItem(told.tag.oid, told.said.stage, told.at, author=told.tag.author)

    def unassign(self, told: _Told) -> None:
        """Leave a stage; one that is not held is nothing to leave."""
        if entered := self.open.pop(told.said.stage, None):
            self.stages.append(StageItem(entered.external_id, entered.stage, entered.entered_at, told.at, entered.author))


def upstream_of(tags: Iterable[Tag]) -> Upstream:
    """Return what the tags of a repository say, and which of them say nothing, each with why."""
    notes: list[Note] = []
    told = [_Told(tag, said) for tag in tags if (said := _readable(tag, notes))]
    told.sort(key=lambda each: (each.tag.at, each.tag.name))
    by_artifact: dict[str, list[_Told]] = defaultdict(list)
    for each in told:
        by_artifact[each.said.artifact].append(each)
    versions = [item for artifact, some in by_artifact.items() for item in _versions(artifact, some, notes)]
    versions.sort(key=lambda item: (item.occurred_at, item.model.name, _rank(item.name)))
    events = [EventItem(each.tag.oid, each.tag.name, each.tag.author, each.at) for each in told]
    return Upstream(tuple(versions), tuple(events), tuple(notes))


def _readable(tag: Tag, notes: list[Note]) -> TagName | None:
    """What a tag says; None, and a note where it looks like GTO's, for one that says nothing."""
    said = parse(tag.name)
    reason = ""
    if said is None:
        reason = "Its name is none of GTO's, so it says nothing about a model."
    elif tag.kind != "tag":
        reason = "It is a lightweight tag: without who and when, so gto does not read it either."
    elif tag.at is None:
        reason = f"It has no tagger. {_POISON}"
    elif tag.target_kind != "commit":
        reason = f"It points at a {tag.target_kind}, not at a commit. {_POISON}"
    elif said.event == Event.CREATION:
        reason = f"“@created” is no event. {_POISON}"
    if reason:
        notes.append(Note(tag.name, reason))
        return None
    return said


def _versions(artifact: str, told: list[_Told], notes: list[Note]) -> list[VersionItem]:
    """The versions of one artifact, from all that is said of it in order."""
    versions = _registered(told)
    by_commit: dict[str, list[_Version]] = defaultdict(list)
    for version in versions.values():
        by_commit[version.commit].append(version)
    _note_same_second(told, notes)
    for each in told:
        if each.said.event in (Event.ASSIGNMENT, Event.UNASSIGNMENT):
            version = _of_commit(artifact, each, by_commit, notes)
            (version.assign if each.said.event == Event.ASSIGNMENT else version.unassign)(each)
    model = ModelItem(artifact, artifact, archived=told[-1].said.event == Event.DEPRECATION)
    return [_item(model, version) for some in by_commit.values() for version in some]


def _registered(told: list[_Told]) -> dict[str, _Version]:
    versions: dict[str, _Version] = {}
    for each in told:
        if each.said.event == Event.REGISTRATION:
            known = versions.setdefault(each.said.version, _Version(each.said.version, each.tag.target, each, registered=True))
            known.alive = True
        elif each.said.event == Event.DEREGISTRATION and each.said.version in versions:
            versions[each.said.version].alive = False
    return versions


def _of_commit(artifact: str, told: _Told, by_commit: dict[str, list[_Version]], notes: list[Note]) -> _Version:
    """The version that a stage's tag is about: the one registered on its commit."""
    there = by_commit[told.tag.target]
    if not there:
        version = _Version(told.tag.target[:SHORT], told.tag.target, told, registered=False)
        there.append(version)
        text = f"Its commit has no registered version, so it is called {version.name} here, and labelled “not registered”."
        notes.append(Note(told.tag.name, text, skipped=False))
    if len(there) > 1:
        names = ", ".join(version.name for version in there)
        text = f"Its commit has several versions ({names}), which gto refuses. The greatest of them was taken."
        notes.append(Note(told.tag.name, text, skipped=False))
    return max(there, key=lambda version: _rank(version.name))


def _rank(name: str) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]:
    """What orders versions: by SemVer, those that are called by a commit first."""
    return semver_key(name) if name.startswith("v") else ((), False, ())


def _note_same_second(told: list[_Told], notes: list[Note]) -> None:
    seen: dict[tuple[str, int | None], str] = {}
    for each in told:
        if each.said.stage:
            key = (each.said.stage, each.tag.at)
            if key in seen:
                text = (
                    f"It has the same second as {seen[key]}, so their order is not known. By name, as gto does, it comes after."
                )
                notes.append(Note(each.tag.name, text, skipped=False))
            seen[key] = each.tag.name


def _item(model: ModelItem, version: _Version) -> VersionItem:
    stages = sorted([*version.stages, *version.open.values()], key=lambda stage: stage.entered_at)
    external_id = version.first.tag.oid if version.registered else f"{model.external_id}:{version.commit}"
    labels = [] if version.registered else ["not registered"]
    return VersionItem(
        model=model,
        external_id=external_id,
        name=version.name,
        occurred_at=version.first.at,
        author=version.first.tag.author,
        fields={"attributes": {"git_commit": version.commit}, "labels": labels},
        stages=tuple(stages),
        deleted=not version.alive,
    )

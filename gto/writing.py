"""Writing a workspace's tags: what the log says and the repository does not have yet, model by model, in the order of the log.

Nothing is ever moved or removed. A change's tags are written by one transaction of refs, and each names its line: whoever is killed
between that and the note in the database finds them there, and writes nothing twice.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from activity import clock
from activity.models import Activity
from gto.git import GitFailed, git
from gto.models import TaggedModel, TaggedVersion, TagRepository
from gto.names import tagged_version
from gto.source import tags_in
from gto.state import Tag
from gto.tags import Event, parse
from gto.telling import APPLIED, DISPLACED, VERBS, Change, Wanted, changes
from gto.wording import TRAILER, message, tagger
from imports.items import Author
from registry.models import ModelVersion, Stage

CHUNK = 200  # lines of a model that are read at once


def folder_of(repository: TagRepository) -> Path:
    """Where a workspace's repository is kept."""
    return Path(settings.GIT_REPOSITORIES) / f"{repository.workspace.slug}.git"


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Have a repository to oneself on this machine; yields False when somebody else has it. A lock ends with its process."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def write(repository: TagRepository) -> int:
    """Write what is due; how many tags that were. The caller holds the lock. Raises GitFailed."""
    folder, written = folder_of(repository), 0
    stages = list(Stage.objects.filter(workspace=repository.workspace_id).order_by("position", "pk"))
    prepare(folder, [stage.key for stage in stages if stage.kind != Stage.Kind.UNASSIGNED])
    kinds = {stage.key: str(stage.kind) for stage in stages}
    for tagged in repository.models.filter(due_seq__gt=F("seq")).select_related("model").order_by("pk"):
        written += _Pen(folder, tagged, kinds).write()
    return written


def prepare(folder: Path, stages: list[str]) -> None:
    """Make the repository where there is none, and let it name these stages: gto hides those that `.gto` does not list.

    gto reads the file in the folder of a bare repository, and the committed one in a clone.
    """
    if not (folder / "HEAD").exists():
        folder.mkdir(parents=True, exist_ok=True)
        git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main"], folder=folder)
    text = f"stages: {json.dumps(stages)}\n"
    if _committed(folder) != text:
        tree = _tree(folder, {".gto": text, "README.md": _README})
        before = _try(["rev-parse", "--quiet", "--verify", "refs/heads/main"], folder)
        commit = _commit(folder, tree, "The stages of the workspace", int(clock.now().timestamp()), before)
        git(["update-ref", "refs/heads/main", commit, before or "0" * 40], folder=folder)
    if not (folder / ".gto").exists() or (folder / ".gto").read_text() != text:
        (folder / ".gto").write_text(text)


_README = """\
Written by Stageward: registrations and stage changes of one workspace, as GTO's tags.

Nothing here is read back: a tag that somebody adds changes nothing in Stageward.
"""


def _committed(folder: Path) -> str:
    return _try(["show", "refs/heads/main:.gto"], folder, strip=False)


def _try(arguments: list[str], folder: Path, *, strip: bool = True) -> str:
    try:
        answer = git(arguments, folder=folder).decode()
    except GitFailed:
        return ""
    return answer.strip() if strip else answer


def _tree(folder: Path, files: dict[str, str]) -> str:
    rows = [f"100644 blob {_object(folder, text)}\t{name}\n" for name, text in sorted(files.items())]
    return git(["mktree"], folder=folder, said="".join(rows).encode()).decode().strip()


def _object(folder: Path, text: str) -> str:
    return git(["hash-object", "-w", "--stdin"], folder=folder, said=text.encode()).decode().strip()


def _commit(folder: Path, tree: str, message: str, at: int, parent: str = "") -> str:
    who = f"Stageward <stageward@{_host()}.invalid> {at} +0000"
    text = f"tree {tree}\n{f'parent {parent}{chr(10)}' if parent else ''}author {who}\ncommitter {who}\n\n{message}\n"
    return git(["hash-object", "-t", "commit", "-w", "--stdin"], folder=folder, said=text.encode()).decode().strip()


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def escaped(name: str) -> str:
    """A model's name as it stands in tags: `models/cv:seg` is `models/cv=seg`."""
    return name.replace(":", "=")


class _Pen:
    """Writes one model's lines."""

    def __init__(self, folder: Path, tagged: TaggedModel, kinds: dict[str, str]) -> None:
        self.folder, self.tagged, self.kinds = folder, tagged, kinds
        name = escaped(tagged.name)
        self.there = tags_in(folder, f"refs/tags/{name}@*", f"refs/tags/{name}#*")
        self.lines = _lines_in(folder, name)
        self.counter = max((said.counter or 0 for tag in self.there if (said := parse(tag.name))), default=0)
        self.seconds = {tag.at or 0 for tag in self.there}
        self.commits = {said.version: tag.target for tag in self.there if (said := parse(tag.name)) and said.version}

    def write(self) -> int:
        """Write all that is due of the model; how many tags."""
        written = 0
        while lines := self._due():
            upto = lines[-1].seq
            relevant = [line for line in lines if line.verb in VERBS]
            for change in changes(relevant, self.kinds):
                written += self._change(change)
            TaggedModel.objects.filter(pk=self.tagged.pk).update(seq=upto)
            self.tagged.seq = upto
        return written

    def _due(self) -> list[Activity]:
        """The next lines of the model's chain; never a part of what belongs together."""
        rows = Activity.objects.filter(chain__key=f"model:{self.tagged.model_id}", seq__gt=self.tagged.seq).order_by("seq")
        lines = list(rows[:CHUNK])
        while lines and (more := rows.filter(seq__gt=lines[-1].seq).first()):
            if more.verb != DISPLACED or lines[-1].verb not in (APPLIED, DISPLACED):
                break
            lines.append(more)
        return lines

    def _change(self, change: Change) -> int:
        """Write the tags of a change, all or none; none when they are there."""
        if any(line.pk in self.lines for line in change.lines):
            return 0
        made = [tag for wanted in change.tags if (tag := self._tag(wanted))]
        if made:
            refs = [f"create refs/tags/{name} {oid}" for name, oid in made]
            said = "\n".join(["start", *refs, "prepare", "commit", ""])
            git(["update-ref", "--stdin"], folder=self.folder, said=said.encode())
        self.lines |= {line.pk for line in change.lines}
        return len(made)

    def _tag(self, wanted: Wanted) -> tuple[str, str] | None:
        """Write the object of one tag; its name and its object. None where there is nothing to say it of."""
        version = self._version(wanted)
        commit = (
            self._commit_of(version, wanted)
            if version
            else max(self.there, key=lambda tag: tag.at or 0).target
            if self.there
            else ""
        )
        if not commit:
            return None
        name, at = self._name(wanted, version), self._second(wanted)
        text = message(wanted, self.tagged.name, version.name if version else "")
        who = tagger(wanted)
        body = f"object {commit}\ntype commit\ntag {name}\ntagger {who} {at} +0000\n\n{text}"
        oid = git(["mktag"], folder=self.folder, said=body.encode()).decode().strip()
        self.there.append(Tag(name, oid, "tag", commit, "commit", Author(), at))
        return name, oid

    def _version(self, wanted: Wanted) -> TaggedVersion | None:
        """The version that a tag is about: the line's own; for a model that is back, the last of its versions that is there."""
        if wanted.line.version_id:
            return tagged_version(self.tagged, ModelVersion.objects.get(pk=wanted.line.version_id))
        if wanted.event == Event.DEPRECATION:
            return None
        living = self.tagged.versions.filter(version__deleted_at=None)
        return living.order_by("-version__number").first()

    def _commit_of(self, version: TaggedVersion, wanted: Wanted) -> str:
        """A version's own commit, made at its registration. What it says never changes, so it is the same when it is written anew."""
        if version.name not in self.commits:
            said = {
                "model": self.tagged.name,
                "version": version.name,
                "number": version.version.number,
                "stageward": {"line": wanted.line.pk, "hash": wanted.line.hash},
            }
            tree = _tree(self.folder, {"version.json": json.dumps(said, indent=2) + "\n"})
            title = f"{self.tagged.name} {version.name}"
            self.commits[version.name] = _commit(self.folder, tree, title, int(wanted.at.timestamp()))
        return self.commits[version.name]

    def _name(self, wanted: Wanted, version: TaggedVersion | None) -> str:
        """The tag's name; all but the first registration carry a counter, so that none stands in another's way."""
        artifact, mark = escaped(self.tagged.name), "!" if wanted.event in (Event.UNASSIGNMENT, Event.DEREGISTRATION) else ""
        what = {Event.ASSIGNMENT: f"#{wanted.stage}", Event.UNASSIGNMENT: f"#{wanted.stage}", Event.DEPRECATION: "@deprecated"}
        plain = f"{artifact}{what.get(wanted.event) or f'@{version.name if version else chr(45)}'}{mark}"
        if wanted.event == Event.REGISTRATION and plain not in {tag.name for tag in self.there}:
            return plain
        self.counter += 1
        return f"{plain}#{self.counter}"

    def _second(self, wanted: Wanted) -> int:
        """When a tag says that it happened: gto knows whole seconds alone, and takes two in one second in the wrong order.

        So each has its own, later than all before it; what happened elsewhere keeps its time, or the next that is free.
        """
        at = int(wanted.at.timestamp())
        if not wanted.past and self.seconds:
            at = max(at, max(self.seconds) + 1)
        while at in self.seconds:
            at += 1
        self.seconds.add(at)
        return at


def _lines_in(folder: Path, name: str) -> set[int]:
    """The ids of the lines that a model's tags name."""
    patterns = (f"refs/tags/{name}@*", f"refs/tags/{name}#*")
    said = git(["for-each-ref", f"--format=%(contents:trailers:key={TRAILER},valueonly)", *patterns], folder=folder)
    return {int(word) for word in said.decode().split() if word.isdecimal()}

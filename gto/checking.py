"""Whether what was written says what the registry says, and how it is written anew."""

from collections.abc import Iterable
from pathlib import Path

from django.db.models import F

from activity import clock
from gto.models import TaggedModel, TagRepository
from gto.source import tags_in
from gto.state import upstream_of
from gto.writing import folder_of, locked
from imports.items import VersionItem
from registry.models import StageAssignment

Holding = tuple[str, str, str]  # model, version, stage


def differences(repository: TagRepository) -> list[str]:
    """Return what the tags say otherwise than the registry, in words; nothing when they agree."""
    folder = folder_of(repository)
    if not (folder / "HEAD").exists():
        return [f"There is no repository at {folder}."]
    upstream = upstream_of(tags_in(folder))
    found = [f"{note.about}: {note.text}" for note in upstream.notes]
    there = _there(upstream.versions)
    held = StageAssignment.objects.now().filter(model__tagged__repository=repository, version__deleted_at=None)
    here = set(held.values_list("model__tagged__name", "version__tagged__name", "stage__key"))
    waiting = repository.models.filter(due_seq__gt=F("seq")).order_by("name").values_list("name", flat=True)
    found += [f"{model} {version} is in {stage}, but the tags do not say so." for model, version, stage in sorted(here - there)]
    found += [
        f"The tags say that {model} {version} is in {stage}, and it is not." for model, version, stage in sorted(there - here)
    ]
    return found + [f"Lines of {name} wait to be written." for name in waiting]


def _there(versions: Iterable[VersionItem]) -> set[Holding]:
    return {
        (item.model.name, item.name, stage.stage)
        for item in versions
        if not item.deleted
        for stage in item.stages
        if stage.left_at is None
    }


def set_aside(repository: TagRepository) -> Path | None:
    """Move the repository aside, so that the worker writes it anew from the log; where it is now. Names stay. None while it is in use."""
    folder = folder_of(repository)
    with locked(folder) as mine:
        if not mine:
            return None
        aside = folder.with_name(f"{folder.stem}.{clock.now():%Y%m%d-%H%M%S}.git")
        if folder.exists():
            folder.rename(aside)
        TaggedModel.objects.filter(repository=repository).update(seq=0)
        TagRepository.objects.filter(pk=repository.pk).update(tags=0, written_at=None, enrolled=False, next_write_at=None)
    return aside

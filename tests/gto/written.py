"""What tests of written tags ask for: switching on, having it written, and reading what is there."""

from pathlib import Path
from typing import Any

from activity.unit import unit_of_work
from gto.git import git
from gto.keeping import keep
from gto.models import TagRepository
from gto.services import keep_tag_repository
from gto.source import tags_in
from gto.state import upstream_of
from gto.writing import folder_of
from imports.items import Upstream
from notifications.outbox import drain
from registry.models import StageAssignment
from tests.cast import Team, caller


def switch_on(team: Team, **fields: Any) -> TagRepository:
    with unit_of_work():
        return keep_tag_repository(workspace_id=team.workspace.pk, by=caller(team.admin), **fields)


def told(team: Team) -> Path:
    """Everything that waits is told and written; the repository's folder."""
    drain()
    keep()
    repository = TagRepository.objects.select_related("workspace").get(workspace=team.workspace)
    assert (repository.write_error, repository.push_error) == ("", "")
    return folder_of(repository)


def tags(folder: Path) -> list[str]:
    """The tags in the order of their time."""
    return git(["for-each-ref", "--sort=taggerdate", "--format=%(refname:strip=2)", "refs/tags"], folder=folder).decode().split()


def text(folder: Path, tag: str) -> str:
    return git(["cat-file", "tag", tag], folder=folder).decode()


def read(folder: Path) -> Upstream:
    upstream = upstream_of(tags_in(folder))
    assert upstream.notes == ()
    return upstream


def held_there(folder: Path) -> list[tuple[str, str, str]]:
    """Who holds what, as the tags say."""
    versions = [item for item in read(folder).versions if not item.deleted]
    return sorted(
        (item.model.name, item.name, stage.stage) for item in versions for stage in item.stages if stage.left_at is None
    )


def held_here(team: Team) -> list[tuple[str, str, str]]:
    """Who holds what, in the words of the tags."""
    held = StageAssignment.objects.now().filter(model__workspace=team.workspace, version__deleted_at=None)
    return sorted(held.values_list("model__tagged__name", "version__tagged__name", "stage__key"))

"""Pushing what was written: in which portions, again after a failure, and never over what somebody else wrote."""

from pathlib import Path
from typing import Any

import pytest

from activity import clock
from activity.unit import unit_of_work
from gto.git import git
from gto.keeping import keep
from gto.models import TagRepository
from gto.services import keep_tag_repository
from notifications.outbox import drain
from tests.cast import Team, caller
from tests.gto.repositories import Repository
from tests.gto.written import switch_on, tags, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote(repositories: Path) -> Repository:
    """An empty remote that notes what each push brings."""
    made = Repository(repositories / "remote.git")
    hook = made.folder / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ngrep -c refs/tags >> pushes\n")
    hook.chmod(0o755)
    return made


def pushes(remote: Repository) -> list[int]:
    """How many tags each push brought."""
    return [int(line) for line in (remote.folder / "pushes").read_text().split()]


def test_the_first_push_brings_the_history_at_once_and_later_ones_three_tags_at_most(team: Team, remote: Repository):
    first, second = team.version(name="v1.0.0"), team.version(name="v2.0.0")
    team.move(first, "dev", "prod")
    switch_on(team, remote=str(remote.folder))
    folder = told(team)
    assert tags(remote.folder) == tags(folder)
    assert pushes(remote) == [4]
    team.move(second, "dev", "stage", "unassigned")
    told(team)
    assert tags(remote.folder) == tags(folder)
    assert pushes(remote) == [4, 2, 2]  # what belongs to one change comes together
    assert git(["show", "main:.gto"], folder=remote.folder) == git(["show", "main:.gto"], folder=folder)


def test_a_push_that_fails_is_told_and_tried_again_until_it_succeeds(team: Team, remote: Repository):
    switch_on(team, remote=str(remote.folder))
    away = remote.folder.rename(remote.folder.with_name("away.git"))
    team.version(name="v1.0.0")
    drain()
    keep()
    row = TagRepository.objects.get()
    assert (row.push_failures, row.pushed_at, row.write_error, row.tags) == (1, None, "", 1)
    assert "does not appear to be a git repository" in row.push_error
    assert row.next_push_at is not None
    assert row.next_push_at > clock.now()
    keep()
    assert TagRepository.objects.get().push_failures == 1  # not before its time
    away.rename(remote.folder)
    TagRepository.objects.update(next_push_at=clock.now())
    told(team)
    row = TagRepository.objects.get()
    assert (row.push_failures, row.push_error, row.next_push_at) == (0, "", None)
    assert tags(remote.folder) == ["churn@v1.0.0"]


def test_a_tag_of_somebody_else_is_never_overwritten(team: Team, remote: Repository):
    remote.tag("churn@v1.0.0", remote.commit("theirs"), 1000)
    switch_on(team, remote=str(remote.folder))
    team.version(name="v1.0.0")
    drain()
    keep()
    assert TagRepository.objects.get().push_error.startswith(
        "The remote has a tag churn@v1.0.0 of its own, so nothing was pushed."
    )
    assert not (remote.folder / "pushes").exists()


def test_a_token_is_kept_encrypted_and_forgotten_with_the_address(team: Team):
    def keep_it(**fields: Any) -> TagRepository:
        with unit_of_work():
            return keep_tag_repository(workspace_id=team.workspace.pk, by=caller(team.admin), **fields)

    row = keep_it(remote="https://git.example.org/a.git", token="a-secret-token")
    assert "a-secret-token" not in row.token
    kept = row.token
    assert keep_it(remote="https://git.example.org/a.git", user="x").token == kept
    assert keep_it(remote="https://git.example.org/b.git").token == ""

"""What tests of GTO ask for: a team in a workspace of environments, and a folder in which repositories may be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activity.unit import unit_of_work
from imports.models import Import
from imports.running import run_due
from imports.services import start_import
from tests.cast import Team, caller, make_team
from tests.gto.repositories import Repository, example

Bring = Callable[..., Import]


@pytest.fixture
def team(db: None) -> Team:
    return make_team(preset="gto")


@pytest.fixture
def repositories(tmp_path: Path, settings: Any) -> Path:
    """A folder of the server that may be read and written."""
    settings.GIT_FOLDERS = [str(tmp_path)]
    return tmp_path


@pytest.fixture
def upstream(repositories: Path) -> Repository:
    """The example's repository."""
    return example(repositories / "example-gto")


@pytest.fixture
def bring(team: Team) -> Bring:
    """`bring(repository)`: an import by the admin, from its start to its end."""

    def run(repository: Repository, **options: Any) -> Import:
        with unit_of_work():
            started = start_import(
                workspace_id=team.workspace.pk,
                kind="gto",
                source=str(repository.folder),
                options=options,
                by=caller(team.admin),
            )
        run_due()
        return Import.objects.get(pk=started.pk)

    return run


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.GIT_REPOSITORIES = str(tmp_path / "written")

"""What tests of moving in ask for: a team, a registry to come from, and an import from its start to its end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from activity.unit import unit_of_work
from imports.models import Import
from imports.running import run_due
from imports.services import start_import
from moving import asking
from tests.cast import Team, caller, make_team
from tests.moving.registry import Registry, registry

Bring = Callable[..., Import]


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def upstream(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry that this installation may read; what it takes to wait for it is over at once."""
    settings.IMPORT_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    monkeypatch.setattr(asking, "PAUSES", (0.0, 0.0, 0.0))
    with registry() as server:
        yield server


@pytest.fixture
def bring(team: Team) -> Bring:
    """`bring(url)`: an import by the admin, from its start to its end."""

    def run(source: str, kind: str = "mlflow", **options: Any) -> Import:
        with unit_of_work():
            started = start_import(
                workspace_id=team.workspace.pk, kind=kind, source=source, options=options, by=caller(team.admin)
            )
        run_due()
        return Import.objects.get(pk=started.pk)

    return run


def said(run: Import) -> list[tuple[str, str, str]]:
    """Its report."""
    return list(run.report.values_list("level", "about", "text"))

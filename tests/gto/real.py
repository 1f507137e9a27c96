"""The real gto, in an environment of its own, and what it should say."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from registry.models import ModelVersion, RegisteredModel, StageAssignment
from tests import machine
from tests.cast import Team

READ = Path(__file__).parents[1] / "foreign" / "gto" / "read.py"


def real_gto(*folders: Path) -> list[dict[str, Any]]:
    """What gto shows of each repository, and every event that it sees. Skips the test where gto cannot be had."""
    machine.need("gto")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folders[0].parent), "GIT_PYTHON_REFRESH": "quiet"}
    command = [machine.python_of("gto"), READ, *folders]
    done = subprocess.run(
        command, env=environment, cwd=folders[0].parent, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def should_show(team: Team) -> dict[str, dict[str, list[str]]]:
    """Who is in which stage of each model that is neither archived nor deleted, by the registry."""
    models = RegisteredModel.objects.filter(workspace=team.workspace, archived_at=None, deleted_at=None)
    versions = ModelVersion.objects.alive().filter(model__in=models)
    shown: dict[str, dict[str, list[str]]] = {name: {} for name in versions.values_list("model__tagged__name", flat=True)}
    held = StageAssignment.objects.now().filter(version__in=versions)
    for model, stage, version in held.values_list("model__tagged__name", "stage__key", "version__tagged__name"):
        shown[model].setdefault(stage, []).append(version)
    return {model: {stage: sorted(names) for stage, names in stages.items()} for model, stages in shown.items()}


def should_tell(team: Team) -> Counter[tuple[str, str, str, str]]:
    """How often each version entered and left each stage, by who held what when: what ended with a deletion was not left."""
    events: Counter[tuple[str, str, str, str]] = Counter()
    held = StageAssignment.objects.filter(model__workspace=team.workspace).select_related(
        "version__tagged", "model__tagged", "stage"
    )
    for holding in held:
        of = (holding.model.tagged.name, holding.version.tagged.name, holding.stage.key)
        events["assignment", *of] += 1
        if holding.left_at and (holding.closed_by_request_id or holding.imported_activity_id):
            events["unassignment", *of] += 1
    return events


def tells(history: list[list[str]]) -> Counter[tuple[str, str, str, str]]:
    """The same, as gto's events say it."""
    moves = [(event, artifact, version, stage) for artifact, event, version, stage in history if stage]
    return Counter(moves)


def check_agreement(*teams_and_folders: tuple[Team, Path]) -> None:
    """Gto shows what the registry says, and has the same history, each event after the one that it follows."""
    said = real_gto(*(folder for _, folder in teams_and_folders))
    for (team, _), each in zip(teams_and_folders, said, strict=True):
        assert {name: stages for name, stages in each["show"].items() if stages} == {
            name: stages for name, stages in should_show(team).items() if stages
        }
        assert set(should_show(team)) <= set(each["show"])
        assert tells(each["history"]) == should_tell(team)
        _check_order(each["history"])


def _check_order(history: list[list[str]]) -> None:
    """Every version is registered before it moves, and enters a stage before it leaves it."""
    held: set[tuple[str, str, str]] = set()
    registered: set[tuple[str, str]] = set()
    for artifact, event, version, stage in history:
        if event == "registration":
            registered.add((artifact, version))
        elif stage:
            assert (artifact, version) in registered
            assert ((artifact, version, stage) in held) == (event == "unassignment"), (artifact, event, version, stage)
            (held.remove if event == "unassignment" else held.add)((artifact, version, stage))

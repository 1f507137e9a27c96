"""Tables of what follows from what in each kind of lifecycle, row after row, and the two ways to go through them."""

from dataclasses import dataclass
from typing import Any

from activity.errors import DomainError
from registry.models import ModelVersion, StageAssignment
from tests.cast import Team

U, A = "unassigned", "archived"
S, P = "staging", "production"


@dataclass(frozen=True)
class Row:
    """`do`: what is done; `refused`: the code where it is not; then who is where, the latest entry first; by number."""

    do: tuple[Any, ...]
    held: dict[str, list[int]]
    archived: list[int]
    stages: list[str | None]
    refused: str = ""
    deletable: list[int] | None = None
    history: str = ""


# The state table of contracts/chariot.md: three versions, then a fourth; `to` is set_stage.
CHARIOT = [
    Row(("to", 1, S), {S: [1], P: []}, [], [S, U, U], deletable=[2, 3], history="1S"),
    Row(("to", 1, P), {S: [1], P: [1]}, [], [P, U, U], deletable=[2, 3], history="1P 1S"),
    Row(("to", 2, P), {S: [1], P: [2]}, [1], [S, P, U], deletable=[3], history="2P 1P 1S"),
    Row(("delete", 1), {S: [1], P: [2]}, [1], [S, P, U], "protected", [3], "2P 1P 1S"),
    Row(("delete", 2), {S: [1], P: [2]}, [1], [S, P, U], "protected", [3], "2P 1P 1S"),
    Row(("to", 3, S), {S: [3], P: [2]}, [1], [A, P, S], "", [], "3S 2P 1P 1S"),
    Row(("delete", 1), {S: [3], P: [2]}, [1], [A, P, S], "protected", [], "3S 2P 1P 1S"),
    Row(("delete", 3), {S: [3], P: [2]}, [1], [A, P, S], "protected", [], "3S 2P 1P 1S"),
    Row(("to", 2, S), {S: [2], P: [2]}, [1], [A, P, U], "", [3], "2S 3S 2P 1P 1S"),
    Row(("to", 1, P), {S: [2], P: [1]}, [2], [P, S, U], "", [3], "1P 2S 3S 2P 1P 1S"),
    Row(("to", 1, P), {S: [2], P: [1]}, [2], [P, S, U], "same-stage", [3], "1P 2S 3S 2P 1P 1S"),
    Row(("delete", 3), {S: [2], P: [1]}, [2], [P, S, None], "", [], "1P 2S 3S 2P 1P 1S"),
    Row(("create",), {S: [2], P: [1]}, [2], [P, S, None, U], "", [4], "1P 2S 3S 2P 1P 1S"),
    Row(("to", 4, S), {S: [4], P: [1]}, [2], [P, A, None, S], "", [], "4S 1P 2S 3S 2P 1P 1S"),
    Row(("to", 4, P), {S: [4], P: [4]}, [1, 2], [A, A, None, P], "", [], "4P 4S 1P 2S 3S 2P 1P 1S"),
]
# Verta and MLflow: a version leaves what it holds, a stage takes several.
MOVES = [
    Row(("to", 1, S), {S: [1], P: []}, [], [S, U, U]),
    Row(("to", 1, P), {S: [], P: [1]}, [], [P, U, U]),
    Row(("to", 2, P), {S: [], P: [2, 1]}, [], [P, P, U]),
    Row(("to", 2, S), {S: [2], P: [1]}, [2], [P, S, U]),
    Row(("to", 1, A), {S: [2], P: []}, [1, 2], [A, S, U]),
    Row(("to", 3, S), {S: [3, 2], P: []}, [1, 2], [A, S, S]),
    Row(("to", 3, U), {S: [2], P: []}, [1, 2], [A, S, U], deletable=[3]),
    Row(("to", 1, P), {S: [2], P: [1]}, [2], [P, S, U]),
    Row(("to", 1, U), {S: [2], P: []}, [1, 2], [U, S, U]),
    Row(("delete", 1), {S: [2], P: []}, [1, 2], [U, S, U], "protected"),
]
# GTO: a version may be in several environments, an environment may have several versions.
GTO = [
    Row(("to", 1, "stage"), {"stage": [1], "prod": []}, [], ["stage", U]),
    Row(("to", 1, "prod"), {"stage": [1], "prod": [1]}, [], ["prod", U]),
    Row(("to", 2, "prod"), {"stage": [1], "prod": [2, 1]}, [], ["prod", "prod"]),
    Row(("to", 2, U), {"stage": [1], "prod": [1]}, [2], ["prod", U]),
    Row(("to", 1, "prod"), {"stage": [1], "prod": [1]}, [2], ["prod", U], "same-stage"),
    Row(("to", 2, "dev"), {"dev": [2], "stage": [1], "prod": [1]}, [2], ["prod", "dev"]),
    Row(("to", 2, "stage"), {"dev": [2], "stage": [2, 1], "prod": [1]}, [2], ["prod", "stage"]),
    Row(("to", 1, U), {"dev": [2], "stage": [2], "prod": []}, [1, 2], [U, "stage"]),
]
MLFLOW = [
    Row(
        tuple("none" if part == U else part for part in row.do),
        row.held,
        row.archived,
        ["none" if stage == U else stage for stage in row.stages],
        row.refused,
        row.deletable,
    )
    for row in MOVES
]
TABLES = {"chariot": (CHARIOT, 3), "verta": (MOVES, 3), "mlflow": (MLFLOW, 3), "gto": (GTO, 2)}


def version_of(team: Team, number: int) -> ModelVersion:
    """The version with that number."""
    return ModelVersion.objects.select_related("model").get(model=team.model, number=number)


def by_services(team: Team, what: str, *arguments: Any) -> str:
    """Do a row's deed by the services; the code where it is refused."""
    try:
        if what == "create":
            team.version()
        elif what == "delete":
            team.delete(version_of(team, arguments[0]))
        else:
            team.approve(team.ask(version_of(team, arguments[0]), arguments[1]))
    except DomainError as refused:
        return refused.code
    return ""


def standing(team: Team) -> list[str | None]:
    """The stage of each version, by number; None for a deleted one."""
    rows = ModelVersion.objects.filter(model=team.model).order_by("number").values_list("stage", "deleted_at")
    return [None if deleted else stage for stage, deleted in rows]


def holders(team: Team, *keys: str) -> dict[str, list[int]]:
    """Who holds these stages, the latest entry first."""
    held = StageAssignment.objects.now().filter(model=team.model).order_by("-entered_at", "-pk")
    rows = list(held.values_list("stage__key", "version__number"))
    return {key: [number for stage, number in rows if stage == key] for key in keys}

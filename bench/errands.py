"""What is measured: errands, each one call or several, where `{id}` in an address is the id that the call before answered with."""

from dataclasses import dataclass

from bench.world import SMALL, SMALL_VERSIONS, SUBJECT, World

BASE = "/api/v1/workspaces/default/models"
STAGING = "stage%20%3D%3D%20staging"


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    token: str
    body: dict[str, str] | None = None


Errand = list[Call]


@dataclass(frozen=True)
class Case:
    """A name, and errands of one sort; those that change something can be run once."""

    name: str
    errands: list[Errand]
    once: bool = False


def cases(world: World, versions: int) -> list[Case]:
    """Return all cases for a world whose subject has so many versions."""
    small = min(versions, SMALL_VERSIONS)
    numbers = range(1, small + 1)

    def get(path: str) -> Errand:
        return [Call("GET", f"{BASE}/{path}", world.engineer)]

    return [
        Case("read a version", [get(f"{SMALL}/versions/{number}") for number in numbers]),
        Case(f"list 50 of {small:,} versions", [get(f"{SMALL}/versions")]),
        Case(f"list 50 of {versions:,} versions", [get(f"{SUBJECT}/versions")]),
        Case(f"find by stage in {versions:,} versions", [get(f"{SUBJECT}/versions?find={STAGING}")]),
        Case("request + approve", [move(world, *version) for version in world.movable], once=True),
    ]


def move(world: World, model: str, number: int) -> Errand:
    """Ask that a version move to Development, and approve it as somebody else."""
    return [
        Call("POST", f"{BASE}/{model}/versions/{number}/stage-change-requests", world.engineer, {"to_stage": "development"}),
        Call("POST", "/api/v1/stage-change-requests/{id}/approve", world.reviewer, {}),
    ]

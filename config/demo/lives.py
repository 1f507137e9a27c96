"""Ordinary lives of versions: registered, moved stage by stage at somebody's pace, left where they are."""

from collections.abc import Iterable, Iterator
from random import Random

from config.demo.acts import approve, ask, register
from config.demo.diary import Entry, of
from config.demo.weights import Model

CLIMB = ("development", "staging", "production")
LATEST = 0.4  # working days ago: ordinary lives end before what the scenes show of today
WAITS = (0.05, 0.12, 0.3, 0.6, 1.1, 2.4)  # working days until somebody decides
FATES = {"unassigned": 34, "development": 26, "staging": 22, "production": 18}


def approvers(workspace: str, to: str) -> tuple[str, ...]:
    """Who approves a move into a stage: as many as the policy of that workspace asks for."""
    if workspace == "research":
        return () if to == "development" else ("reviewer",)
    return ("reviewer", "risk") if to == "production" else ("reviewer",)


def moved(ago: float, who: str, to: str, *by: str, wait: float = 0.3, says: str | None = None) -> Iterator[Entry]:
    """Somebody asks, and each of the others approves after a wait."""
    yield Entry(ago, who, ask, to=to, says=says)
    for place, approver in enumerate(by, start=1):
        yield Entry(ago - wait * place, approver, approve)


def climbed(ago: float, who: str, to: str, pace: float = 2.0, workspace: str = "default") -> Iterator[Entry]:
    """A version is registered and moved one stage after the other until `to`, `pace` working days apart, as far as time allows."""
    yield Entry(ago, who, register)
    for step, stage in enumerate(CLIMB[: CLIMB.index(to) + 1] if to in CLIMB else ()):
        asked, by, wait = ago - 0.2 - pace * step, approvers(workspace, stage), pace / 4
        if asked - wait * len(by) < LATEST:
            return
        yield from moved(asked, who, stage, *by, wait=wait)


def ordinary(models: Iterable[Model], workspace: str, random: Random) -> Iterator[Entry]:
    """The lives of models that no scene is about."""
    for model in models:
        who = random.choice(("engineer", "engineer", "scientist"))
        start = random.uniform(30, 61)
        for position, weights in enumerate(model.versions):
            last = position == len(model.versions) - 1
            fate = random.choices(list(FATES), list(FATES.values()))[0]
            began = start if not position else random.uniform(8, start - 6)
            pace = random.choice(WAITS) * 4
            yield from of(model.name, weights.name, climbed(began, who, fate, pace, workspace))
            ended = began - 0.2 - pace * 3 - random.uniform(2, 6)
            if not last and fate != "unassigned" and ended > LATEST + 1:
                yield from of(model.name, weights.name, moved(ended, who, "archived", "reviewer", wait=random.choice(WAITS[:4])))

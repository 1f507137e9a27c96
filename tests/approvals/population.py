"""Random teams in the middle of their work: what hypothesis draws is done through the services, and undone afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from accounts.models import Role, User
from accounts.services import remove_member
from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.cast import Team, caller

WHO = ("admin", "engineer", "reviewer", "second_reviewer", "viewer", "service")
STAGES = ("development", "staging", "production", "archived")


@contextmanager
def undone() -> Iterator[None]:
    """What the block writes is rolled back at its end; units of work take it for the transaction of a test."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def _member_removed(team: Team, user: User) -> None:
    with unit_of_work():
        remove_member(workspace_id=team.workspace.pk, user_id=user.pk, by=caller(team.admin))


@st.composite
def steps(draw: Any) -> Callable[[Team], None]:
    """One thing that somebody does; what the rules refuse is simply not done."""
    kind = draw(st.sampled_from(["ask", "ask", "approve", "approve", "withdraw", "reject", "revoke", "edit", "lock", "role", "let go",
                                 "remove", "policy"]))  # fmt: skip
    one, other = draw(st.sampled_from(WHO)), draw(st.sampled_from(WHO))
    number, choice = draw(st.integers(0, 2)), draw(st.integers(0, 3))
    doing: dict[str, Callable[[Team, ModelVersion, StageChangeRequest | None], object]] = {
        "ask": lambda team, version, asked: team.ask(version, STAGES[choice], by=getattr(team, one)),
        "approve": lambda team, version, asked: asked and team.approve(asked, by=getattr(team, one)),
        "withdraw": lambda team, version, asked: asked and team.withdraw(asked, by=getattr(team, one)),
        "reject": lambda team, version, asked: asked and team.reject(asked, by=getattr(team, one)),
        "revoke": lambda team, version, asked: asked and team.revoke(asked, by=getattr(team, one)),
        "edit": lambda team, version, asked: team.edit(version, by=getattr(team, one), metrics={"auc": choice % 2}),
        "lock": lambda team, version, asked: team.lock(version, ("open", "open", "redact", "closed")[choice]),
        "role": lambda team, version, asked: team.role(getattr(team, one), list(Role)[choice % 3], by=getattr(team, other)),
        "let go": lambda team, version, asked: team.let_go(getattr(team, one)),
        "remove": lambda team, version, asked: _member_removed(team, getattr(team, one)),
        "policy": lambda team, version, asked: team.policy(STAGES[number], choice, bool(choice % 2)),
    }  # fmt: skip

    def do(team: Team) -> None:
        version = ModelVersion.objects.get(model=team.model, number=number + 1)
        asked = StageChangeRequest.objects.filter(version=version).order_by("-pk").first()
        with suppress(DomainError):
            doing[kind](team, version, asked)

    return do


histories = st.lists(steps(), max_size=14)

"""Random teams in the middle of their work: what hypothesis draws is done through the services, and undone afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from accounts.models import ApproverGroup, Role, User
from accounts.services import add_to_group, remove_from_group, remove_member
from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import Collaborator, ModelVersion
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


def _in_or_out(team: Team, user: User, by: User) -> None:
    group = ApproverGroup.objects.get(workspace=team.workspace)
    change = remove_from_group if group.members.filter(user=user).exists() else add_to_group
    with unit_of_work():
        change(group_id=group.pk, user_id=user.pk, by=caller(by))


def _let_in_or_take_off(team: Team, user: User, by: User, role: Role) -> None:
    """Somebody, or the group for those who are in it, is a collaborator with that role, or no more when they have it already."""
    group = ApproverGroup.objects.get(workspace=team.workspace)
    who = group if group.members.filter(user=user).exists() and role == Role.VIEWER else user
    named = {"group": who} if who == group else {"membership__user": user}
    row = Collaborator.objects.filter(model=team.model, role=role, **named).first()
    if row:
        team.take_off(row, by=by)
    else:
        team.let_in(who, role, by=by)


def _later(asked: StageChangeRequest) -> int:
    """Its time is over; the sweep has not come by."""
    return (
        StageChangeRequest.objects.filter(pk=asked.pk, status="pending")
        .exclude(expires_at=None)
        .update(expires_at=asked.created_at)
    )


# What else a policy says, one for each of those whose names are drawn.
POLICIES: dict[str, dict[str, Any]] = {
    "admin": {"groups": [{"group": "risk", "minimum": 1}]},
    "engineer": {"groups": [{"group": "risk", "minimum": 1}], "skip_rule": "extra_approval", "break_glass_roles": ["editor"]},
    "reviewer": {"required_checks": [{"name": "tests"}], "expires_after_days": 3},
    "second_reviewer": {"release_accounts": ["bot"], "break_glass_roles": ["admin"]},
    "viewer": {"skip_rule": "comment", "required_checks": [{"name": "tests", "reporter": "engineer"}]},
    "service": {},
}


@st.composite
def steps(draw: Any) -> Callable[[Team], None]:
    """One thing that somebody does; what the rules refuse is simply not done."""
    kind = draw(st.sampled_from(["ask", "ask", "approve", "approve", "withdraw", "reject", "revoke", "edit", "lock", "role", "let go",
                                 "remove", "private", "let in", "let in", "policy", "policy", "group",
                                 "away", "check", "bypass", "sign off", "later"]))  # fmt: skip
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
        "private": lambda team, version, asked: team.hide(getattr(team, one), private=choice != 0),
        "let in": lambda team, version, asked: _let_in_or_take_off(team, getattr(team, one), getattr(team, other), list(Role)[choice % 3]),
        "policy": lambda team, version, asked: team.policy(STAGES[number], choice % 3, bool(choice % 2), **POLICIES[one]),
        "group": lambda team, version, asked: _in_or_out(team, getattr(team, one), getattr(team, other)),
        "away": lambda team, version, asked: team.away(getattr(team, one), getattr(team, other)),
        "check": lambda team, version, asked: asked and team.check(asked, status=("passed", "failed")[choice % 2], by=getattr(team, one)),
        "bypass": lambda team, version, asked: asked and team.bypass(asked, by=getattr(team, one)),
        "sign off": lambda team, version, asked: asked and team.sign_off(asked, by=getattr(team, one)),
        "later": lambda team, version, asked: asked and _later(asked),
    }  # fmt: skip

    def do(team: Team) -> None:
        version = ModelVersion.objects.get(model=team.model, number=number + 1)
        asked = StageChangeRequest.objects.filter(version=version).order_by("-pk").first()
        with suppress(DomainError):
            doing[kind](team, version, asked)

    return do


histories = st.lists(steps(), max_size=14)

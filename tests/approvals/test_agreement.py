"""One rule, told in three places: the query of what waits for somebody, the buttons, and the services. They agree, whatever happened."""

import os
from collections.abc import Callable

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.caller import Caller, Scope, expanded
from accounts.models import Membership, User
from activity.errors import DomainError
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.rules import ACTIONS, available_actions, check_may_review
from approvals.services import (
    approve_stage_change,
    bypass_stage_change,
    reject_stage_change,
    revoke_stage_change,
    sign_off_bypass,
    withdraw_approval,
)
from approvals.situations import load_situations
from tests.approvals.population import WHO, histories, undone
from tests.cast import Team, make_team
from tests.log import findings

pytestmark = pytest.mark.django_db
EXAMPLES = 400 if os.environ.get("STAGEWARD_LONG") == "1" else 30 if connection.vendor == "sqlite" else 8
SERVICES: dict[str, Callable[..., object]] = {
    "approve": approve_stage_change,
    "reject": reject_stage_change,
    "withdraw": withdraw_approval,
    "revoke": revoke_stage_change,
    "bypass": bypass_stage_change,
    "sign-off": sign_off_bypass,
}


@pytest.fixture
def team() -> Team:
    """Three versions, each with a request that needs two approvals, so that something waits from the beginning."""
    made = make_team()
    for stage in ("staging", "production"):
        made.policy(stage, 2)
        made.ask(made.version(), stage)
    made.ask(made.version(), "development", by=made.service)
    made.group("risk", made.second_reviewer)
    return made


def situations():
    return load_situations(StageChangeRequest.objects.with_everything().order_by("pk"))


def accepts(check, *arguments) -> bool:
    try:
        check(*arguments)
    except DomainError:
        return False
    return True


def waits_for(user: User) -> list[int]:
    """The requests that this user's approval would count for and that they have not given, by the rules in Python."""
    return [
        situation.change_request.pk
        for situation in situations()
        if situation.change_request.is_pending
        and situation.version.lock_level == "open"
        and accepts(check_may_review, situation, Caller(user, "page"))
        and not any(
            (review.principal_id, review.digest, review.withdrawn_at) == (user.principal_id, situation.digest, None)
            for review in situation.reviews
        )
    ]


def does(action: str, change_request_id: int, by: Caller) -> bool:
    """Whether the service does it: it raises nothing and writes at least a line. Undone afterwards."""
    with undone():
        before = Activity.objects.count()
        arguments = {"comment": "No."} if action != "approve" else {}
        try:
            with unit_of_work():
                SERVICES[action](change_request_id=change_request_id, by=by, **arguments)
        except DomainError:
            return False
        return Activity.objects.count() > before


def test_every_action_has_its_service():
    assert set(SERVICES) == set(ACTIONS)


def check_what_waits() -> None:
    for user in User.objects.all():
        assert list(StageChangeRequest.objects.awaiting(user).order_by("pk").values_list("pk", flat=True)) == waits_for(user)


def check_buttons(by: Caller) -> None:
    assert by.user
    if not Membership.objects.of_the_active().filter(user=by.user).exists():
        return  # they see no request, and so no button
    seen = set(StageChangeRequest.objects.visible_to(by.user).values_list("pk", flat=True))
    for situation in [situation for situation in situations() if situation.change_request.pk in seen]:
        accepted = [action for action in SERVICES if does(action, situation.change_request.pk, by)]
        assert available_actions(situation, by) == accepted


def check_second_person() -> None:
    for situation in situations():
        change_request = situation.change_request
        own = change_request.requester_principal_id
        assert [review for review in situation.reviews if own in (review.principal_id, review.on_behalf_of_id)] == []
        if change_request.status == "rejected" or change_request.effect == "approved":
            assert change_request.decided_by
            assert change_request.decided_by.principal_id != own


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, name=st.sampled_from(WHO), scopes=st.sets(st.sampled_from(Scope)) | st.none())
def test_whatever_happens_inbox_buttons_and_services_agree_and_the_log_is_whole(team, history, name, scopes):
    with undone():
        for step in history:
            step(team)
        check_what_waits()
        user = User.objects.get(pk=getattr(team, name).pk)
        check_buttons(Caller(user, "page") if scopes is None else Caller(user, "api", None, expanded(sorted(scopes))))
        check_second_person()
        assert findings() == []

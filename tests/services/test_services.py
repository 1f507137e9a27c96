"""Every service: the lines it writes, who may call it through which door, and that it writes nothing outside a unit of work."""

import pytest
from django.apps import apps
from django.db import connection

from accounts.caller import Caller
from activity.unit import unit_of_work
from tests.cast import Team, caller, make_team
from tests.log import activities, findings
from tests.services.calls import CALLS, INNER, PUBLIC

OUR_TABLES = [
    model
    for app in ("activity", "accounts", "registry", "approvals", "imports", "notifications", "gto")
    for model in apps.get_app_config(app).get_models()
]
WORKS = {
    "deactivate_person": "staff", "reactivate_person": "staff", "create_person": "staff", "create_workspace": "staff",
    "revoke_token": "reviewer", "approve_stage_change": "reviewer", "reject_stage_change": "reviewer", "withdraw_approval": "reviewer",
    "revoke_stage_change": "engineer", "edit_comment": "engineer", "withdraw_delegation": "reviewer", "accept_invitation": "stranger",
}  # fmt: skip


def everything() -> list[list[dict[str, object]]]:
    """Every row that a service could write."""
    return [list(model._default_manager.order_by("pk").values()) for model in OUR_TABLES]


def one_who_may(team: Team, name: str) -> Caller:
    """Somebody for whom the service works: an admin, unless it is another's to do."""
    return caller(getattr(team, WORKS.get(name, "admin")))


def test_every_service_is_in_the_table():
    assert set(CALLS) | INNER == PUBLIC


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALLS)
def test_a_service_writes_its_lines_and_no_other(name):
    team = make_team()
    do = CALLS[name].prepare(team)
    with activities(*CALLS[name].lines), unit_of_work():
        do(one_who_may(team, name))
    assert findings() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "postgresql", reason="the same code; one database shows it")
def test_no_service_writes_anything_outside_a_unit_of_work():
    team = make_team()
    for name, call in CALLS.items():
        do = call.prepare(team)
        before = everything()
        with pytest.raises(RuntimeError, match="open a unit_of_work"):
            do(one_who_may(team, name))
        assert everything() == before

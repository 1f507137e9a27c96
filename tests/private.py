"""A private model with a life of its own, of which some of the workspace know nothing."""

from typing import Any

from accounts.models import Role
from activity.unit import unit_of_work
from approvals.services import add_comment
from registry.services import register_model
from tests.cast import Team, caller

NAME = "zebra"


def a_private_model(team: Team) -> dict[str, Any]:
    """The engineer's; the second reviewer is let in, the reviewer is not. Everything that can happen to a model has happened to it.

    Returns what stands in for the parts of addresses.
    """
    with unit_of_work():
        team.model = register_model(
            workspace_id=team.workspace.pk, name=NAME, private=True, by=caller(team.engineer), labels=[NAME]
        )
    team.let_in(team.second_reviewer, by=team.engineer)
    team.let_in(team.viewer, Role.EDITOR)
    team.policy("production", 1, break_glass_roles=["editor"])
    produced = team.version(name=f"{NAME}-1", metrics={"auc": 0.9})
    team.approve(team.ask(produced, "staging"), by=team.second_reviewer)
    team.approve(team.ask(produced, "production"), by=team.second_reviewer)
    team.bypass(team.ask(team.version(name=f"{NAME}-2"), "production"), by=team.second_reviewer)
    version = team.version(name=f"{NAME}-3")
    pending = team.ask(version, "staging", comment=NAME)
    team.check(pending, NAME, by=team.second_reviewer)
    with unit_of_work():
        add_comment(version_id=version.pk, body=NAME, by=caller(team.engineer), change_request_id=pending.pk)
    gone = team.version(name=f"{NAME}-4")
    team.delete(gone)
    return {"name": NAME, "number": version.number, "pk": pending.pk}

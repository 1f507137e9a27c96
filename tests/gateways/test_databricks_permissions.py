"""Permissions as the SDK of Databricks reads and sets them: roles in the workspace, and collaborators on the model."""

from typing import Any

import pytest

from accounts.caller import Scope
from accounts.models import Role
from accounts.services import set_member
from activity.unit import unit_of_work
from registry.models import Collaborator
from tests.api.conftest import Api, Callers, token_of
from tests.cast import Team, caller, make_team
from tests.log import activities, no_activity

READ, EDIT, MANAGE = "CAN_READ", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"


def path(team: Team) -> str:
    return f"/api/2.0/permissions/registered-models/{team.model.pk}"


def told(response: Any) -> dict[str, dict[str, list[str]]]:
    """By name: what each may do, by inheritance and by what was given here."""
    assert response.status_code == 200, response.json()
    body = response.json()
    assert (body["object_id"].rpartition("/")[0], body["object_type"]) == ("/registered-models", "registered-model")
    found: dict[str, dict[str, list[str]]] = {}
    for each in body["access_control_list"]:
        name = each.get("user_name") or each.get("service_principal_name") or f"group {each['group_name']}"
        levels = found.setdefault(name, {})
        for held in each["all_permissions"]:
            levels.setdefault("inherited" if held["inherited"] else "here", []).append(held["permission_level"])
    return found


def given(response: Any) -> dict[str, str]:
    """By name, what was given here."""
    return {name: levels["here"][0] for name, levels in told(response).items() if "here" in levels}


def refused(response: Any) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["error_code"], body["message"]


def entries(*named: tuple[str, str, str]) -> dict[str, Any]:
    return {"access_control_list": [{kind: name, "permission_level": level} for kind, name, level in named]}


def test_everybody_of_the_workspace_is_told_with_what_they_may(team: Team, api: Callers):
    team.let_in(team.viewer, Role.EDITOR)
    group = team.group("risk", team.reviewer)
    team.let_in(group)
    assert told(api.viewer.get(path(team))) == {
        "admin": {"inherited": [MANAGE]},
        "engineer": {"inherited": [MANAGE]},
        "reviewer": {"inherited": [EDIT]},
        "second_reviewer": {"inherited": [EDIT]},
        "viewer": {"inherited": [READ], "here": [EDIT]},
        "bot": {"inherited": [EDIT]},
        "group risk": {"here": [READ]},
    }


def test_of_a_private_model_those_are_told_who_see_it(team: Team, api: Callers):
    team.hide()
    team.let_in(team.viewer)
    assert told(api.engineer.get(path(team))) == {
        "admin": {"inherited": [MANAGE]},
        "engineer": {"inherited": [MANAGE]},
        "viewer": {"here": [READ]},
    }


def test_levels_say_what_they_mean(team: Team, api: Callers):
    body = api.viewer.get(f"{path(team)}/permissionLevels").json()
    assert [level["permission_level"] for level in body["permission_levels"]] == [READ, EDIT, MANAGE]
    assert all(level["description"].endswith(".") for level in body["permission_levels"])


def test_some_are_let_in_and_the_others_stay(team: Team, api: Callers):
    team.let_in(team.reviewer, Role.ADMIN)
    team.group("risk", team.reviewer)
    sent = entries(
        ("user_name", "viewer@example.org", EDIT), ("group_name", "risk", READ), ("service_principal_name", "bot", MANAGE)
    )
    with activities(*["model.collaborator_added"] * 3) as lines:
        answer = api.admin.patch(path(team), sent)
    assert {line.via for line in lines} == {"databricks"}
    assert given(answer) == {"reviewer": MANAGE, "viewer": EDIT, "group risk": READ, "bot": MANAGE}
    with no_activity():
        assert given(api.admin.patch(path(team), sent)) == given(answer)


def test_a_whole_list_takes_off_who_is_not_on_it(team: Team, api: Callers):
    team.let_in(team.reviewer, Role.EDITOR)
    team.let_in(team.viewer)
    with activities("model.collaborator_removed", "model.collaborator_changed"):
        answer = api.engineer.put(path(team), entries(("user_name", "reviewer", MANAGE)))
    assert given(answer) == {"reviewer": MANAGE}
    with activities("model.collaborator_removed"):
        assert given(api.engineer.put(path(team), {"access_control_list": []})) == {}


def test_who_takes_themselves_off_a_list_goes_last(team: Team, api: Callers):
    team.let_in(team.reviewer, Role.ADMIN)
    team.let_in(team.viewer)
    answer = api.reviewer.put(path(team), entries(("user_name", "second_reviewer", EDIT)))
    assert given(answer) == {"second_reviewer": EDIT}


def test_one_name_that_is_not_there_and_nothing_of_a_list_is_done(team: Team, api: Callers):
    team.let_in(team.viewer)
    sent = entries(("user_name", "reviewer", EDIT), ("user_name", "nobody", EDIT))
    for send in (api.admin.put, api.admin.patch):
        with no_activity():
            status, code, message = refused(send(path(team), sent))
        assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert "“nobody”" in message


def test_a_name_that_is_the_address_of_another_lets_neither_in(team: Team, api: Callers):
    team.stranger.username = team.viewer.email
    team.stranger.save()
    with unit_of_work():
        set_member(workspace_id=team.workspace.pk, user_id=team.stranger.pk, role=Role.VIEWER, by=caller(team.admin))
    with no_activity():
        status, code, message = refused(api.admin.patch(path(team), entries(("user_name", team.viewer.email, EDIT))))
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message.startswith("“viewer@example.org” is somebody's user name and another one's address")
    assert given(api.admin.patch(path(team), entries(("user_name", "viewer", EDIT)))) == {"viewer": EDIT}


def test_what_ended_with_somebodys_role_in_the_workspace_is_told_no_more(team: Team, api: Callers):
    assert given(api.engineer.patch(path(team), entries(("user_name", "reviewer", EDIT)))) == {"reviewer": EDIT}
    with unit_of_work():
        set_member(workspace_id=team.workspace.pk, user_id=team.reviewer.pk, role=Role.VIEWER, by=caller(team.admin))
    assert told(api.engineer.get(path(team)))["reviewer"] == {"inherited": [READ], "here": [READ]}
    assert (
        api.reviewer.get(f"/api/2.0/mlflow/databricks/registered-models/get?name={team.model.name}").json()[
            "registered_model_databricks"
        ]["permission_level"]
        == READ
    )


def test_what_fails_midway_leaves_nothing_behind(team: Team, api: Callers):
    """The owner, an editor, may not raise a viewer, which the admins of the workspace do."""
    sent = entries(("user_name", "reviewer", EDIT), ("user_name", "viewer", EDIT))
    with no_activity():
        status, code, message = refused(api.engineer.patch(path(team), sent))
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert message.startswith("Only an admin of the workspace makes more of a viewer")
    assert not Collaborator.objects.exists()


@pytest.mark.parametrize("level", ["CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS"])
def test_a_level_that_no_role_is_exactly_is_refused_rather_than_given_as_more(team: Team, api: Callers, level: str):
    with no_activity():
        status, code, message = refused(api.admin.patch(path(team), entries(("user_name", "viewer", level))))
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert f"there is no {level}, and nothing was done. Choose one of: {READ}, {EDIT}, {MANAGE}" in message


WRONG: list[Any] = [
    {},
    {"access_control_list": "x"},
    {"access_control_list": [1]},
    {"access_control_list": [{"permission_level": READ}]},
    {"access_control_list": [{"user_name": 7, "permission_level": READ}]},
    {"access_control_list": [{"user_name": "\x00", "permission_level": READ}]},
    {"access_control_list": [{"user_name": "viewer", "group_name": "risk", "permission_level": READ}]},
    {"access_control_list": [{"user_name": "viewer"}]},
    {"access_control_list": [{"user_name": "viewer", "permission_level": ["CAN_READ"]}]},
    {"access_control_list": [{"user_name": "viewer", "permission_level": "CAN_FLY"}]},
    entries(("user_name", "viewer", READ), ("user_name", "viewer@example.org", EDIT)),
]


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_a_list_that_cannot_be_read_is_told_and_changes_nothing(team: Team, api: Callers, body: Any):
    team.let_in(team.reviewer)
    for send in (api.admin.put, api.admin.patch):
        with no_activity():
            assert refused(send(path(team), body))[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_only_who_leads_a_model_says_who_sees_it(team: Team, api: Callers):
    team.let_in(team.second_reviewer)
    sent = entries(("user_name", "viewer", READ))
    reads_alone = Api(token_of(team.admin, Scope.READ, Scope.WRITE))
    for method in ("PUT", "PATCH"):
        with no_activity():
            for who in (api.viewer, api.reviewer, reads_alone):
                assert refused(who.send(method, path(team), sent))[:2] == (403, "PERMISSION_DENIED")
            assert refused(api.nobody.send(method, path(team), sent))[:2] == (401, "UNAUTHENTICATED")
            assert refused(api.stranger.send(method, path(team), sent))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_to_let_nobody_in_is_no_way_around_who_may_say_it(team: Team, api: Callers):
    reads_not = Api(token_of(team.admin, Scope.DECIDE))
    for method in ("PUT", "PATCH"):
        with no_activity():
            for who in (api.viewer, api.reviewer, reads_not):
                assert refused(who.send(method, path(team), entries()))[:2] == (403, "PERMISSION_DENIED")
            assert given(api.admin.send(method, path(team), entries())) == {}


@pytest.mark.parametrize("named", ["0", "999999", "x", "9" * 30, "²"])
def test_a_model_that_is_not_there_is_told(team: Team, api: Callers, named: str):
    for tail in ("", "/permissionLevels"):
        answer = api.admin.get(f"/api/2.0/permissions/registered-models/{named}{tail}")
        assert refused(answer)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    team.hide()
    assert refused(api.reviewer.get(path(team)))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_an_address_that_names_another_workspace_has_no_such_model(team: Team, api: Callers):
    other = make_team("vision", "-vision")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=team.viewer.pk, role=Role.VIEWER, by=caller(other.admin))
    assert api.viewer.get(f"/w/default{path(team)}").status_code == 200
    assert refused(api.viewer.get(f"/w/vision{path(team)}"))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")

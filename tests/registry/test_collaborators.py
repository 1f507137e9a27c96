"""Who is let in to a model, by whom, and what that lets them do."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import Forbidden
from accounts.models import Role
from accounts.services import add_to_group, remove_from_group, remove_member, set_member
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.services import delete_group
from registry.access import standing_on
from registry.models import Collaborator, RegisteredModel
from registry.services import edit_model, register_model, register_version, set_collaborator, set_privacy
from tests.cast import Team, caller, make_team
from tests.log import activities, no_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def may_register(team: Team, user) -> bool:
    try:
        with unit_of_work():
            register_version(model_id=team.model.pk, by=caller(user))
    except (Forbidden, NotFound):
        return False
    return True


def told(verb: str) -> dict[str, Any]:
    """What the last line of a verb says."""
    return dict(json.loads(Activity.objects.filter(verb=verb).latest("pk").data))


def sees(team: Team, user) -> bool:
    return RegisteredModel.objects.visible_to(user).filter(pk=team.model.pk).exists()


def test_a_private_model_is_seen_by_its_owner_its_collaborators_and_the_workspaces_admins_alone(team):
    team.hide()
    group = team.group("risk", team.second_reviewer)
    assert {name: sees(team, getattr(team, name)) for name in ("admin", "engineer", "reviewer", "second_reviewer", "viewer")} == {
        "admin": True, "engineer": True, "reviewer": False, "second_reviewer": False, "viewer": False,
    }  # fmt: skip
    team.let_in(team.viewer)
    team.let_in(group)
    assert [sees(team, user) for user in (team.viewer, team.second_reviewer, team.reviewer)] == [True, True, False]
    assert not sees(team, team.stranger)
    assert not sees(team, team.staff)
    team.hide(private=False)
    assert sees(team, team.reviewer)


def test_a_service_account_sees_what_its_owner_owns_and_what_it_is_let_in_to(team):
    team.hide()
    assert not sees(team, team.service)
    row = team.let_in(team.service)
    assert sees(team, team.service)
    team.take_off(row)
    with unit_of_work():
        edit_model(model_id=team.model.pk, changes={"owner_id": team.admin.pk}, by=caller(team.admin))
    assert sees(team, team.service)  # it is the admin's


def test_a_role_on_the_model_comes_on_top_of_that_in_the_workspace(team):
    assert [may_register(team, user) for user in (team.viewer, team.reviewer)] == [False, True]
    team.let_in(team.reviewer, Role.VIEWER)
    assert may_register(team, team.reviewer)
    team.let_in(team.viewer, Role.EDITOR)
    assert may_register(team, team.viewer)
    with unit_of_work():
        other = register_model(workspace_id=team.workspace.pk, name="other", by=caller(team.engineer))
    with pytest.raises(Forbidden), unit_of_work():
        register_version(model_id=other.pk, by=caller(team.viewer))


def test_what_an_owner_gave_ends_with_the_role_in_the_workspace_and_what_an_admin_gave_does_not(team):
    row = team.let_in(team.reviewer, Role.ADMIN, by=team.engineer)
    standing = standing_on(caller(team.reviewer), team.model)
    assert standing
    assert standing.leads
    team.role(team.reviewer, Role.VIEWER)
    standing = standing_on(caller(team.reviewer), team.model)
    assert standing
    assert (standing.role, standing.leads, may_register(team, team.reviewer)) == (Role.VIEWER, False, False)
    with no_activity():
        team.let_in(team.reviewer, Role.ADMIN, by=team.engineer)
    with activities("model.collaborator_changed"):
        team.let_in(team.reviewer, Role.ADMIN)
    assert may_register(team, team.reviewer)
    assert Collaborator.objects.get() == row


def test_a_group_lets_in_who_is_in_it_while_they_are(team):
    team.hide()
    group = team.group("risk")
    team.let_in(group, Role.EDITOR)
    with unit_of_work():
        add_to_group(group_id=group.pk, user_id=team.viewer.pk, by=caller(team.admin))
    assert may_register(team, team.viewer)
    with unit_of_work():
        remove_from_group(group_id=group.pk, user_id=team.viewer.pk, by=caller(team.admin))
    assert not may_register(team, team.viewer)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_a_role_on_the_model_gives_nothing_that_is_for_the_workspaces_admins(team, role):
    team.let_in(team.reviewer, role)
    standing = standing_on(caller(team.reviewer), team.model)
    assert standing
    assert (standing.role, standing.leads) == (Role.EDITOR, role == Role.ADMIN)
    with pytest.raises(Forbidden, match="Only an admin renames"), unit_of_work():
        edit_model(model_id=team.model.pk, changes={"name": "mine"}, by=caller(team.reviewer))
    locked = team.lock(team.version(), "redact")
    with pytest.raises(Forbidden, match="Only an admin lowers"):
        team.lock(locked, "open", by=team.reviewer)


@pytest.mark.parametrize(("who", "leads"), [("admin", True), ("engineer", True), ("reviewer", False), ("viewer", False)])
def test_who_leads_a_model_says_who_sees_it_and_who_owns_it(team, who, leads):
    user = getattr(team, who)
    for change in (
        lambda: set_privacy(model_id=team.model.pk, private=True, by=caller(user)),
        lambda: set_collaborator(model_id=team.model.pk, user_id=team.viewer.pk, role=Role.VIEWER, by=caller(user)),
        lambda: edit_model(model_id=team.model.pk, changes={"owner_id": team.reviewer.pk}, by=caller(user)),
    ):
        if leads:
            with unit_of_work():
                change()
        else:
            with pytest.raises(Forbidden), unit_of_work():
                change()


def test_a_collaborator_who_is_an_admin_leads_while_they_edit(team):
    row = team.let_in(team.reviewer, Role.ADMIN)
    team.let_in(team.viewer, by=team.reviewer)
    team.take_off(row, by=team.reviewer)
    with pytest.raises(Forbidden, match="can say who sees it"):
        team.hide(by=team.reviewer)


def test_an_owner_who_is_but_a_viewer_sees_the_model_and_leads_no_more(team):
    team.hide()
    team.role(team.engineer, Role.VIEWER)
    assert sees(team, team.engineer)
    with pytest.raises(Forbidden, match="can say who sees it"):
        team.hide(by=team.engineer, private=False)


def test_more_than_in_the_workspace_comes_from_its_admins_alone(team):
    group = team.group("risk", team.viewer)
    for who in (team.viewer, group):
        for role in (Role.EDITOR, Role.ADMIN):
            with pytest.raises(Forbidden, match="Only an admin of the workspace makes more of a"):
                team.let_in(who, role, by=team.engineer)
        assert team.let_in(who, Role.VIEWER, by=team.engineer).role == Role.VIEWER
        assert team.let_in(who, Role.EDITOR, by=team.admin).role == Role.EDITOR
    assert team.let_in(team.reviewer, Role.ADMIN, by=team.engineer).role == Role.ADMIN


def test_each_change_is_told_once_in_the_models_log_and_the_same_again_is_not(team):
    with activities("model.collaborator_added"):
        row = team.let_in(team.viewer, Role.VIEWER)
    with activities("model.collaborator_changed"):
        team.let_in(team.viewer, Role.EDITOR)
    assert told("model.collaborator_changed") == {"role": "editor", "before": "viewer"}
    line = Activity.objects.get(verb="model.collaborator_changed")
    assert (line.model_id, line.person_id, line.chain.key) == (team.model.pk, team.viewer.pk, f"model:{team.model.pk}")
    with no_activity():
        team.let_in(team.viewer, Role.EDITOR)
        team.hide(private=False)
    with activities("model.made_private", "model.made_public", "model.collaborator_removed"):
        team.hide()
        team.hide(private=False)
        team.take_off(row)
    assert told("model.collaborator_removed") == {"role": "editor"}


def test_a_model_can_be_private_from_the_beginning(team):
    with unit_of_work():
        model = register_model(workspace_id=team.workspace.pk, name="secret", private=True, by=caller(team.reviewer))
    assert RegisteredModel.objects.visible_to(team.reviewer).filter(pk=model.pk).exists()
    assert not RegisteredModel.objects.visible_to(team.engineer).filter(pk=model.pk).exists()
    assert told("model.registered")["private"] is True


def test_a_model_registered_by_a_machine_is_its_owners(team):
    with unit_of_work():
        model = register_model(
            workspace_id=team.workspace.pk, name="x", by=caller(team.service), metric_directions={"a": "lower"}
        )
    assert (model.owner_id, model.metric_directions) == (team.admin.pk, {"a": "lower"})


def test_one_leaves_by_oneself(team):
    row = team.let_in(team.viewer)
    team.take_off(row, by=team.viewer)
    with pytest.raises(NotFound):
        team.take_off(row, by=team.admin)
    other = team.let_in(team.second_reviewer)
    with pytest.raises(Forbidden):
        team.take_off(other, by=team.viewer)


def test_who_leaves_the_workspace_is_no_collaborator_when_they_come_back(team):
    team.hide()
    team.let_in(team.viewer, Role.EDITOR)
    with unit_of_work():
        remove_member(workspace_id=team.workspace.pk, user_id=team.viewer.pk, by=caller(team.admin))
    assert not Collaborator.objects.exists()
    with unit_of_work():
        set_member(workspace_id=team.workspace.pk, user_id=team.viewer.pk, role=Role.VIEWER, by=caller(team.admin))
    assert not sees(team, team.viewer)


def test_collaborators_are_members_and_groups_of_the_workspace(team):
    elsewhere = make_team("other", "-2").group("risk")
    for named in ({"user_id": team.stranger.pk}, {"group_id": elsewhere.pk}):
        with pytest.raises(NotFound), unit_of_work():
            set_collaborator(model_id=team.model.pk, role=Role.VIEWER, by=caller(team.admin), **named)
    for named in ({}, {"user_id": team.viewer.pk, "group_id": team.group("ops").pk}):
        with pytest.raises(Invalid, match="name one of the two"), unit_of_work():
            set_collaborator(model_id=team.model.pk, role=Role.VIEWER, by=caller(team.admin), **named)


def test_a_group_that_a_model_lets_in_is_not_removed(team):
    group = team.group("risk")
    row = team.let_in(group)
    with pytest.raises(Conflict, match="is a collaborator on churn"), unit_of_work():
        delete_group(group_id=group.pk, by=caller(team.admin))
    team.take_off(row)
    with unit_of_work():
        delete_group(group_id=group.pk, by=caller(team.admin))


def test_the_database_wants_one_of_both_and_each_once(team):
    row = team.let_in(team.viewer)
    moment = {"role": "viewer", "given_at": clock.now(), "model": team.model}
    wrong = (
        {"membership": row.membership},
        {"membership": None},
        {"membership": team.workspace.memberships.get(user=team.reviewer), "group": team.group("risk")},
    )
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Collaborator.objects.create(**moment, **fields)

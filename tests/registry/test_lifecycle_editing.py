"""The stages of a workspace: presets, one's own, and what an admin may change of them."""

import json
from typing import Any

import pytest
from django.core.management import call_command

from accounts.caller import Caller
from accounts.models import Role
from activity.errors import Conflict, DomainError
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest, StagePolicy
from registry.errors import SecondAdminNeeded
from registry.lifecycle import PRESETS, weakens
from registry.models import Stage, StageAssignment
from registry.services import add_stage, confirm_lifecycle, create_workspace, edit_stage, restore_stage, retire_stage
from tests.cast import Team, caller, make_team
from tests.log import activities, findings, no_activity, one_activity
from tests.slots import holders, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def do(service, team: Team, **arguments):
    with unit_of_work():
        return service(by=caller(team.admin), **arguments)


def edit(team: Team, key: str, **changes) -> Any:
    return do(edit_stage, team, stage_id=team.stage(key).pk, changes=changes)


def order(team: Team) -> list[str]:
    stages = Stage.objects.current().filter(workspace=team.workspace).order_by("position")
    assert [stage.position for stage in stages] == list(range(len(stages)))
    return [stage.key for stage in stages]


def refused(code: str, words: str, doing) -> None:
    with no_activity(), pytest.raises(DomainError, match=words) as error:
        doing()
    assert error.value.code == code


@pytest.mark.parametrize(("preset", "several"), [("verta", False), ("mlflow", False), ("chariot", True), ("gto", True)])
def test_a_preset_makes_its_stages_each_with_a_policy(preset, several):
    team = make_team(preset=preset)
    assert order(team) == [spec.key for spec in PRESETS[preset]]
    assert team.workspace.multi_hold is several
    assert StagePolicy.objects.filter(stage__workspace=team.workspace).count() == len(PRESETS[preset])
    exclusive = set(Stage.objects.filter(workspace=team.workspace, exclusive=True).values_list("key", flat=True))
    assert exclusive == ({"staging", "production"} if preset == "chariot" else set())


def free(**more) -> list[tuple[str, str, bool]]:
    with unit_of_work():
        workspace = create_workspace(slug="own", by=Caller.operator(), preset="free", **more)
    return [(stage.key, stage.kind, stage.protected) for stage in workspace.stages.order_by("position")]


def test_ones_own_stages_begin_behind_unassigned():
    stages = [{"name": "QA check"}, {"name": "Live", "kind": "production"}, {"name": "Attic", "kind": "archived"}]
    assert free(stages=stages) == [
        ("unassigned", "unassigned", False), ("qa-check", "working", False), ("live", "production", True),
        ("attic", "archived", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [{}, {"stages": [{"name": "!"}]}, {"stages": [{"name": "a"}, {"name": "A"}]}, {"stages": [{"name": "a", "kind": "x"}]}],
)
def test_stages_that_make_no_sense_are_refused(more):
    refused("invalid", ".", lambda: free(**more))


def test_a_preset_takes_no_stages_of_ones_own():
    def make() -> None:
        with unit_of_work():
            create_workspace(slug="own", by=Caller.operator(), preset="verta", multi_hold=True)

    refused("invalid", "has stages of its own", make)


def test_the_command_names_ones_own_stages():
    call_command("addworkspace", "lab", "--preset", "free", "--stages", "dev", "live=production", "--multi-hold")
    stages = Stage.objects.filter(workspace__slug="lab", workspace__multi_hold=True).values_list("key", "kind")
    assert list(stages) == [("unassigned", "unassigned"), ("dev", "working"), ("live", "production")]


def test_any_name_becomes_a_stage_where_the_workspace_says_so(team):
    team.workspace.open_stages = True
    team.workspace.save()
    version = team.version()
    with activities("lifecycle.changed", "stage_change.requested"):
        asked = team.ask(version, "Canary-2")
    assert (asked.to_stage.key, asked.to_stage.kind, asked.to_stage.policy.approvals_required) == ("Canary-2", "working", 1)
    assert order(team)[-2:] == ["Canary-2", "archived"]
    assert team.approve(asked).status == "applied"
    other = team.version()
    refused("invalid", "letters, digits", lambda: team.ask(other, "a b"))


def test_elsewhere_an_unknown_name_is_refused(team):
    version = team.version()
    refused("invalid", "There is no stage “canary”", lambda: team.ask(version, "canary"))


def test_a_stage_is_added_before_the_archived_ones_or_where_it_is_said(team):
    with one_activity("lifecycle.changed") as lines:
        stage = do(add_stage, team, workspace_id=team.workspace.pk, name="Shadow mode")
    told = json.loads(Activity.objects.get(pk=lines[0].pk).data)
    assert (told["stage"], told["from"], told["to"]["position"], told["to"]["kind"]) == ("shadow-mode", {}, 4, "working")
    assert stage.policy.approvals_required == 1
    do(add_stage, team, workspace_id=team.workspace.pk, name="First", position=1)
    assert order(team) == ["unassigned", "first", "development", "staging", "production", "shadow-mode", "archived"]
    refused("conflict", "called “staging” already", lambda: do(add_stage, team, workspace_id=team.workspace.pk, name="staging"))


def test_each_change_is_a_line_with_before_and_after(team):
    with one_activity("lifecycle.changed") as lines:
        edit(team, "staging", name="Test", colour="pink", position=3)
    data = json.loads(Activity.objects.get(pk=lines[0].pk).data)
    assert data["from"] == {"name": "Staging", "colour": "amber", "position": 2}
    assert data["to"] == {"name": "Test", "colour": "pink", "position": 3}
    assert order(team) == ["unassigned", "development", "production", "staging", "archived"]
    with no_activity():
        edit(team, "staging", name="Test", colour="pink")


@pytest.mark.parametrize(
    ("key", "changes", "words"),
    [
        ("staging", {"colour": "mauve"}, "colour is one of"), ("staging", {"name": " "}, "has a name"),
        ("archived", {"exclusive": True}, "can be exclusive"), ("archived", {"protected": True}, "can be protected"),
        ("unassigned", {"position": 2}, "stays the first"), ("unassigned", {"kind": "working"}, "stays what it is"),
        ("staging", {"slug": "x"}, "cannot be changed"), ("staging", {"kind": "unassigned"}, "stays what it is"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(team, key, changes, words):
    refused("invalid", words, lambda: edit(team, key, **changes))


def test_the_kind_of_a_stage_is_fixed_once_it_was_used(team):
    edit(team, "development", kind="production")
    edit(team, "development", kind="working")
    team.move(team.version(), "development", "unassigned")
    refused("conflict", "was held by versions", lambda: edit(team, "development", kind="production"))


def test_a_stage_in_use_cannot_vanish(team):
    version = team.move(team.version(), "staging")
    retire = lambda key: do(retire_stage, team, stage_id=team.stage(key).pk)  # noqa: E731
    refused("conflict", "held by churn v1", lambda: retire("staging"))
    asked = team.ask(version, "production")
    refused("conflict", f"Request {asked.pk} asks to move churn v1 to Production", lambda: retire("production"))
    refused("invalid", "where versions begin", lambda: retire("unassigned"))
    team.approve(asked)
    with one_activity("lifecycle.changed"):
        retire("staging")
    assert order(team) == ["unassigned", "development", "production", "archived"]
    assert [holding.stage.name for holding in StageAssignment.objects.order_by("pk")] == ["Staging", "Production"]
    refused("invalid", "There is no stage “staging”", lambda: team.ask(version, "staging"))
    refused("conflict", "is retired", lambda: edit(team, "staging", name="x"))
    with one_activity("lifecycle.changed"):
        do(restore_stage, team, stage_id=team.stage("staging").pk)
    assert order(team)[-1] == "staging"
    assert team.ask(version, "staging").is_pending
    assert findings() == []


def test_a_stage_becomes_exclusive_once_one_holds_it(team):
    for _ in range(2):
        team.move(team.version(), "staging")
    refused("conflict", "Several versions hold Staging in churn", lambda: edit(team, "staging", exclusive=True))
    team.move(StageAssignment.objects.earliest("pk").version, "unassigned")
    edit(team, "staging", exclusive=True)
    assert StageAssignment.objects.now().get().exclusive
    team.move(team.version(), "staging")
    assert holders(team, "staging") == {"staging": [3]}
    assert standing(team) == ["unassigned", "unassigned", "staging"]
    edit(team, "staging", exclusive=False)
    team.move(team.version(), "staging")
    assert holders(team, "staging") == {"staging": [4, 3]}
    assert findings() == []


def test_approvals_are_void_where_a_stage_becomes_exclusive_or_no_longer_is(team):
    team.move(team.version(), "staging")
    team.policy("staging", 2)
    asked = team.approve(team.ask(team.version(), "staging"))
    with activities("lifecycle.changed", "stage_change.approvals_voided"):
        edit(team, "staging", exclusive=True)
    team.approve(asked)
    with activities("lifecycle.changed", "stage_change.approvals_voided"):
        edit(team, "staging", exclusive=False)
    assert StageChangeRequest.objects.get(pk=asked.pk).digest == asked.digest


def test_an_order_in_which_a_version_would_stand_elsewhere_is_refused():
    team = make_team(preset="gto")
    team.move(team.version(), "dev", "stage")
    refused("conflict", "churn v1 holds dev and stage", lambda: edit(team, "dev", position=2))
    assert order(team) == ["unassigned", "dev", "stage", "prod"]


@pytest.mark.parametrize(
    ("before", "after", "weaker"),
    [
        ({"protected": True}, {"protected": False}, ["protected"]), ({"exclusive": True}, {"exclusive": False}, ["exclusive"]),
        ({"protected": False}, {"protected": True}, []), ({"name": "a"}, {"name": "b"}, []), ({}, {"protected": False}, []),
    ],
)  # fmt: skip
def test_lifting_a_rule_weakens_a_stage_and_its_line_says_so(team, before, after, weaker):
    assert weakens(before, after) == weaker
    edit(team, "staging", protected=False)
    assert json.loads(Activity.objects.latest("pk").data)["weakens"] == ["protected"]


def test_to_protect_less_takes_a_second_admin_where_there_is_one(team):
    team.role(team.reviewer, Role.ADMIN)
    with one_activity("proposal.made"):
        proposal = edit(team, "staging", protected=False, name="Test")
    assert (proposal.weakens, team.stage("staging").protected, team.stage("staging").name) == (["protected"], True, "Staging")
    with pytest.raises(SecondAdminNeeded), no_activity():
        do(confirm_lifecycle, team, proposal_id=proposal.pk)
    with pytest.raises(Conflict), no_activity():
        edit(team, "staging", exclusive=True, protected=False)
    with one_activity("lifecycle.changed") as lines, unit_of_work():
        stage = confirm_lifecycle(proposal_id=proposal.pk, by=caller(team.reviewer))
    assert (stage.protected, stage.name) == (False, "Test")
    told = json.loads(lines[0].data)
    assert (told["weakens"], told["proposed_by"]) == (["protected"], team.admin.pk)


def test_a_proposal_for_a_stage_that_was_changed_since_is_not_carried_out(team):
    team.role(team.reviewer, Role.ADMIN)
    proposal = edit(team, "staging", protected=False)
    edit(team, "staging", name="Trial")
    with pytest.raises(Conflict), no_activity(), unit_of_work():
        confirm_lifecycle(proposal_id=proposal.pk, by=caller(team.reviewer))
    assert team.stage("staging").protected

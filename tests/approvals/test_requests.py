"""Asking and taking back, policies and comments: each service with its effects in order, and its refusals."""

import json

import pytest

from activity.errors import Invalid, NotFound
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.errors import (
    AlreadyPending,
    NotEligible,
    NotPending,
    SameStage,
)
from approvals.models import Comment, StageChangeRequest, StagePolicy
from approvals.services import (
    add_comment,
    request_stage_change,
    set_policy,
)
from registry.errors import PreconditionFailed
from registry.models import ModelVersion
from tests.cast import caller, make_team
from tests.log import activities, findings, no_activity, one_activity

pytestmark = pytest.mark.django_db
DEFAULTS = StagePolicy().content


@pytest.fixture
def team():
    return make_team()


def fresh(change_request) -> StageChangeRequest:
    return StageChangeRequest.objects.get(pk=change_request.pk)


def data(line: Activity) -> dict:
    return json.loads(line.data)


MOVE = {"from": "unassigned", "to": "production", "direction": "forward", "skipped_stages": ["development", "staging"]}


def test_a_request_says_what_it_asks_for_and_what_it_skips(team):
    version = team.version()
    with one_activity("stage_change.requested") as lines:
        change_request = team.ask(version, "production", comment=" It is good. ")
    assert (change_request.status, change_request.direction, change_request.skipped_stages) == (
        "pending", "forward", ["development", "staging"],
    )  # fmt: skip
    assert (change_request.requester, change_request.requester_principal, change_request.comment) == (
        team.engineer, team.engineer, "It is good.",
    )  # fmt: skip
    assert data(lines[0]) == MOVE | {"comment": "It is good.", "digest": change_request.digest}
    assert (lines[0].request_id, lines[0].version_id, lines[0].actor_id) == (change_request.pk, version.pk, team.engineer.pk)
    assert ModelVersion.objects.get(pk=version.pk).stage == "unassigned"


def test_archiving_skips_what_lies_between_and_a_move_back_skips_nothing(team):
    version = team.version()
    assert team.ask(version, "archived").skipped_stages == ["development", "staging", "production"]
    moved = team.move(team.version(), "production")
    back = team.ask(moved, "development")
    assert (back.direction, back.skipped_stages) == ("back", [])


def test_a_request_by_a_service_account_is_its_owners(team):
    change_request = team.ask(team.version(), by=team.service)
    assert (change_request.requester, change_request.requester_principal) == (team.service, team.admin)


def test_a_version_has_one_pending_request_whoever_asks(team):
    version = team.version()
    first = team.ask(version)
    for who in (team.engineer, team.reviewer):
        with pytest.raises(AlreadyPending) as refused, no_activity():
            team.ask(version, "production", by=who)
        assert refused.value.extras == {"request": first.pk}


def test_asking_again_after_an_end_is_a_new_request(team):
    version = team.version()
    first = team.revoke(team.ask(version))
    assert team.ask(version).pk != first.pk


@pytest.mark.parametrize("stage", ["nowhere", "", "Staging"])
def test_a_stage_that_is_none_is_refused_with_those_there_are(team, stage):
    with pytest.raises(Invalid) as refused, no_activity():
        team.ask(team.version(), stage)
    assert refused.value.field == "to_stage"
    assert "unassigned, development, staging, production, archived" in refused.value.detail


def test_the_stages_of_another_workspace_are_none(team):
    make_team("other", suffix="2")
    with pytest.raises(SameStage):
        team.ask(team.version(), "unassigned")


def test_a_policy_of_no_approval_puts_a_request_into_effect_at_once(team):
    team.policy("staging", 0)
    version = team.version()
    with activities("stage_change.requested", "stage_change.applied") as lines:
        change_request = team.ask(version)
    assert (change_request.status, change_request.effect, change_request.decided_by) == (
        "applied", "not required by policy", team.engineer,
    )  # fmt: skip
    assert data(lines[1])["effect"] == "not required by policy"


def test_the_requester_takes_a_request_back(team):
    change_request = team.ask(team.version())
    with one_activity("stage_change.revoked") as lines:
        ended = team.revoke(change_request, comment=" Never mind. ")
    assert (ended.status, ended.decided_by, ended.closing_comment) == ("revoked", team.engineer, "Never mind.")
    assert ended.closing_activity_id == lines[0].pk
    with no_activity():
        assert team.revoke(change_request, comment="Again.").closing_comment == "Never mind."


def test_nobody_else_takes_a_request_back(team):
    change_request = team.ask(team.version())
    for who in (team.reviewer, team.admin, team.viewer):
        with pytest.raises(NotEligible), no_activity():
            team.revoke(change_request, by=who)
    team.revoke(change_request)
    with pytest.raises(NotPending):
        team.revoke(change_request, by=team.reviewer)


ENDINGS = {
    "applied": lambda team, asked: team.approve(asked),
    "rejected": lambda team, asked: team.reject(asked),
    "revoked": lambda team, asked: team.revoke(asked),
}


@pytest.mark.parametrize("end", ENDINGS)
def test_every_end_is_final(team, end):
    change_request = team.ask(team.version())
    assert ENDINGS[end](team, change_request).status == end
    for again in (
        lambda: team.approve(change_request, by=team.second_reviewer),
        lambda: team.reject(change_request, by=team.second_reviewer),
        lambda: team.withdraw(change_request, by=team.second_reviewer),
        lambda: team.revoke(change_request, by=team.second_reviewer),
    ):
        with pytest.raises(NotPending) as refused, no_activity():
            again()
        assert refused.value.extras["request_status"] == end
    assert fresh(change_request).status == end
    assert findings() == []


def test_a_policy_is_changed_with_a_line_that_says_from_what_to_what(team):
    with one_activity("policy.changed") as lines:
        team.policy("staging", 2, exclude_last_editor=True)
    assert data(lines[0]) == {
        "stage": "staging",
        "from": DEFAULTS | {"exclude_last_editor": True},
        "to": DEFAULTS | {"approvals_required": 2, "exclude_last_editor": True},
    }
    assert StagePolicy.objects.get(stage=team.stage("staging")).revision == 2
    with no_activity():
        team.policy("staging", 2, exclude_last_editor=True)


def test_a_policy_read_long_ago_is_not_changed(team):
    team.policy("staging", 2)
    with pytest.raises(PreconditionFailed), unit_of_work():
        set_policy(stage_id=team.stage("staging").pk, by=caller(team.admin), changes={"approvals_required": 3}, revision=1)


def test_a_comment_is_said_about_a_version_and_about_its_request_whatever_its_status(team):
    version = team.version()
    change_request = team.approve(team.ask(version))
    for about in (None, change_request.pk):
        with one_activity("comment.added") as lines, unit_of_work():
            add_comment(version_id=version.pk, body=" Well done. ", by=caller(team.reviewer), change_request_id=about)
        assert (lines[0].request_id, data(lines[0])["body"]) == (about, "Well done.")
    assert list(Comment.objects.values_list("body", "author", "change_request")) == [
        ("Well done.", team.reviewer.pk, None),
        ("Well done.", team.reviewer.pk, change_request.pk),
    ]


def test_a_comment_needs_words_and_the_right_request(team):
    version, other = team.version(), team.ask(team.version())
    with pytest.raises(Invalid), unit_of_work():
        add_comment(version_id=version.pk, body="  ", by=caller(team.reviewer))
    with pytest.raises(NotFound), unit_of_work():
        add_comment(version_id=version.pk, body="x", by=caller(team.reviewer), change_request_id=other.pk)


def test_nothing_is_decided_about_what_is_not_there(team):
    absent = StageChangeRequest(pk=999_999)
    for act in (
        team.approve,
        team.reject,
        team.revoke,
        team.withdraw,
    ):
        with pytest.raises(NotFound), no_activity():
            act(absent)
    with pytest.raises(NotFound), unit_of_work():
        request_stage_change(version_id=999_999, to_stage="staging", by=caller(team.engineer))
    with pytest.raises(NotFound), unit_of_work():
        set_policy(stage_id=999_999, by=caller(team.admin), changes={"approvals_required": 2})

"""You approve what you saw: what voids an approval, what does not, and when it counts again."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import POLICY_FIELDS, Review, StageChangeRequest, StagePolicy
from approvals.situations import load_situations
from approvals.snapshot import digest_of, snapshot
from registry.content import GOVERNED
from registry.models import ModelVersion
from registry.services import edit_model
from tests.cast import caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db
CONTENT = {
    "artifact_uri": "s3://models/1", "artifact_digest": "sha256:0123abcd", "metrics": {"auc": 0.9, "f1": 0.8},
    "parameters": {"depth": 6}, "attributes": {"team": "risk"},
}  # fmt: skip
OTHER = {
    "artifact_uri": "s3://models/2", "artifact_digest": "sha256:0123abce", "metrics": {"auc": 0.9, "f1": 0.81},
    "parameters": {"depth": 7}, "attributes": {"team": "risk", "x": None},
}  # fmt: skip


@pytest.fixture
def team():
    made = make_team()
    made.policy("development", 2)
    return made


@pytest.fixture
def approved(team) -> StageChangeRequest:
    """A request with one of the two approvals that it needs."""
    return team.approve(team.ask(team.version(**CONTENT), "development"))


def given(change_request) -> int:
    (situation,) = load_situations(StageChangeRequest.objects.with_everything().filter(pk=change_request.pk))
    return len(situation.given)


def test_every_governed_field_is_tried():
    assert set(CONTENT) == set(OTHER) == set(GOVERNED)


def test_the_digest_can_be_computed_without_this_application(approved):
    text = json.dumps(
        {
            "from_stage": "unassigned",
            "policy": {
                "approvals_required": 2, "groups": [], "exclude_last_editor": False, "skip_rule": "flag", "required_checks": [],
                "expires_after_days": None, "release_accounts": [], "break_glass_roles": [],
            },
            "to_stage": "development",
            "version": CONTENT,
        },
        sort_keys=True,
        separators=(",", ":"),
    )  # fmt: skip
    assert approved.digest == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.mark.parametrize("field", GOVERNED)
def test_an_edit_of_governed_content_voids_what_was_approved_and_says_so(team, approved, field):
    with activities("model_version.edited", "stage_change.approvals_voided") as lines:
        team.edit(approved.version, by=team.second_reviewer, **{field: OTHER[field]})
    now = StageChangeRequest.objects.get(pk=approved.pk)
    assert json.loads(lines[1].data) == {
        "from": "unassigned", "to": "development", "direction": "forward", "skipped_stages": [],
        "reviews": [Review.objects.get().pk], "before": approved.digest, "digest": now.digest,
    }  # fmt: skip
    assert (lines[1].actor_id, lines[1].request_id) == (team.second_reviewer.pk, approved.pk)
    assert now.digest != approved.digest
    assert given(approved) == 0
    assert team.approve(approved, by=team.second_reviewer).status == "pending"
    assert team.approve(approved).status == "applied"


@pytest.mark.parametrize("field", GOVERNED)
def test_put_back_the_same_content_and_approvals_count_again(team, approved, field):
    team.edit(approved.version, **{field: OTHER[field]})
    assert given(approved) == 0
    team.edit(approved.version, **{field: CONTENT[field]})
    assert StageChangeRequest.objects.get().digest == approved.digest
    assert given(approved) == 1
    assert team.approve(approved, by=team.second_reviewer).status == "applied"


def test_approvals_of_two_contents_do_not_add_up(team, approved):
    team.edit(approved.version, metrics=OTHER["metrics"])
    team.approve(approved, by=team.second_reviewer)
    assert given(approved) == 1
    team.edit(approved.version, metrics=CONTENT["metrics"])
    assert given(approved) == 1
    assert StageChangeRequest.objects.get().status == "pending"


def test_each_change_of_content_voids_the_approvals_of_the_content_before_it(team, approved):
    team.edit(approved.version, metrics=OTHER["metrics"])
    with one_activity("model_version.edited"):
        team.edit(approved.version, parameters=OTHER["parameters"])  # nobody approved this content
    team.approve(approved, by=team.second_reviewer)
    with activities("model_version.edited", "stage_change.approvals_voided"):
        team.edit(approved.version, **CONTENT)


@pytest.mark.parametrize("changes", [{"labels": ["x"]}, {"description": "x"}, {"run_url": "https://example.org"}, {"name": "x"}])
def test_words_and_labels_void_nothing(team, approved, changes):
    with one_activity("model_version.edited"):
        team.edit(approved.version, **changes)
    assert given(approved) == 1


@pytest.mark.parametrize("metrics", [{"f1": 0.8, "auc": 0.9}, {"auc": 0.90, "f1": 8e-1}])
def test_the_order_of_keys_and_the_spelling_of_numbers_void_nothing(team, approved, metrics):
    with no_activity():
        team.edit(approved.version, metrics=metrics)
    assert given(approved) == 1


def test_a_row_saved_again_as_it_is_voids_nothing(team, approved):
    ModelVersion.objects.get().save()
    StagePolicy.objects.get(stage__key="development").save()
    assert given(approved) == 1


def test_a_lock_a_comment_and_time_void_nothing(team, approved):
    team.lock(approved.version, "closed")
    team.lock(approved.version, "open")
    with unit_of_work():
        edit_model(model_id=team.model.pk, changes={"description": "x"}, by=caller(team.engineer))
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert given(approved) == 1


@pytest.mark.parametrize(("required", "exclude"), [(3, False), (1, False), (2, True), (0, False)])
def test_a_policy_with_other_content_voids_what_was_approved_under_the_one_before(team, approved, required, exclude):
    with activities("policy.changed", "stage_change.approvals_voided"):
        team.policy("development", required, exclude_last_editor=exclude)
    assert given(approved) == 0
    assert StageChangeRequest.objects.get(pk=approved.pk).status == "pending"
    team.policy("development", 2, exclude_last_editor=False)
    assert given(approved) == 1


def test_the_policy_of_another_stage_voids_nothing(team, approved):
    with one_activity("policy.changed"):
        team.policy("production", 3)
    assert given(approved) == 1


def test_a_policy_that_is_set_to_what_it_is_voids_nothing(team, approved):
    with no_activity():
        team.policy("development", 2)
    assert given(approved) == 1


def test_requests_that_have_ended_keep_the_digest_that_they_ended_with(team):
    ended = team.approve(team.ask(team.version(**CONTENT), "archived"))
    team.policy("archived", 2)
    team.edit(ended.version, metrics=OTHER["metrics"])
    assert StageChangeRequest.objects.get(pk=ended.pk).digest == ended.digest


def test_equal_content_has_one_digest_and_every_part_of_it_counts():
    version, policy = ModelVersion(**CONTENT), StagePolicy()
    base = digest_of(snapshot(version, "staging", "production", policy))
    others = [snapshot(ModelVersion(**CONTENT | {field: OTHER[field]}), "staging", "production", policy) for field in GOVERNED]
    policies: list[dict[str, Any]] = [
        {"approvals_required": 2}, {"exclude_last_editor": True}, {"groups": [{"group": "risk", "minimum": 1}]}, {"skip_rule": "forbid"},
        {"required_checks": [{"name": "tests", "reporter": None}]}, {"expires_after_days": 3}, {"release_accounts": ["ci"]},
        {"break_glass_roles": ["admin"]},
    ]  # fmt: skip
    assert {field for changed in policies for field in changed} == set(POLICY_FIELDS)
    others += [snapshot(version, "staging", "production", StagePolicy(**changed)) for changed in policies]
    others += [
        snapshot(version, "development", "production", policy),
        snapshot(version, "staging", "archived", policy),
    ]
    assert len({base, *(digest_of(other) for other in others)}) == len(others) + 1
    turned = ModelVersion(**CONTENT | {"metrics": {"f1": 0.8, "auc": 0.9}})
    assert digest_of(snapshot(turned, "staging", "production", policy)) == base


def test_the_name_and_revision_of_a_policy_are_not_in_the_digest():
    version = ModelVersion(**CONTENT)
    one, other = (snapshot(version, "staging", "production", StagePolicy(revision=revision)) for revision in (1, 9))
    assert digest_of(one) == digest_of(other)


def test_a_large_metric_can_be_asked_for_and_approved_on_both_databases(team):
    version = team.version(metrics={"tokens": 1e17, "loss": 1.5e300, "small": 5e-324})
    team.policy("staging", 1)
    assert team.approve(team.ask(ModelVersion.objects.get(pk=version.pk))).status == "applied"


def test_a_request_that_carries_an_old_digest_is_brought_up_to_date_by_the_first_approval(team):
    """As when it was filed at the very moment in which the policy was changed."""
    change_request = team.ask(team.version(**CONTENT), "development")
    right = change_request.digest
    StageChangeRequest.objects.update(digest="sha256:old")
    with one_activity("stage_change.approval_given") as lines:
        assert team.approve(change_request).digest == right
    assert json.loads(Activity.objects.get(pk=lines[0].pk).data)["digest"] == right
    assert list(StageChangeRequest.objects.awaiting(team.reviewer)) == []

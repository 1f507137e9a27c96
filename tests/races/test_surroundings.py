"""An approval while something else changes: the version, its lock, the policy, the model. Either came first, and all is as if it had."""

# ruff: noqa: B023 - a race is over before the round is

from collections import Counter

import pytest

from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.situations import load_situations
from registry.models import ModelVersion
from registry.services import archive_model, delete_model, register_model
from tests.cast import caller
from tests.log import findings
from tests.races.arena import Arena, comes_before, endings, fresh, told

pytestmark = pytest.mark.postgresql


def test_an_approval_and_a_deletion_that_it_forbids(team, arena: Arena, often):
    seen: Counter[str] = Counter()
    for _ in often:
        asked = team.ask(team.version(), "staging")
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.delete(asked.version))))
        assert words in (("applied", "protected"), ("not-found", "done"), ("not-pending", "done"))
        assert endings(asked) == ["stage_change.applied" if words[1] == "protected" else "stage_change.superseded"]
        seen[words[1]] += 1
    assert set(seen) == {"protected", "done"}
    assert findings() == []


def test_an_approval_and_a_deletion_that_may_follow_it(team, arena: Arena, fewer):
    for _ in fewer:
        asked = team.ask(team.version(), "development")
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.delete(asked.version))))
        assert words in (("applied", "done"), ("not-found", "done"), ("not-pending", "done"))
        assert endings(asked) == ["stage_change.applied" if words[0] == "applied" else "stage_change.superseded"]
    assert findings() == []


def test_an_approval_and_a_lock(team, arena: Arena, often):
    for _ in often:
        asked = team.ask(team.version(), "development")
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.lock(asked.version, "closed"))))
        assert words in (("applied", "done"), ("version-locked", "done"))
        assert fresh(asked).status == ("applied" if words[0] == "applied" else "pending")
        assert ModelVersion.objects.get(pk=asked.version_id).lock_level == "closed"
    assert findings() == []


def test_an_approval_of_what_was_seen_and_an_edit(team, arena: Arena, often):
    team.policy("production", 1)
    seen: Counter[str] = Counter()
    for number in often:
        asked = team.ask(team.version(metrics={"auc": 0.5}), "production")
        words = tuple(
            map(
                told,
                arena.race(
                    lambda: team.approve(asked, digest=asked.digest),
                    lambda: team.edit(asked.version, metrics={"auc": number}),
                ),
            )
        )
        assert words in (("applied", "protected"), ("digest-changed", "done"))
        assert (fresh(asked).digest == asked.digest) is (words[0] == "applied")
        assert ModelVersion.objects.get(pk=asked.version_id).metrics == {"auc": 0.5 if words[0] == "applied" else number}
        seen[words[0]] += 1
    assert set(seen) == {"applied", "digest-changed"}
    assert findings() == []


def test_an_approval_of_what_was_seen_and_a_change_of_policy(team, arena: Arena, often):
    for number in often:
        team.policy("development", 1)
        asked = team.ask(team.version(), "development")
        words = tuple(
            map(
                told,
                arena.race(lambda: team.approve(asked, digest=asked.digest), lambda: team.policy("development", 2 + number % 2)),
            )
        )
        assert words in (("applied", "done"), ("digest-changed", "done"))
        assert endings(asked) == (["stage_change.applied"] if words[0] == "applied" else [])
        if words[0] == "applied":
            assert comes_before(asked, "policy.changed")
        else:
            team.revoke(asked)  # so that the next change of the policy has nothing to void
    assert findings() == []


def test_a_request_and_a_change_of_policy(team, arena: Arena, fewer):
    for number in fewer:
        version = team.version()
        asked, _ = arena.race(lambda: team.ask(version, "development"), lambda: team.policy("development", 2 + number % 2))
        answered = team.approve(asked)
        (situation,) = load_situations(StageChangeRequest.objects.with_everything().filter(pk=asked.pk))
        assert answered.status == "pending"
        assert situation.digest == situation.change_request.digest
        assert len(situation.given) == 1
        assert not StageChangeRequest.objects.awaiting(team.reviewer).filter(pk=asked.pk).exists()
        team.revoke(asked)
    assert findings() == []


def test_an_approval_and_the_model_archived(team, arena: Arena, often):
    for number in often:
        with unit_of_work():
            team.model = register_model(workspace_id=team.workspace.pk, name=f"model-{number}", by=caller(team.engineer))
        asked = team.ask(team.version(), "development")

        def archive() -> None:
            with unit_of_work():
                archive_model(model_id=asked.version.model_id, by=caller(team.admin))

        words = tuple(map(told, arena.race(lambda: team.approve(asked), archive)))
        assert words in (("applied", "done"), ("not-pending", "done"))
        assert endings(asked) == ["stage_change.applied" if words[0] == "applied" else "stage_change.superseded"]
    assert findings() == []


def test_an_approval_and_the_model_deleted(team, arena: Arena, fewer):
    for number in fewer:
        with unit_of_work():
            team.model = register_model(workspace_id=team.workspace.pk, name=f"model-{number}", by=caller(team.engineer))
        asked = team.ask(team.version(), "staging")

        def delete() -> None:
            with unit_of_work():
                delete_model(model_id=asked.version.model_id, by=caller(team.admin))

        words = tuple(map(told, arena.race(lambda: team.approve(asked), delete)))
        assert words in (("applied", "protected"), ("not-pending", "done"))
        assert endings(asked) == ["stage_change.applied" if words[0] == "applied" else "stage_change.superseded"]
    assert findings() == []


def test_many_kinds_of_change_at_once_neither_stop_each_other_nor_break_the_log(team, arena: Arena, fewer):
    for _ in fewer:
        team.policy("staging", 1)
        asked, other = team.ask(version := team.version()), team.ask(team.version(), by=team.second_reviewer)
        words = map(
            told,
            arena.race(
                lambda: team.approve(asked),
                lambda: team.reject(asked, by=team.second_reviewer),
                lambda: team.approve(other),
                lambda: team.policy("staging", 2),
                lambda: team.lock(version, "redact"),
                lambda: team.delete(version),
                lambda: team.edit(version, metrics={"auc": 0.5}, by=team.admin),
            ),
        )
        refused = {"not-pending", "protected", "version-locked", "not-found"}
        assert set(words) <= {"done", "applied", "pending", "rejected"} | refused
        for left in StageChangeRequest.objects.pending().select_related("requester").filter(version__model=team.model):
            team.revoke(left, by=left.requester)
    assert findings() == []

"""Two decisions on one request at the same moment: one outcome, one line that says so, and the other person is told."""

# ruff: noqa: B023 - a race is over before the round is

import pytest

from accounts.models import User
from activity.models import Activity
from approvals.models import Review, StageChangeRequest
from tests.cast import Team
from tests.log import findings
from tests.races.arena import Arena, Doing, endings, fresh, told

pytestmark = pytest.mark.postgresql
APPLIED = ["stage_change.applied"]


def approval(team: Team, asked: StageChangeRequest, by: User) -> Doing:
    return lambda: team.approve(asked, by=by)


def stands(asked: StageChangeRequest) -> tuple[str, list[str], str]:
    """How the request ended, the lines that say so, and where its version is."""
    now = fresh(asked)
    return str(now.status), endings(asked), now.version.stage


def test_of_two_approvals_where_one_is_needed_the_second_comes_too_late(team, arena: Arena, often):
    seen = set()
    for _ in often:
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(*[approval(team, asked, by) for by in (team.reviewer, team.second_reviewer)])))
        assert sorted(words) == ["applied", "not-pending"]
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert Review.objects.filter(change_request=asked).count() == 1
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_the_same_approval_sent_three_times_is_one(team, arena: Arena, often):
    for _ in often:
        asked = team.ask(team.version())
        assert list(map(told, arena.race(*[approval(team, asked, team.reviewer)] * 3))) == ["applied"] * 3
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert Review.objects.filter(change_request=asked).count() == 1
    assert findings() == []


def test_two_approvals_that_are_both_needed_apply_the_change_once(team, arena: Arena, often):
    team.policy("staging", 2)
    for _ in often:
        asked = team.ask(team.version())
        words = map(told, arena.race(*[approval(team, asked, by) for by in (team.reviewer, team.second_reviewer)]))
        assert sorted(words) == ["applied", "pending"]
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert Review.objects.filter(change_request=asked).count() == 2
    assert findings() == []


def test_of_three_approvals_where_two_are_needed_the_third_comes_too_late(team, arena: Arena, often):
    team.policy("staging", 2)
    for _ in often:
        asked = team.ask(team.version())
        people = (team.reviewer, team.second_reviewer, team.admin)
        assert sorted(map(told, arena.race(*[approval(team, asked, by) for by in people]))) == [
            "applied",
            "not-pending",
            "pending",
        ]
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert Activity.objects.filter(request_id=asked.pk, verb="stage_change.approval_given").count() == 2
    assert findings() == []


def test_an_approval_and_a_revocation_have_one_outcome(team, arena: Arena, often):
    seen = set()
    for _ in often:
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.revoke(asked))))
        assert (words, stands(asked)) in (
            (("applied", "not-pending"), ("applied", APPLIED, "staging")),
            (("not-pending", "revoked"), ("revoked", ["stage_change.revoked"], "unassigned")),
        )
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_an_approval_and_a_rejection_have_one_outcome(team, arena: Arena, often):
    seen = set()
    for _ in often:
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.reject(asked, by=team.second_reviewer))))
        assert (words, stands(asked)) in (
            (("applied", "not-pending"), ("applied", APPLIED, "staging")),
            (("not-pending", "rejected"), ("rejected", ["stage_change.rejected"], "unassigned")),
        )
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_an_approval_taken_back_while_the_last_one_comes_counts_or_does_not(team, arena: Arena, fewer):
    team.policy("staging", 2)
    seen = set()
    for _ in fewer:
        asked = team.ask(team.version())
        team.approve(asked, by=team.second_reviewer)
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.withdraw(asked, by=team.second_reviewer))))
        assert (words, stands(asked)) in (
            (("applied", "not-pending"), ("applied", APPLIED, "staging")),
            (("pending", "pending"), ("pending", [], "unassigned")),
        )
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_two_requests_for_one_version_leave_one_pending(team, arena: Arena, often):
    seen = set()
    for _ in often:
        version = team.version()
        words = tuple(
            map(
                told,
                arena.race(
                    lambda: team.ask(version, "staging"), lambda: team.ask(version, "production", by=team.second_reviewer)
                ),
            )
        )
        assert sorted(words) == ["already-pending", "pending"]
        made = StageChangeRequest.objects.select_related("to_stage").get(version=version)
        assert made.to_stage.key == ("staging" if words[0] == "pending" else "production")
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_a_request_and_the_lock_of_its_version_do_not_pass_each_other(team, arena: Arena, fewer):
    seen = set()
    for _ in fewer:
        version = team.version()
        words = tuple(map(told, arena.race(lambda: team.ask(version), lambda: team.lock(version, "closed"))))
        lines = list(Activity.objects.filter(version_id=version.pk).order_by("pk").values_list("verb", flat=True))[1:]
        assert (words, lines) in (
            (("pending", "done"), ["stage_change.requested", "model_version.locked"]),
            (("version-locked", "done"), ["model_version.locked"]),
        )
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []

"""What a policy may ask, at its edge: the last approval, check, member, admin and moment. One outcome each, whoever was first."""

# ruff: noqa: B023 - a race is over before the round is

from datetime import timedelta

import pytest

from accounts.models import Role
from accounts.services import add_to_group, remove_from_group, withdraw_delegation
from activity import clock
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import Check, Review, SignOff, StageChangeRequest
from approvals.services import confirm_policy, delete_group
from approvals.tasks import sweep_requests
from registry.models import ModelVersion, Proposal
from tests.cast import caller
from tests.log import findings
from tests.races.arena import Arena, comes_before, endings, fresh, told

pytestmark = pytest.mark.postgresql
APPLIED = ["stage_change.applied"]
TESTS = [{"name": "tests"}]
RISK = [{"group": "risk", "minimum": 1}]


@pytest.fixture
def edge(rounds) -> range:
    """How many rounds at each edge: 10, or 200 in the long run."""
    return range(rounds(10, 200))


def stands(asked: StageChangeRequest) -> tuple[str, list[str], str]:
    now = fresh(asked)
    return str(now.status), endings(asked), now.version.stage


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_at_the_edge_of_the_quorum_as_many_approvals_as_needed_are_written_and_one_applies(team, arena: Arena, edge, needed):
    team.role(team.viewer, Role.EDITOR)
    team.policy("staging", needed)
    people = (team.reviewer, team.second_reviewer, team.admin, team.viewer)
    for _ in edge:
        asked = team.ask(team.version())
        words = [told(each) for each in arena.race(*[lambda by=by: team.approve(asked, by=by) for by in people])]
        assert sorted(words) == sorted(["applied"] + ["pending"] * (needed - 1) + ["not-pending"] * (4 - needed))
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert Review.objects.filter(change_request=asked).count() == needed
    assert findings() == []


def test_the_last_approval_and_the_last_check_apply_the_change_once(team, arena: Arena, edge):
    team.policy("staging", 1, required_checks=TESTS)
    seen = set()
    for _ in edge:
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(lambda: team.approve(asked), lambda: team.check(asked, by=team.second_reviewer))))
        assert sorted(words) == ["applied", "pending"]
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert (Review.objects.filter(change_request=asked).count(), Check.objects.filter(change_request=asked).count()) == (1, 1)
        assert fresh(asked).decided_by == team.reviewer
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_the_last_approval_and_a_check_that_fails_have_one_outcome(team, arena: Arena, edge):
    team.policy("staging", 1, required_checks=TESTS)
    seen = set()
    for _ in edge:
        asked = team.ask(team.version())
        team.check(asked, by=team.admin)
        failed = lambda: team.check(asked, status="failed", by=team.second_reviewer)  # noqa: E731
        words = tuple(map(told, arena.race(lambda: team.approve(asked), failed)))
        assert (words, stands(asked)) in (
            (("applied", "not-pending"), ("applied", APPLIED, "staging")),
            (("pending", "pending"), ("pending", [], "unassigned")),
        )
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_the_last_check_and_an_edit_of_what_it_was_run_on(team, arena: Arena, edge):
    team.policy("production", 1, required_checks=TESTS)
    seen = set()
    for number in edge:
        asked = team.ask(team.version(metrics={"auc": 0.5}), "production")
        team.approve(asked)
        edit = lambda: team.edit(asked.version, metrics={"auc": number})  # noqa: E731
        words = tuple(map(told, arena.race(lambda: team.check(asked, by=team.second_reviewer), edit)))
        assert words in (("applied", "protected"), ("pending", "done"))
        assert (fresh(asked).digest == asked.digest) is (words[0] == "applied")
        assert ModelVersion.objects.get(pk=asked.version_id).metrics == {"auc": 0.5 if words[0] == "applied" else number}
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_the_last_approval_and_a_policy_that_asks_for_more(team, arena: Arena, edge):
    for number in edge:
        team.policy("staging", 2, required_checks=[])
        asked = team.ask(team.version())
        team.approve(asked, by=team.second_reviewer)
        harder = lambda: team.policy("staging", 3 if number % 2 else 2, required_checks=TESTS)  # noqa: E731
        words = tuple(map(told, arena.race(lambda: team.approve(asked, digest=asked.digest), harder)))
        assert words in (("applied", "done"), ("digest-changed", "done"))
        assert endings(asked) == (APPLIED if words[0] == "applied" else [])
        if words[0] == "applied":
            assert comes_before(asked, "policy.changed")
        else:
            team.revoke(asked)
    assert findings() == []


def test_an_approval_and_its_author_taken_out_of_the_group(team, arena: Arena, edge):
    group = team.group("risk", team.reviewer, team.second_reviewer)
    team.policy("staging", 1, groups=RISK)
    seen = set()
    for _ in edge:
        asked = team.ask(team.version())

        def take_out() -> None:
            with unit_of_work():
                remove_from_group(group_id=group.pk, user_id=team.reviewer.pk, by=caller(team.admin))

        words = tuple(map(told, arena.race(lambda: team.approve(asked), take_out)))
        assert words in (("applied", "done"), ("not-eligible", "done"))
        if words[0] == "applied":
            assert comes_before(asked, "group.member_removed")
        seen.add(words)
        with unit_of_work():
            add_to_group(group_id=group.pk, user_id=team.reviewer.pk, by=caller(team.admin))
    assert len(seen) == 2
    assert findings() == []


def test_the_last_approval_and_the_author_of_the_one_before_it_taken_out_of_the_group(team, arena: Arena, edge):
    group = team.group("risk", team.reviewer, team.second_reviewer)
    team.policy("staging", 2, groups=RISK)
    seen = set()
    for _ in edge:
        asked = team.ask(team.version())
        team.approve(asked)

        def take_out() -> None:
            with unit_of_work():
                remove_from_group(group_id=group.pk, user_id=team.reviewer.pk, by=caller(team.admin))

        words = tuple(map(told, arena.race(lambda: team.approve(asked, by=team.admin), take_out)))
        assert words in (("applied", "done"), ("pending", "done"))
        if words[0] == "applied":
            assert comes_before(asked, "group.member_removed")
        seen.add(words)
        with unit_of_work():
            add_to_group(group_id=group.pk, user_id=team.reviewer.pk, by=caller(team.admin))
    assert len(seen) == 2
    assert findings() == []


def test_an_approval_for_somebody_and_the_end_of_their_delegation(team, arena: Arena, edge):
    team.group("risk", team.second_reviewer, team.engineer)
    team.policy("staging", 1, groups=RISK)
    seen = set()
    for _ in edge:
        delegation, asked = team.away(team.second_reviewer, team.reviewer), team.ask(team.version())

        def withdraw() -> None:
            with unit_of_work():
                withdraw_delegation(delegation_id=delegation.pk, by=caller(team.second_reviewer))

        words = tuple(map(told, arena.race(lambda: team.approve(asked), withdraw)))
        assert words in (("applied", "done"), ("not-eligible", "done"))
        if words[0] == "applied":
            assert comes_before(asked, "delegation.withdrawn")
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_somebody_and_their_delegate_at_once_are_one_approval(team, arena: Arena, edge):
    team.policy("staging", 2)
    team.away(team.second_reviewer, team.reviewer, days=300)
    for _ in edge:
        asked = team.ask(team.version())
        delegate = lambda: team.approve(asked, on_behalf_of=team.second_reviewer)  # noqa: E731
        assert [told(each) for each in arena.race(delegate, lambda: team.approve(asked, by=team.second_reviewer))] == [
            "pending",
            "pending",
        ]
        assert stands(asked) == ("pending", [], "unassigned")
    assert findings() == []


def test_break_glass_and_the_last_approval_have_one_outcome(team, arena: Arena, edge):
    team.policy("staging", 1, break_glass_roles=["admin"])
    seen = set()
    for _ in edge:
        asked = team.ask(team.version())
        words = tuple(map(told, arena.race(lambda: team.bypass(asked), lambda: team.approve(asked))))
        assert sorted(words) == ["applied", "not-pending"]
        assert stands(asked) == ("applied", APPLIED, "staging")
        assert fresh(asked).effect == ("break-glass" if words[0] == "applied" else "approved")
        assert Activity.objects.filter(request_id=asked.pk, verb="stage_change.bypassed").count() == (words[0] == "applied")
        seen.add(words)
    assert len(seen) == 2
    assert findings() == []


def test_of_two_who_sign_off_one_does(team, arena: Arena, edge):
    team.policy("staging", 1, break_glass_roles=["admin"])
    for _ in edge:
        asked = team.bypass(team.ask(team.version()))
        people = (team.reviewer, team.second_reviewer)
        words = [told(each) for each in arena.race(*[lambda by=by: team.sign_off(asked, by=by) for by in people])]
        assert sorted(words) == ["applied", "not-eligible"]
        assert SignOff.objects.filter(change_request=asked).count() == 1
    assert findings() == []


def test_the_sweep_and_an_approval_at_the_last_moment_have_one_outcome(team, arena: Arena, edge):
    team.policy("staging", 1, expires_after_days=1)
    for _ in edge:
        asked = team.ask(team.version())
        StageChangeRequest.objects.filter(pk=asked.pk).update(expires_at=clock.now() + timedelta(milliseconds=33))
        words = [told(each) for each in arena.race(sweep_requests, sweep_requests, lambda: team.approve(asked))]
        sweep_requests()
        assert (words[2], stands(asked)) in (
            ("applied", ("applied", APPLIED, "staging")),
            ("not-pending", ("pending", [], "unassigned")),
            ("not-pending", ("expired", ["stage_change.expired"], "unassigned")),
        )
        StageChangeRequest.objects.filter(pk=asked.pk, status="pending").update(expires_at=clock.now())
    sweep_requests()
    assert StageChangeRequest.objects.pending().count() == 0
    assert findings() == []


def test_a_weaker_policy_confirmed_twice_at_once_is_confirmed_once(team, arena: Arena, edge):
    for user in (team.reviewer, team.second_reviewer):
        team.role(user, Role.ADMIN)
    for _ in edge:
        team.policy("development", 2)
        team.policy("development", 1)
        proposal = Proposal.objects.get(status="pending")

        def confirm(by) -> None:
            with unit_of_work():
                confirm_policy(proposal_id=proposal.pk, by=caller(by))

        words = [told(each) for each in arena.race(*[lambda by=by: confirm(by) for by in (team.reviewer, team.second_reviewer)])]
        assert sorted(words) == ["conflict", "done"]
        lines = Activity.objects.filter(verb="policy.changed", data__contains=f'"proposal":{proposal.pk},')
        assert lines.count() == 1
    assert findings() == []


def test_a_group_removed_and_a_policy_that_names_it_do_not_pass_each_other(team, arena: Arena, edge):
    seen = set()
    for number in edge:
        group = team.group(f"risk-{number}", team.reviewer, team.second_reviewer)

        def remove() -> None:
            with unit_of_work():
                delete_group(group_id=group.pk, by=caller(team.admin))

        name = lambda: team.policy("development", 1, groups=[{"group": group.key, "minimum": 1}])  # noqa: E731
        words = tuple(map(told, arena.race(name, remove)))
        assert words in (("done", "conflict"), ("invalid", "done"))
        seen.add(words)
        team.policy("development", 1, groups=[])
    assert len(seen) == 2
    assert findings() == []

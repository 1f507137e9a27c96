"""Checks: before and after approvals, failed then passed, whose report counts, and of what content."""

import pytest

from accounts.caller import Caller, Scope
from accounts.models import ApiToken, Role
from accounts.services import create_token
from activity.errors import Invalid
from activity.unit import unit_of_work
from approvals.errors import NotEligible, NotPending
from approvals.models import Check, StageChangeRequest
from approvals.requirements import requirements
from approvals.services import report_check, request_stage_change
from approvals.services.locking import read_situation
from registry.models import ModelVersion
from tests.approvals.unsaved import requirement
from tests.cast import caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db
REPORTED, GIVEN, APPLIED = "stage_change.check_reported", "stage_change.approval_given", "stage_change.applied"
TESTS = {"required_checks": [{"name": "tests"}]}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def asked(team) -> StageChangeRequest:
    """One approval and the check “tests” are needed."""
    team.policy("staging", 1, **TESTS)
    return team.ask(team.version())


def needs(asked, code="check:tests"):
    """How the requirement stands, and in which words."""
    told = requirement(requirements(read_situation(asked.pk)), code)
    return str(told.status), told.detail


def token_caller(user) -> Caller:
    with unit_of_work():
        token, _ = create_token(name="ci", scopes=[Scope.CHECKS], by=caller(user), user_id=user.pk)
    return Caller(user, "api", token)


def number_of(by: Caller) -> int:
    """The number of the token that somebody calls with."""
    assert by.token
    return by.token.pk


def report(asked, by: Caller, status="passed", name="tests"):
    with unit_of_work():
        return report_check(change_request_id=asked.pk, name=name, status=status, by=by)


def test_a_check_before_the_approval_waits_for_it_and_the_approval_puts_the_change_into_effect(team, asked):
    with one_activity(REPORTED):
        assert team.check(asked).status == "pending"
    with activities(GIVEN, APPLIED):
        assert team.approve(asked).status == "applied"


def test_a_check_after_the_approval_puts_the_change_into_effect_in_the_name_of_who_approved(team, asked):
    with one_activity(GIVEN):
        assert team.approve(asked).status == "pending"
    with activities(REPORTED, APPLIED):
        ended = team.check(asked, by=team.second_reviewer)
    assert (ended.status, ended.effect, ended.decided_by, ended.version.stage) == (
        "applied",
        "approved",
        team.reviewer,
        "staging",
    )


@pytest.mark.parametrize("status", ["failed", "pending"])
def test_a_check_that_did_not_pass_holds_the_change_up_until_it_is_reported_again(team, asked, status):
    team.check(asked, status=status)
    assert team.approve(asked).status == "pending"
    assert needs(asked)[0] == "unsatisfied"
    assert team.check(asked, status="passed").status == "applied"


def test_the_same_approval_again_while_a_check_is_missing_writes_nothing(team, asked):
    team.approve(asked)
    with no_activity():
        assert team.approve(asked).status == "pending"


def test_the_last_report_is_the_one_that_counts(team, asked):
    team.check(asked, status="passed")
    team.check(asked, status="failed", by=team.second_reviewer)
    assert team.approve(asked).status == "pending"


def test_the_same_report_again_writes_nothing(team, asked):
    team.check(asked, status="failed")
    with no_activity():
        team.check(asked, status="failed")
    assert Check.objects.count() == 1


def test_every_required_check_must_pass(team):
    team.policy("staging", 0, required_checks=[{"name": "tests"}, {"name": "bias"}])
    asked = team.ask(team.version())
    assert asked.status == "pending"
    assert team.check(asked, "tests").status == "pending"
    assert team.check(asked, "bias").status == "applied"


def test_the_requesters_own_report_does_not_count_not_even_through_their_service_account(team):
    team.policy("staging", 1, **TESTS)
    asked = team.ask(team.version(), by=team.admin)
    for by in (team.admin, team.service):
        with pytest.raises(NotEligible, match="You asked for this change, so your own report") as refused, no_activity():
            report(asked, caller(by))
        assert refused.value.extras == {"reason": "own-check"}
    assert Check.objects.count() == 0


def test_a_pinned_check_counts_from_that_account_alone_and_be_it_the_requesters(team):
    team.policy("staging", 1, required_checks=[{"name": "tests", "reporter": "bot"}])
    asked = team.ask(team.version(), by=team.admin)
    for by in (team.admin, team.reviewer):
        with pytest.raises(NotEligible, match="takes the check “tests” from bot alone") as refused, no_activity():
            report(asked, caller(by))
        assert refused.value.extras == {"reason": "check-pinned"}
    team.approve(asked)
    assert report(asked, caller(team.service, "api")).status == "applied"


def test_a_check_pinned_to_a_token_counts_with_that_token_alone(team):
    pinned, other = token_caller(team.service), token_caller(team.service)
    team.policy("staging", 1, required_checks=[{"name": "tests", "reporter": f"token:{number_of(pinned)}"}])
    asked = team.ask(team.version())
    for by in (other, caller(team.service), caller(team.admin)):
        with pytest.raises(NotEligible, match="alone"):
            report(asked, by)
    report(asked, pinned)
    assert team.approve(asked).status == "applied"


def test_a_role_given_by_the_requester_after_they_asked_reports_nothing_that_counts(team):
    team.policy("staging", 0, **TESTS)
    asked = team.ask(team.version(), by=team.admin)
    team.role(team.viewer, Role.EDITOR, by=team.admin)
    with pytest.raises(NotEligible, match="Your role was given by the requester") as refused, no_activity():
        report(asked, caller(team.viewer))
    assert refused.value.extras == {"reason": "own-check"}


def test_a_machine_whose_owner_does_not_decide_has_no_role_from_the_requester_either(team):
    team.policy("staging", 0, **TESTS)
    team.role(team.engineer, Role.ADMIN)
    team.role(team.service, Role.VIEWER)
    team.role(team.admin, Role.VIEWER, by=team.engineer)
    asked = team.ask(team.version())
    team.role(team.service, Role.EDITOR, by=team.engineer)
    with pytest.raises(NotEligible, match="Your role was given by the requester"), no_activity():
        team.check(asked, by=team.service)


def test_a_check_counts_for_the_content_that_it_was_run_on_alone(team):
    team.policy("staging", 0, **TESTS, release_accounts=["engineer"])
    version = team.version(metrics={"auc": 0.5})
    asked = team.ask(version)
    team.policy("staging", 1, required_checks=[{"name": "bias"}, {"name": "tests"}])
    team.check(asked, "tests")
    team.edit(version, metrics={"auc": 0.9})
    assert needs(asked) == (
        "unsatisfied", "the check “tests” was reported on content that was edited since, and has to be reported again",
    )  # fmt: skip
    team.check(asked, "bias")
    assert team.approve(asked).status == "pending"
    assert team.check(asked, "tests").status == "applied"


def test_a_check_counts_again_when_its_content_is_back(team, asked):
    team.check(asked)
    version = ModelVersion.objects.get()
    team.edit(version, metrics={"auc": 0.9})
    assert needs(asked)[0] == "unsatisfied"
    team.edit(version, metrics={})
    assert needs(asked)[0] == "satisfied"
    assert team.approve(asked).status == "applied"


def test_a_change_of_policy_leaves_checks_as_they_are(team, asked):
    team.check(asked)
    team.policy("staging", 2, **TESTS)
    assert needs(asked)[0] == "satisfied"


def test_a_report_that_nobody_asked_for_puts_nothing_into_effect(team, asked):
    """Also where nothing is missing any more: the requester could else choose the moment."""
    team.policy("staging", 0)
    with one_activity(REPORTED):
        assert report(asked, caller(team.engineer), name="whatever").status == "pending"


def test_a_check_on_a_locked_version_is_noted_and_the_change_waits(team, asked):
    team.approve(asked)
    team.lock(ModelVersion.objects.get(), "closed")
    with one_activity(REPORTED):
        assert team.check(asked).status == "pending"
    assert ModelVersion.objects.get().stage == "unassigned"
    team.lock(ModelVersion.objects.get(), "open")
    with one_activity(APPLIED):
        assert team.approve(asked).status == "applied"


@pytest.mark.parametrize("end", ["reject", "revoke"])
def test_a_request_that_has_ended_takes_no_checks(team, asked, end):
    getattr(team, end)(asked)
    with pytest.raises(NotPending), no_activity():
        team.check(asked)


@pytest.mark.parametrize(("name", "status"), [("", "passed"), ("x" * 101, "passed"), ("a\x00b", "passed"), ("tests", "ok")])
def test_a_report_has_a_name_and_a_status(team, asked, name, status):
    with pytest.raises(Invalid), no_activity():
        team.check(asked, name, status)


def test_a_release_account_moves_without_approval_but_not_without_the_checks(team):
    team.policy("staging", 2, **TESTS, release_accounts=["bot"])
    asked = team.ask(team.version(), by=team.service)
    assert asked.status == "pending"
    ended = team.check(asked)
    assert (ended.status, ended.effect) == ("applied", "release account")


def test_a_release_account_moves_at_once_and_is_marked(team):
    team.policy("staging", 2, release_accounts=["bot"])
    version = team.version()
    with activities("stage_change.requested", APPLIED):
        ended = team.ask(version, by=team.service)
    assert (ended.status, ended.effect) == ("applied", "release account")
    assert team.ask(team.version(), by=team.admin).status == "pending"  # its owner is not it


def test_a_token_named_as_a_release_account_moves_and_its_owner_without_it_does_not(team):
    by = token_caller(team.service)
    ApiToken.objects.filter(pk=number_of(by)).update(scopes=["write"])
    team.policy("staging", 2, release_accounts=[f"token:{number_of(by)}"])
    assert team.ask(team.version(), by=team.service).status == "pending"
    released, version = Caller(team.service, "api", by.token), team.version()
    with unit_of_work():
        from_token = request_stage_change(version_id=version.pk, to_stage="staging", by=released)
    assert (from_token.status, from_token.effect) == ("applied", "release account")

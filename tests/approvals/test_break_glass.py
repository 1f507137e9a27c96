"""Break-glass: one person alone, in an emergency, marked, with a reason, and a second look afterwards."""

import json

import pytest

from accounts.models import Role
from activity.unit import unit_of_work
from approvals.errors import CommentRequired, DigestChanged, NotEligible, NotPending
from approvals.models import SignOff, StageChangeRequest
from approvals.requirements import requirements
from approvals.services import bypass_stage_change
from approvals.services.locking import read_situation
from registry.errors import VersionLocked
from registry.models import ModelVersion
from tests.cast import caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db
BYPASSED = ("stage_change.bypassed", "stage_change.applied")


@pytest.fixture
def team():
    made = make_team()
    made.group("risk", made.second_reviewer, made.reviewer)
    made.policy(
        "staging", 2, groups=[{"group": "risk", "minimum": 1}], required_checks=[{"name": "tests"}], break_glass_roles=["admin"]
    )
    return made


def to_be_reviewed() -> list[int]:
    return list(StageChangeRequest.objects.to_be_reviewed().values_list("pk", flat=True))


def test_break_glass_puts_the_change_into_effect_and_says_what_was_overridden_and_who_could_have_approved(team):
    asked = team.ask(team.version())
    with activities(*BYPASSED) as lines:
        ended = team.bypass(asked, comment=" Prod is down. ")
    told = json.loads(lines[0].data)
    assert (told["reason"], told["overridden"]) == ("Prod is down.", ["approvals", "group:risk", "check:tests"])
    assert told["eligible"] == sorted(user.pk for user in (team.admin, team.reviewer, team.second_reviewer, team.service))
    assert json.loads(lines[1].data)["effect"] == "break-glass"
    assert (ended.status, ended.effect, ended.decided_by, ended.closing_comment) == (
        "applied", "break-glass", team.admin, "Prod is down.",
    )  # fmt: skip
    assert [(each.code, str(each.status)) for each in requirements(read_situation(asked.pk))] == [
        ("approvals", "overridden"), ("group:risk", "overridden"), ("check:tests", "overridden"),
    ]  # fmt: skip
    assert (ModelVersion.objects.get().stage, to_be_reviewed()) == ("staging", [asked.pk])


def test_break_glass_is_the_requesters_too_where_the_policy_names_their_role(team):
    asked = team.ask(team.version(), by=team.admin)
    assert team.bypass(asked).effect == "break-glass"
    assert to_be_reviewed() == [asked.pk]


def test_break_glass_needs_a_reason(team):
    asked = team.ask(team.version())
    for reason in ("", "  \n"):
        with pytest.raises(CommentRequired) as refused, no_activity():
            team.bypass(asked, comment=reason)
        assert refused.value.field == "comment"


def test_break_glass_is_for_what_was_seen(team):
    asked = team.ask(team.version())
    team.edit(asked.version, metrics={"auc": 1})
    with pytest.raises(DigestChanged), no_activity(), unit_of_work():
        bypass_stage_change(change_request_id=asked.pk, by=caller(team.admin), comment="x", digest=asked.digest)


@pytest.mark.parametrize("who", ["engineer", "reviewer", "viewer", "service"])
def test_break_glass_is_for_nobody_else(team, who):
    asked = team.ask(team.version())
    with pytest.raises(NotEligible, match="the policy lets admins break the glass") as refused, no_activity():
        team.bypass(asked, by=getattr(team, who))
    assert refused.value.extras == {"reason": "break-glass"}


def test_nobody_breaks_the_glass_where_the_policy_does_not_say_so(team):
    asked = team.ask(team.version(), "development")
    with pytest.raises(NotEligible, match="the policy lets nobody break the glass"), no_activity():
        team.bypass(asked)


def test_a_service_account_with_the_role_does_not_either(team):
    team.role(team.service, Role.ADMIN)
    with pytest.raises(NotEligible), no_activity():
        team.bypass(team.ask(team.version()), by=team.service)


def test_a_lock_stays_in_the_way(team):
    asked = team.ask(team.version())
    team.lock(asked.version, "redact")
    with pytest.raises(VersionLocked), no_activity():
        team.bypass(asked)


def test_a_request_is_put_into_effect_once(team):
    asked = team.ask(team.version())
    team.bypass(asked)
    for act in (team.bypass, team.approve, team.reject, team.check):
        with pytest.raises(NotPending), no_activity():
            act(asked)


def test_a_role_that_the_requester_gave_since_breaks_no_glass(team):
    asked = team.ask(team.version(), by=team.admin)
    team.role(team.viewer, Role.ADMIN, by=team.admin)
    with pytest.raises(NotEligible, match="Your role was given by the requester"), no_activity():
        team.bypass(asked, by=team.viewer)


def test_a_second_person_signs_it_off_once(team):
    asked = team.bypass(team.ask(team.version()))
    with one_activity("stage_change.signed_off"):
        team.sign_off(asked)
    assert (SignOff.objects.get().reviewer, to_be_reviewed()) == (team.reviewer, [])
    with pytest.raises(NotEligible, match="Reviewer signed this off already"), no_activity():
        team.sign_off(asked, by=team.second_reviewer)


@pytest.mark.parametrize("who", ["engineer", "admin", "service", "viewer"])
def test_neither_who_asked_nor_who_did_it_signs_it_off(team, who):
    asked = team.bypass(team.ask(team.version()))
    with pytest.raises(NotEligible), no_activity():
        team.sign_off(asked, by=getattr(team, who))
    assert to_be_reviewed() == [asked.pk]


def test_who_did_it_does_not_make_somebody_sign_it_off(team):
    asked = team.bypass(team.ask(team.version()))
    team.role(team.viewer, Role.EDITOR, by=team.admin)
    with pytest.raises(NotEligible, match="since then, so somebody else"), no_activity():
        team.sign_off(asked, by=team.viewer)


def test_what_was_approved_needs_no_signing_off(team):
    team.policy("development", 1)
    approved = team.approve(team.ask(team.version(), "development"))
    with pytest.raises(NotEligible, match="was not put into effect by break-glass"), no_activity():
        team.sign_off(approved, by=team.second_reviewer)

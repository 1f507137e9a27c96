"""Who may call which service, and how each refusal is told: sessions, tokens of every scope, service accounts, operator and strangers."""

import pytest

from accounts.caller import Caller, Scope, expanded
from accounts.models import Role, User
from accounts.services import create_service_account
from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.models import Review, StageChangeRequest
from approvals.services import approve_stage_change, reject_stage_change
from tests.approvals.population import undone
from tests.cast import Team, caller, make_team
from tests.log import no_activity
from tests.services.calls import CALLS
from tests.services.test_services import one_who_may

pytestmark = pytest.mark.django_db
WHO = ["admin", "reviewer", "engineer", "viewer", "stranger", "staff", "bot", "operator", "gone"]

# The engineer asks; `bot` is a service account of theirs, an editor; `gone` was let go; staff and strangers are no members.
NOBODY = "not-found not-found"
ANYBODY = "ok ok ok ok ok ok ok forbidden forbidden"
STAFF = "forbidden forbidden forbidden forbidden forbidden ok forbidden ok forbidden"
EDITORS = f"ok ok ok forbidden {NOBODY} ok {NOBODY}"
ADMINS = f"ok forbidden forbidden forbidden {NOBODY} forbidden {NOBODY}"
ADMINS_AND_OPERATOR = f"ok forbidden forbidden forbidden {NOBODY} forbidden ok not-found"
LEADERS = f"ok forbidden ok forbidden {NOBODY} ok {NOBODY}"
REVIEWERS = f"ok ok own-request not-eligible {NOBODY} own-request {NOBODY}"
DOORS = {
    "accept_invitation": "ok ok ok ok ok conflict ok ok forbidden",
    "add_to_group": ADMINS,
    "create_group": ADMINS,
    "remove_from_group": ADMINS,
    "rename_group": ADMINS,
    "delete_group": ADMINS,
    "delegate_decisions": "ok ok ok invalid not-found not-found invalid forbidden forbidden",
    "withdraw_delegation": "not-found ok not-found ok not-found not-found not-found forbidden forbidden",
    "decline_proposal": f"ok ok forbidden forbidden {NOBODY} forbidden {NOBODY}",
    "confirm_lifecycle": f"ok second-admin-needed forbidden forbidden {NOBODY} forbidden {NOBODY}",
    "confirm_policy": f"ok second-admin-needed forbidden forbidden {NOBODY} forbidden {NOBODY}",
    "bypass_stage_change": f"ok not-eligible not-eligible not-eligible {NOBODY} not-eligible {NOBODY}",
    "sign_off_bypass": f"ok not-eligible not-eligible not-eligible {NOBODY} not-eligible {NOBODY}",
    "report_check": EDITORS,
    "create_person": STAFF,
    "create_service_account": ADMINS,
    "create_token": ANYBODY,
    "deactivate_person": STAFF,
    "edit_profile": ANYBODY,
    "invite": ADMINS,
    "reactivate_person": STAFF,
    "remove_member": ADMINS_AND_OPERATOR,
    "revoke_token": "not-found ok not-found not-found not-found not-found not-found not-found forbidden",
    "set_member": ADMINS_AND_OPERATOR,
    "withdraw_invitation": ADMINS,
    "add_stage": ADMINS,
    "edit_stage": ADMINS,
    "restore_stage": ADMINS,
    "retire_stage": ADMINS,
    "create_webhook": ADMINS,
    "edit_webhook": ADMINS,
    "rotate_webhook_secret": ADMINS,
    "end_old_secret": ADMINS,
    "disable_webhook": ADMINS,
    "enable_webhook": ADMINS,
    "delete_webhook": ADMINS,
    "send_test": ADMINS,
    "begin_test": ADMINS,
    "redeliver": ADMINS,
    "redeliver_range": ADMINS,
    "set_collaborator": LEADERS,
    "remove_collaborator": f"ok forbidden ok ok {NOBODY} ok {NOBODY}",
    "set_privacy": LEADERS,
    "keep_tag_repository": ADMINS,
    "push_tags": ADMINS,
    "stop_tag_repository": ADMINS,
    "start_import": ADMINS,
    "resume_import": ADMINS,
    "archive_model": EDITORS,
    "create_workspace": STAFF,
    "delete_model": EDITORS,
    "delete_version": EDITORS,
    "edit_model": EDITORS,
    "edit_version": EDITORS,
    "lock_version": EDITORS,
    "register_model": EDITORS,
    "register_version": EDITORS,
    **dict.fromkeys(("set_model_tag", "set_version_tag", "remove_model_tag", "remove_version_tag"), EDITORS),
    **dict.fromkeys(("set_alias", "remove_alias"), EDITORS),
    "rename_workspace": ADMINS,
    "unarchive_model": ADMINS,
    "add_comment": EDITORS,
    "edit_comment": f"forbidden forbidden ok forbidden {NOBODY} forbidden {NOBODY}",
    "delete_comment": f"ok forbidden ok forbidden {NOBODY} forbidden {NOBODY}",
    "approve_stage_change": REVIEWERS,
    "reject_stage_change": REVIEWERS,
    "request_stage_change": EDITORS,
    "revoke_stage_change": f"not-eligible not-eligible ok not-eligible {NOBODY} ok {NOBODY}",
    "set_policy": ADMINS,
    "withdraw_approval": f"not-eligible ok not-eligible not-eligible {NOBODY} not-eligible {NOBODY}",
}
SCOPE = {
    Scope.WRITE: {
        "archive_model", "delete_model", "delete_version", "edit_model", "edit_version", "lock_version", "register_model",
        "register_version", "add_comment", "request_stage_change", "revoke_stage_change", "set_model_tag", "set_version_tag",
        "remove_model_tag", "remove_version_tag", "set_alias", "remove_alias", "edit_comment", "delete_comment",
    },
    Scope.DECIDE: {
        "approve_stage_change", "reject_stage_change", "withdraw_approval", "bypass_stage_change", "sign_off_bypass",
    },
    Scope.CHECKS: {"report_check"},
}  # fmt: skip
SCOPE[Scope.ADMIN] = set(CALLS) - set().union(*SCOPE.values())


def a_bot_of(user: User, team: Team, username: str) -> User:
    """A service account that an editor made while they were an admin."""
    team.role(user, Role.ADMIN)
    with unit_of_work():
        bot = create_service_account(username=username, workspace_id=team.workspace.pk, role=Role.EDITOR, by=caller(user))
    team.role(user, Role.EDITOR)
    return bot


@pytest.fixture
def team() -> Team:
    made = make_team()
    made.extra["bot"] = a_bot_of(made.engineer, made, "engineers-bot")
    made.extra["gone"] = made.second_reviewer
    made.let_go(made.second_reviewer)
    return made


def the_caller(team: Team, who: str) -> Caller:
    if who == "operator":
        return Caller.operator()
    return caller(team.extra.get(who) or getattr(team, who))


def outcome(name: str, team: Team, by: Caller) -> str:
    """`ok`, or the code of the refusal, which writes nothing. Undone afterwards."""
    with undone():
        do = CALLS[name].prepare(team)
        try:
            with undone(), unit_of_work():
                do(by)
        except DomainError as refused:
            return refused.code
        return "ok"


def test_every_service_has_its_doors():
    assert set(DOORS) == set(CALLS)


def test_a_service_lets_in_whom_it_should_and_tells_the_rest_why(team):
    for name, doors in DOORS.items():
        told = {who: outcome(name, team, the_caller(team, who)) for who in WHO}
        assert (name, told) == (name, dict(zip(WHO, doors.split(), strict=True)))


def test_a_token_needs_the_one_scope_of_a_service(team):
    for needed, names in SCOPE.items():
        for name in names:
            user = one_who_may(team, name).user
            told = {scope: outcome(name, team, Caller(user, "api", None, frozenset([scope]))) for scope in Scope}
            assert (name, told) == (name, {scope: "ok" if scope == needed else "forbidden" for scope in Scope})
            every_other = frozenset(Scope) - {needed}
            assert (name, outcome(name, team, Caller(user, "api", None, every_other))) == (name, "forbidden")


def test_staff_who_were_let_go_set_up_nobody_any_more(team):
    leaver = User.objects.create_user("leaver", is_staff=True, is_active=False, date_joined=team.staff.date_joined)
    told = {name: outcome(name, team, caller(leaver)) for name, doors in DOORS.items() if doors == STAFF}
    assert told == dict.fromkeys(("create_person", "deactivate_person", "reactivate_person", "create_workspace"), "forbidden")


def every_door_of(team: Team, *users: User) -> list[Caller]:
    """Each of these users in the browser, with a token of each scope, with one of every scope, and at the command line."""
    scopes = [expanded([scope]) for scope in Scope] + [frozenset(Scope)]
    return [Caller(user, "page") for user in users] + [Caller(user, "api", None, held) for user in users for held in scopes]


@pytest.mark.parametrize("requester", ["engineer", "bot", "admin", "service"])
@pytest.mark.parametrize("needed", [0, 1, 2])
def test_nobody_decides_on_their_own_request_through_any_door(team, requester, needed):
    team.extra["second bot"] = a_bot_of(team.engineer, team, "second-bot")
    asking = the_caller(team, requester).user
    mine = [user for user in User.objects.all() if asking and user.principal_id == asking.principal_id]
    assert len(mine) >= 2
    change_request = team.ask(team.version(), by=asking)
    team.policy("staging", needed)
    with no_activity():
        for by in [*every_door_of(team, *mine), Caller.operator()]:
            for decide in (approve_stage_change, reject_stage_change):
                with pytest.raises(DomainError) as refused, unit_of_work():
                    decide(change_request_id=change_request.pk, by=by, comment="x")
                assert refused.value.code in ("own-request", "forbidden", "not-found")
                assert refused.value.code == "own-request" or by.user is None or Scope.DECIDE not in by.scopes
    assert Review.objects.count() == 0
    assert StageChangeRequest.objects.get().status == "pending"

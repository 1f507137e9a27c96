"""Who hears of what, and why: every verb that anybody is told of, every role, and nobody who could not see or decide."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.caller import Caller
from accounts.models import Role, User
from accounts.services import create_service_account, withdraw_delegation
from activity.errors import DomainError
from activity.models import Activity
from activity.sentences import SENTENCES
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import add_comment, confirm_policy, expire_stage_change, remind_of_expiry
from notifications.audience import ENDS, WHO_HEARS, who_hears
from notifications.reasons import REASONS
from notifications.services import create_webhook, suspend_webhook
from registry.models import Proposal
from registry.services import decline_proposal
from tests.approvals.population import undone
from tests.cast import Team, caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def last(verb: str) -> Activity:
    return Activity.objects.filter(verb=verb).latest("pk")


def heard(verb: str) -> dict[str, str]:
    """Who hears of the last line of that verb, with the code of the reason."""
    return {each.person.username: each.reason.code for each in who_hears(last(verb))}


def because(verb: str, person: User) -> str:
    return next(each.because for each in who_hears(last(verb)) if each.person == person)


def say(team: Team, who: User, change_request: StageChangeRequest | None = None, version: int = 0) -> None:
    with unit_of_work():
        add_comment(
            version_id=change_request.version_id if change_request else version,
            change_request_id=change_request.pk if change_request else None,
            body="So?",
            by=caller(who),
        )


def _asked(team: Team) -> None:
    team.ask(team.version())


def _asked_by_the_bot(team: Team) -> None:
    team.ask(team.version(), by=team.service)


def _voided(team: Team) -> None:
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    team.edit(change_request.version, metrics={"auc": 0.9})


def _soon(team: Team) -> None:
    team.policy("staging", 2, expires_after_days=2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    with unit_of_work():
        remind_of_expiry(change_request_id=change_request.pk, by=Caller.stageward())


def _expired(team: Team) -> None:
    team.policy("staging", expires_after_days=2)
    change_request = team.ask(team.version())
    StageChangeRequest.objects.filter(pk=change_request.pk).update(expires_at=change_request.created_at)
    with unit_of_work():
        expire_stage_change(change_request_id=change_request.pk, by=Caller.stageward())


def _applied(team: Team) -> None:
    team.approve(team.ask(team.version()))


def _approved_of_two(team: Team) -> None:
    team.policy("staging", 2)
    team.approve(team.ask(team.version()))


def _rejected(team: Team) -> None:
    team.reject(team.ask(team.version()))


def _revoked(team: Team) -> None:
    team.revoke(team.ask(team.version()))


def _revoked_by_the_owner(team: Team) -> None:
    team.revoke(team.ask(team.version(), by=team.service), by=team.admin)


def _superseded(team: Team) -> None:
    team.delete(team.ask(team.version()).version, by=team.reviewer)


def _check(status: str) -> Callable[[Team], None]:
    def report(team: Team) -> None:
        team.policy("staging", required_checks=[{"name": "tests"}])
        team.check(team.ask(team.version()), status=status)

    return report


def _glass(team: Team) -> StageChangeRequest:
    team.policy("staging", 2, break_glass_roles=["admin"])
    change_request = team.ask(team.version())
    team.approve(change_request, by=team.second_reviewer)
    return team.bypass(change_request)


def _signed_off(team: Team) -> None:
    team.sign_off(_glass(team))


def _commented(team: Team) -> None:
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    say(team, team.admin, change_request)
    say(team, team.second_reviewer, change_request)


def _commented_on_a_version(team: Team) -> None:
    version = team.version()
    say(team, team.reviewer, version=version.pk)
    say(team, team.admin, version=version.pk)


def _two_admins(team: Team) -> None:
    team.role(team.reviewer, Role.ADMIN)
    team.role(team.second_reviewer, Role.ADMIN)
    team.policy("staging", 0)


def _one_made_admin_since(team: Team) -> None:
    team.role(team.reviewer, Role.ADMIN)
    team.policy("staging", 0)
    team.role(team.second_reviewer, Role.ADMIN)


def _declined(team: Team) -> None:
    _two_admins(team)
    with unit_of_work():
        decline_proposal(proposal_id=Proposal.objects.get().pk, by=caller(team.reviewer))


def _confirmed(team: Team) -> None:
    _two_admins(team)
    with unit_of_work():
        confirm_policy(proposal_id=Proposal.objects.get().pk, by=caller(team.reviewer))


def _strengthened(team: Team) -> None:
    team.policy("staging", 2)


def _away(team: Team) -> None:
    team.away(team.reviewer, team.engineer)


def _back(by: str) -> Callable[[Team], None]:
    def withdraw(team: Team) -> None:
        row = team.away(team.reviewer, team.engineer)
        with unit_of_work():
            withdraw_delegation(delegation_id=row.pk, by=caller(getattr(team, by)))

    return withdraw


def _hook_off(team: Team) -> None:
    team.role(team.reviewer, Role.ADMIN)
    with unit_of_work():
        webhook, _ = create_webhook(workspace_id=team.workspace.pk, url="https://example.com/x", by=caller(team.admin))
    with unit_of_work():
        suspend_webhook(webhook_id=webhook.pk, reason="gone", by=Caller.stageward())


DECIDERS = {"admin": "decide", "reviewer": "decide", "second_reviewer": "decide"}
# What happens, the verb of the line, and who hears of it for which reason. Whoever is not named hears nothing.
TABLE: list[tuple[str, Callable[[Team], Any], str, dict[str, str]]] = [
    ("asked", _asked, "stage_change.requested", DECIDERS),
    ("asked by a bot", _asked_by_the_bot, "stage_change.requested", {"reviewer": "decide", "second_reviewer": "decide"}),
    ("approvals void", _voided, "stage_change.approvals_voided", DECIDERS),
    (
        "ends soon",
        _soon,
        "stage_change.expires_soon",
        {"admin": "reminder", "second_reviewer": "reminder", "engineer": "reminder"},
    ),
    ("expired", _expired, "stage_change.expired", {"engineer": "ended"}),
    ("applied", _applied, "stage_change.applied", {"engineer": "ended"}),
    ("approved, one more needed", _approved_of_two, "stage_change.approval_given", {}),
    ("rejected", _rejected, "stage_change.rejected", {"engineer": "ended"}),
    ("taken back", _revoked, "stage_change.revoked", {}),
    ("taken back by the bot's owner", _revoked_by_the_owner, "stage_change.revoked", {}),
    ("superseded", _superseded, "stage_change.superseded", {"engineer": "ended"}),
    ("a check failed", _check("failed"), "stage_change.check_reported", {"engineer": "check"}),
    ("a check passed", _check("passed"), "stage_change.check_reported", {}),
    ("break-glass", _glass, "stage_change.bypassed", {"reviewer": "alone", "second_reviewer": "alone"}),
    ("break-glass, the end", _glass, "stage_change.applied", {"engineer": "ended"}),
    ("signed off", _signed_off, "stage_change.signed_off", {"admin": "alone"}),
    ("a comment", _commented, "comment.added", {"engineer": "comment", "reviewer": "comment", "admin": "comment"}),
    ("a comment on a version", _commented_on_a_version, "comment.added", {"engineer": "comment", "reviewer": "comment"}),
    ("weaker rules", _two_admins, "proposal.made", {"reviewer": "proposal", "second_reviewer": "proposal"}),
    ("weaker rules, one made admin since", _one_made_admin_since, "proposal.made", {"reviewer": "proposal"}),
    ("declined", _declined, "proposal.declined", {"admin": "proposal"}),
    ("confirmed", _confirmed, "policy.changed", {"admin": "proposal"}),
    ("stricter rules", _strengthened, "policy.changed", {}),
    ("away", _away, "delegation.given", {"engineer": "delegation"}),
    ("back", _back("reviewer"), "delegation.withdrawn", {"engineer": "delegation"}),
    ("given back", _back("engineer"), "delegation.withdrawn", {"reviewer": "delegation"}),
    ("a webhook off", _hook_off, "webhook.disabled", {"admin": "webhook", "reviewer": "webhook"}),
]


@pytest.mark.parametrize(("happens", "verb", "hears"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_who_hears_of_what_and_why(team, happens, verb, hears):
    happens(team)
    assert heard(verb) == hears


def test_every_verb_that_is_told_is_one_of_the_log_and_in_the_table_above():
    told = {verb for verbs, _, _ in WHO_HEARS for verb in verbs}
    assert told - set(SENTENCES) == set()
    assert told - {row[2] for row in TABLE} == {"lifecycle.changed"}  # the same rule as for policies
    assert {reason.code for _, reason, _ in WHO_HEARS} == set(REASONS)
    assert set(ENDS) == {f"stage_change.{status}" for status in StageChangeRequest.Status if status != "pending"}


def test_each_is_told_why(team):
    team.policy("staging", 2, groups=[{"group": team.group("risk", team.reviewer).key, "minimum": 1}])
    team.ask(team.version())
    assert because("stage_change.requested", team.admin) == "your approval would count"
    assert because("stage_change.requested", team.reviewer) == "your approval would count, as that of a member of risk"


def test_who_stands_in_for_a_member_of_the_group_hears_for_whom_and_until_when(team):
    team.policy("staging", 1, groups=[{"group": team.group("risk", team.reviewer).key, "minimum": 1}])
    row = team.away(team.reviewer, team.second_reviewer, days=3)
    team.ask(team.version())
    assert heard("stage_change.requested") == {"reviewer": "decide", "second_reviewer": "decide"}
    told = because("stage_change.requested", team.second_reviewer)
    assert told == f"your approval would count, as that of a delegate of Reviewer, member of risk, until {row.ends_at:%-d %B}"
    assert because("delegation.given", team.second_reviewer) == f"you are delegate of Reviewer until {row.ends_at:%-d %B}"


def test_who_approved_something_else_hears_that_it_no_longer_counts(team):
    _voided(team)
    stale = "you approved, then metrics.auc changed: your approval no longer counts"
    assert because("stage_change.approvals_voided", team.reviewer) == stale
    assert because("stage_change.approvals_voided", team.admin) == "your approval would count"


def test_those_passed_over_by_break_glass_are_told_so_and_others_that_they_may_sign_off(team):
    _glass(team)
    assert because("stage_change.bypassed", team.reviewer) == "you could have approved this change"
    assert because("stage_change.bypassed", team.second_reviewer) == "it waits for a second person to sign it off, and you may"


@pytest.mark.parametrize("verb", ["stage_change.requested", "comment.added", "stage_change.bypassed", "webhook.disabled"])
def test_who_left_the_workspace_or_was_let_go_since_hears_nothing(team, verb):
    {row[2]: row[1] for row in TABLE if row[0] != "a comment on a version"}[verb](team)
    assert "reviewer" in heard(verb)
    with undone():
        team.let_go(team.reviewer)
        assert "reviewer" not in heard(verb)
    team.reviewer.memberships.all().delete()
    assert "reviewer" not in heard(verb)


def test_a_comment_on_a_version_that_is_gone_leads_nowhere_so_nobody_hears(team):
    _commented_on_a_version(team)
    team.delete(last("comment.added") and team.model.versions.get())
    assert heard("comment.added") == {}


def test_nobody_is_asked_twice_for_a_service_account_of_theirs(team):
    team.ask(team.version())
    people = [each.person for each in who_hears(last("stage_change.requested"))]
    assert len(people) == len(set(people))
    assert all(person.owner_id is None for person in people)


WHO = ("admin", "engineer", "reviewer", "second_reviewer", "viewer", "service")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asks=st.sampled_from(("admin", "engineer", "reviewer", "service")),
    roles=st.dictionaries(st.sampled_from(WHO[1:]), st.sampled_from(list(Role)), max_size=3),
    group=st.sets(st.sampled_from(WHO[:5]), max_size=3),
    needs_group=st.booleans(),
    editor_out=st.booleans(),
    votes=st.lists(st.sampled_from(WHO), max_size=2),
    away=st.none() | st.tuples(st.sampled_from(WHO[:5]), st.sampled_from(WHO[:5])),
    gone=st.none() | st.sampled_from(WHO[1:5]),
    edited=st.booleans(),
)
def test_who_is_asked_is_who_finds_it_in_their_inbox(
    team, asks, roles, group, needs_group, editor_out, votes, away, gone, edited
):
    with undone():
        people = {who: getattr(team, who) for who in WHO}
        team.group("risk", *(people[who] for who in sorted(group)))
        groups = [{"group": "risk", "minimum": 1}] if needs_group and group else []
        _quietly(lambda: team.policy("staging", 3, groups=groups, exclude_last_editor=editor_out))
        if away and away[0] != away[1]:
            _quietly(lambda: team.away(people[away[0]], people[away[1]]))
        change_request = team.ask(team.version(), by=people[asks])
        for who in votes:
            _quietly(partial(team.approve, change_request, by=people[who]))
        if edited:
            _quietly(lambda: team.edit(change_request.version, metrics={"auc": 0.5}))
        for who, role in roles.items():
            _quietly(partial(team.role, people[who], role))
        if gone:
            team.let_go(people[gone])
        waits = StageChangeRequest.objects.awaiting
        inbox = {user.principal_id for user in User.objects.all() if user.is_active and waits(user).exists()}
        told = {each.person.pk for each in who_hears(last("stage_change.requested"))}
        assert told == {pk for pk in inbox if User.objects.get(pk=pk).is_active}


def _quietly(do: Callable[[], Any]) -> None:
    with suppress(DomainError):
        do()


@pytest.mark.parametrize("more", [1, 6])
def test_saying_who_is_asked_costs_the_same_for_few_and_for_many(team, more):
    for number in range(more):
        bot = create_service_account
        with unit_of_work():
            bot(username=f"b{number}", workspace_id=team.workspace.pk, role=Role.EDITOR, by=caller(team.admin))
    team.ask(team.version())
    line = last("stage_change.requested")
    with CaptureQueriesContext(connection) as queries:
        who_hears(line)
    assert len(queries) == 7

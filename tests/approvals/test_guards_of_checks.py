"""What the database keeps about delegated reviews, checks, sign-offs and what a request asks for, gone round on purpose."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Delegation
from activity import clock
from approvals.models import Check, Review, SignOff, StageChangeRequest
from tests.cast import make_team

pytestmark = pytest.mark.django_db
SQLITE = connection.vendor == "sqlite"
OWN = "nobody reviews in another's name without their delegation"
SECOND = "Break-glass is signed off by a second person, afterwards"
KEPT = {"approvals_check": "A report stays as it was made", "approvals_signoff": "Who signed off stays"}


@pytest.fixture
def team():
    return make_team()


def refused(words: str, change) -> None:
    """The change is refused in these words, and every row is as it was."""
    models = (StageChangeRequest, Review, Check, SignOff)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        change()
        connection.check_constraints()
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def sql(statement: str):
    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return change


def a_review(change_request, reviewer, away, **fields) -> Review:
    fields = {"principal": reviewer, "decision": "approve", "digest": "sha256:0", "created_at": clock.now()} | fields
    return Review(change_request=change_request, reviewer=reviewer, on_behalf_of=away, **fields)


def a_check(change_request, reporter, **fields) -> Check:
    fields = {"principal": reporter, "name": "tests", "status": "passed", "created_at": clock.now()} | fields
    return Check(change_request=change_request, reporter=reporter, **fields)


def a_sign_off(change_request, reviewer, principal=None) -> SignOff:
    return SignOff(change_request=change_request, reviewer=reviewer, principal=principal or reviewer, created_at=clock.now())


def bypassed(team, by=None, asked_by=None) -> StageChangeRequest:
    team.policy("staging", 1, break_glass_roles=["admin", "editor"])
    return team.bypass(team.ask(team.version(), by=asked_by), by=by)


def test_nobody_reviews_in_the_name_of_somebody_who_did_not_let_them(team):
    change_request = team.ask(team.version())
    refused(OWN, a_review(change_request, team.reviewer, team.second_reviewer).save)
    team.away(team.reviewer, team.second_reviewer)  # the other way round
    refused(OWN, a_review(change_request, team.reviewer, team.second_reviewer).save)
    team.away(team.second_reviewer, team.reviewer)
    a_review(change_request, team.reviewer, team.second_reviewer).save()


@pytest.mark.parametrize("minutes", [-1, 24 * 60 + 1])
def test_a_delegation_is_good_from_its_start_to_its_end(team, minutes):
    team.away(team.second_reviewer, team.reviewer)
    change_request, moment = team.ask(team.version()), clock.now() + timedelta(minutes=minutes)
    refused(OWN, a_review(change_request, team.reviewer, team.second_reviewer, created_at=moment).save)


def test_a_delegation_that_was_withdrawn_is_good_for_nothing(team):
    team.away(team.second_reviewer, team.reviewer)
    Delegation.objects.update(withdrawn_at=clock.now() - timedelta(seconds=1))
    refused(OWN, a_review(team.ask(team.version()), team.reviewer, team.second_reviewer).save)


def test_nobody_reviews_in_the_requesters_name_nor_the_requester_in_anybodys(team):
    team.away(team.engineer, team.reviewer)
    team.away(team.second_reviewer, team.engineer)
    change_request = team.ask(team.version())
    refused("The requester cannot review", a_review(change_request, team.reviewer, team.engineer).save)
    refused("The requester cannot review", a_review(change_request, team.engineer, team.second_reviewer).save)


def test_a_review_does_not_change_the_name_that_it_was_given_in(team):
    team.away(team.second_reviewer, team.reviewer)
    review = a_review(team.ask(team.version()), team.reviewer, team.second_reviewer)
    review.save()
    for other in (None, team.admin):
        refused("A review says what it said|" + OWN, lambda to=other: Review.objects.update(on_behalf_of=to))


def test_a_report_is_made_in_its_reporters_name(team):
    change_request = team.ask(team.version())
    refused("in its reporter's name", a_check(change_request, team.engineer, principal=team.reviewer).save)
    refused("in its reporter's name", a_check(change_request, team.service).save)
    a_check(change_request, team.service, principal=team.admin).save()


@pytest.mark.parametrize("table", KEPT)
def test_reports_and_sign_offs_stay_as_they_are(team, table):
    change_request = bypassed(team)
    a_check(change_request, team.reviewer).save()
    a_sign_off(change_request, team.reviewer).save()
    column = "status" if table == "approvals_check" else "comment"
    refused(KEPT[table], sql(f"UPDATE {table} SET {column} = 'passed'"))
    refused(KEPT[table], sql(f"DELETE FROM {table}"))
    if SQLITE:
        refused(KEPT[table], sql(f"REPLACE INTO {table} SELECT * FROM {table}"))
    else:
        connection.check_constraints()
        refused(KEPT[table], sql(f"TRUNCATE {table} CASCADE"))


def test_break_glass_is_not_signed_off_by_who_did_it_nor_by_who_asked(team):
    change_request = bypassed(team, by=team.second_reviewer)
    for user in (team.second_reviewer, team.engineer):
        refused(SECOND, a_sign_off(change_request, user).save)
    a_sign_off(change_request, team.reviewer).save()


def test_break_glass_is_not_signed_off_through_a_service_account_of_who_did_it(team):
    change_request = bypassed(team, by=team.admin)
    refused(SECOND, a_sign_off(change_request, team.service, principal=team.admin).save)
    refused(SECOND, a_sign_off(change_request, team.service).save)
    refused(SECOND, a_sign_off(change_request, team.admin, principal=team.reviewer).save)


def test_nothing_else_is_signed_off(team):
    pending, approved = team.ask(team.version()), team.approve(team.ask(team.version()))
    for change_request in (pending, approved):
        refused(SECOND, a_sign_off(change_request, team.second_reviewer).save)


def test_there_is_one_sign_off(team):
    change_request = bypassed(team)
    team.sign_off(change_request)
    refused("(?i)unique|Who signed off stays", a_sign_off(change_request, team.second_reviewer).save)


@pytest.mark.skipif(not SQLITE, reason="PostgreSQL has no REPLACE")
@pytest.mark.parametrize("table", ["approvals_signoff", "approvals_review"])
def test_a_row_is_not_pushed_out_by_another_one_of_the_same_person(team, table):
    change_request = bypassed(team)
    team.sign_off(change_request)
    a_review(team.ask(team.version()), team.reviewer, None).save()
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    rest = ", ".join(column for column in columns if column != "id")
    refused(
        "Who signed off stays|A review cannot be replaced",
        sql(f"REPLACE INTO {table} (id, {rest}) SELECT 99, {rest} FROM {table}"),
    )


@pytest.mark.parametrize("was", [None, 7])
@pytest.mark.parametrize(
    "change", [{"requester_token_id": 8}, {"skipped_stages": ["development"]}, {"comment": "x"}, {"archive_incumbents": True}]
)
def test_what_a_request_was_asked_with_stays(team, was, change):
    change_request = team.ask(team.version(), "development")
    copy = StageChangeRequest.objects.get(pk=change_request.pk)
    copy.pk, copy.version, copy.requester_token_id = None, team.version(), was
    copy.save(force_insert=True)
    rows = StageChangeRequest.objects.filter(pk=copy.pk)
    refused("What a request asks for, and who asks, cannot change", lambda: rows.update(**change))


def test_a_token_does_not_vanish_from_a_request(team):
    change_request = team.ask(team.version())
    copy = StageChangeRequest.objects.get(pk=change_request.pk)
    copy.pk, copy.version, copy.requester_token_id = None, team.version(), 7
    copy.save(force_insert=True)
    refused("who asks, cannot change", lambda: StageChangeRequest.objects.filter(pk=copy.pk).update(requester_token_id=None))


def test_a_change_put_into_effect_alone_does_not_become_an_approved_one(team):
    change_request = bypassed(team)
    rows = StageChangeRequest.objects.filter(pk=change_request.pk)
    changes: list[dict[str, Any]] = [{"effect": "approved"}, {"overridden": []}, {"decided_by": team.reviewer}]
    for change in changes:
        refused("A request ends once", lambda fields=change: rows.update(**fields))

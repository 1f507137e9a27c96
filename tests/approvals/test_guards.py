"""What the database keeps about requests and reviews, gone round on purpose; and what verification finds when it was gone round."""

import pytest
from django.db import IntegrityError, connection, transaction

from activity import clock
from activity.log import SYSTEM, Subject, record
from approvals.models import Review, StageChangeRequest, StagePolicy
from tests.cast import make_team
from tests.log import findings, without_triggers

pytestmark = pytest.mark.django_db
OWN = "The requester cannot review their own request."
SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def team():
    return make_team()


def refused(words: str, change) -> None:
    """The change is refused in these words, and every request and review is as it was."""
    before = [list(model.objects.order_by("pk").values()) for model in (StageChangeRequest, Review)]
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        change()
        connection.check_constraints()
    assert [list(model.objects.order_by("pk").values()) for model in (StageChangeRequest, Review)] == before


def sql(statement: str, *values):
    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return change


def a_review(change_request, reviewer, principal=None) -> Review:
    return Review(
        change_request=change_request,
        reviewer=reviewer,
        principal=principal or reviewer,
        decision="approve",
        digest=change_request.digest,
        created_at=clock.now(),
    )


def another_request(change_request, version, **fields) -> StageChangeRequest:
    """An unsaved request like the first one, for another version."""
    copy = StageChangeRequest.objects.get(pk=change_request.pk)
    copy.pk, copy.version = None, version
    copy.__dict__.update(fields)
    return copy


def test_the_database_refuses_the_requesters_own_review(team):
    change_request = team.ask(team.version())
    refused(OWN, a_review(change_request, team.engineer).save)
    refused(OWN, lambda: Review.objects.bulk_create([a_review(change_request, team.engineer)]))


def test_the_database_refuses_a_review_by_the_requesters_service_account(team):
    change_request = team.ask(team.version(), by=team.admin)
    refused(OWN, a_review(change_request, team.service, principal=team.admin).save)


def test_the_database_refuses_a_review_in_a_name_that_is_not_the_reviewers(team):
    change_request = team.ask(team.version())
    refused(OWN, a_review(change_request, team.engineer, principal=team.reviewer).save)
    refused(OWN, a_review(change_request, team.service, principal=team.service).save)
    a_review(change_request, team.service, principal=team.admin).save()


def test_a_review_does_not_become_the_requesters_later(team):
    change_request = team.ask(team.version())
    review = a_review(change_request, team.reviewer)
    review.save()
    rows = Review.objects.filter(pk=review.pk)
    refused("requester cannot review|says what it said", lambda: rows.update(principal=team.engineer, reviewer=team.engineer))
    other = team.ask(team.version(), by=team.reviewer)
    refused("requester cannot review|says what it said", lambda: rows.update(change_request=other))


@pytest.mark.parametrize("column", ["decision", "digest", "comment", "created_at", "reviewer_id"])
def test_a_review_says_what_it_said(team, column):
    change_request = team.ask(team.version())
    review = a_review(change_request, team.reviewer)
    review.save()
    changed = {"reviewer_id": team.second_reviewer.pk, "created_at": clock.now()}.get(column, "reject")
    refused("A review says what it said|requester cannot", lambda: Review.objects.update(**{column: changed}))


def test_a_withdrawn_review_stays_withdrawn(team):
    review = a_review(team.ask(team.version()), team.reviewer)
    review.save()
    Review.objects.update(withdrawn_at=clock.now())
    refused("A review says what it said", lambda: Review.objects.update(withdrawn_at=None))


def test_one_person_has_one_standing_review_of_one_content(team):
    change_request = team.ask(team.version())
    a_review(change_request, team.admin).save()
    refused("(?i)unique|cannot be replaced", a_review(change_request, team.service, principal=team.admin).save)
    Review.objects.update(withdrawn_at=clock.now())
    a_review(change_request, team.service, principal=team.admin).save()


@pytest.mark.parametrize("table", ["approvals_review", "approvals_stagechangerequest"])
def test_reviews_and_requests_are_never_removed(team, table):
    a_review(team.ask(team.version()), team.reviewer).save()
    refused("never removed|are kept", sql(f"DELETE FROM {table}"))


@pytest.mark.skipif(SQLITE, reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", ["approvals_review", "approvals_stagechangerequest"])
def test_reviews_and_requests_cannot_be_truncated(team, table):
    a_review(team.ask(team.version()), team.reviewer).save()
    connection.check_constraints()
    refused("never removed|are kept", sql(f"TRUNCATE {table} CASCADE"))


@pytest.mark.skipif(not SQLITE, reason="PostgreSQL has no REPLACE")
@pytest.mark.parametrize("table", ["approvals_review", "approvals_stagechangerequest"])
def test_reviews_and_requests_cannot_be_replaced(team, table):
    a_review(team.ask(team.version()), team.reviewer).save()
    refused("cannot be replaced", sql(f"REPLACE INTO {table} SELECT * FROM {table}"))


def test_a_version_has_one_pending_request(team):
    change_request = team.ask(team.version())
    refused("(?i)unique|one pending request", another_request(change_request, change_request.version).save)


@pytest.mark.parametrize("status", ["applied", "rejected", "revoked", "expired", "superseded"])
def test_a_request_is_born_pending(team, status):
    copy = another_request(team.ask(team.version()), team.version(), status=status)
    refused("A request starts as pending, in its requester's name", lambda: copy.save(force_insert=True))


def test_a_request_is_born_in_its_requesters_name(team):
    copy = another_request(team.ask(team.version()), team.version(), requester_principal_id=team.reviewer.pk)
    refused("in its requester's name", lambda: copy.save(force_insert=True))


FIXED = ["version_id", "from_stage_id", "to_stage_id", "requester_id", "requester_principal_id", "direction", "created_at"]


@pytest.mark.parametrize("column", FIXED)
def test_what_a_request_asks_for_and_who_asks_cannot_change(team, column):
    change_request = team.ask(team.version())
    other = team.version()
    changed = {
        "version_id": other.pk, "from_stage_id": team.stage("production").pk, "to_stage_id": team.stage("production").pk,
        "requester_id": team.reviewer.pk, "requester_principal_id": team.reviewer.pk, "direction": "back", "created_at": clock.now(),
    }  # fmt: skip
    refused(
        "What a request asks for, and who asks, cannot change",
        lambda: StageChangeRequest.objects.filter(pk=change_request.pk).update(**{column: changed[column]}),
    )


@pytest.mark.parametrize("status", ["applied", "rejected", "revoked", "expired", "superseded"])
def test_a_request_does_not_end_without_its_line(team, status):
    change_request = team.ask(team.version())
    other = team.approve(team.ask(team.version()))
    mine = record("stage_change.requested", by=SYSTEM, on=Subject(request_id=change_request.pk, model_id=team.model.pk))
    rows = StageChangeRequest.objects.filter(pk=change_request.pk)
    for line_id in (None, other.closing_activity_id, mine.pk):
        refused("A request ends once", lambda line=line_id: rows.update(status=status, closing_activity_id=line))


def test_a_request_that_has_ended_stays_as_it_is(team):
    change_request = team.approve(team.ask(team.version()))
    rows = StageChangeRequest.objects.filter(pk=change_request.pk)
    rejected = record("stage_change.rejected", by=SYSTEM, on=Subject(request_id=change_request.pk, model_id=team.model.pk))
    refused("A request ends once", lambda: rows.update(status="pending"))
    refused("A request ends once", lambda: rows.update(status="rejected", closing_activity_id=rejected.pk))
    refused("A request ends once", lambda: rows.update(decided_by=team.admin))
    refused("A request ends once", lambda: rows.update(digest="sha256:0"))


def test_a_policy_asks_for_at_most_20_approvals(team):
    refused("at_most_20_approvals", lambda: StagePolicy.objects.update(approvals_required=21))


def test_a_request_whose_status_was_rewritten_is_found(team):
    change_request = team.ask(team.version())
    assert findings() == []
    with without_triggers():
        StageChangeRequest.objects.filter(pk=change_request.pk).update(status="rejected")
    assert findings() == [(f"request {change_request.pk} says it was rejected, but the log does not", None)]


def test_a_line_whose_request_was_reopened_is_found(team):
    change_request = team.approve(team.ask(team.version()))
    line = change_request.closing_activity_id
    with without_triggers():
        StageChangeRequest.objects.filter(pk=change_request.pk).update(status="pending", closing_activity_id=None)
    assert findings() == [(f"the log says stage_change.applied of request {change_request.pk}, but the request does not", line)]

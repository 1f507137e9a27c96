"""The page of queues and workers: for staff, true to what waits, silent about what staff may not see."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.caller import Caller
from activity import clock
from activity.models import Outbox
from activity.unit import unit_of_work
from notifications.models import Delivery, Webhook
from notifications.services import create_webhook
from operations.models import Worker
from tests.cast import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def staff(team) -> Client:
    return signed_in(team.staff)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def words(client: Client, path: str = "/operations") -> str:
    return client.get(path).content.decode()


def fail_a_line() -> Outbox:
    row = Outbox.objects.order_by("pk")[0]
    Outbox.objects.filter(pk=row.pk).update(
        last_error="mail.example.org refused", attempts=3, due_at=clock.now() + timedelta(hours=1)
    )
    return row


def fail_a_message(team) -> Delivery:
    with unit_of_work():
        webhook, _ = create_webhook(
            workspace_id=team.workspace.pk, name="Release robot", url="https://example.com/hook", by=Caller(team.admin, "page")
        )
    line = Outbox.objects.order_by("pk")[0].activity
    return Delivery.objects.create(
        webhook=webhook, activity=line, message_id="msg_1", tries=2, created_at=clock.now(),
        next_at=clock.now() + timedelta(hours=5),
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/operations", "/operations/try-lines", "/operations/try-messages"])
def test_it_is_there_for_staff_alone(team, path):
    client = signed_in(team.admin)
    response = client.get(path) if path == "/operations" else client.post(path)
    assert response.status_code == 404
    assert Client().get("/operations").status_code == 302


def test_a_line_that_fails_is_shown_with_its_reason_and_tried_again_on_demand(staff):
    row = fail_a_line()
    assert "mail.example.org refused" in words(staff)
    response = staff.post("/operations/try-lines", {"line": row.pk}, follow=True)
    assert "1 line will be tried again within seconds." in response.content.decode()
    assert Outbox.objects.get(pk=row.pk).due_at <= clock.now()


def test_all_lines_that_failed_are_tried_again_at_once(staff):
    fail_a_line()
    staff.post("/operations/try-lines")
    assert not Outbox.objects.filter(due_at__gt=clock.now()).exists()


def test_a_webhook_is_named_to_who_may_see_it_alone(team, staff):
    delivery = fail_a_message(team)
    page = words(staff)
    assert f"Webhook {delivery.webhook_id}" in page
    assert "Release robot" not in page
    assert "example.com" not in page
    team.role(team.staff, "admin")
    assert "Release robot" in words(staff)


def test_messages_that_failed_are_tried_again_those_under_way_are_not(team, staff):
    failed = fail_a_message(team)
    staff.post("/operations/try-messages")
    failed.refresh_from_db()
    assert failed.next_at
    assert failed.next_at <= clock.now()
    lease = clock.now() + timedelta(seconds=100)
    Delivery.objects.update(next_at=lease, leased_until=lease)
    staff.post("/operations/try-messages")
    assert Delivery.objects.get().next_at == lease


def test_a_webhook_that_was_switched_off_says_why_to_who_may_see_it(team, staff):
    fail_a_message(team)
    Webhook.objects.update(enabled=False, disabled_at=clock.now(), disabled_reason="the receiver answered 410, it wants no more")
    assert "switched off" in words(staff)
    assert "answered 410" not in words(staff)


def test_staff_see_on_every_page_that_no_worker_runs_others_do_not(team, staff):
    Worker.objects.create(name="gone:1", started_at=clock.now(), seen_at=clock.now() - timedelta(minutes=2))
    assert "No worker is running." in words(staff, "/")
    assert "No worker is running." not in words(signed_in(team.admin), "/")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_whatever_waits(staff, count, django_assert_num_queries):
    for row in Outbox.objects.order_by("pk")[:count]:
        Outbox.objects.filter(pk=row.pk).update(last_error="refused")
    Worker.objects.create(name="here:1", started_at=clock.now(), seen_at=clock.now())
    with django_assert_num_queries(20):
        words(staff)

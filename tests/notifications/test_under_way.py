"""A message that somebody asks for again while it is under way, and machines whose clocks do not agree."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Published

from activity import clock
from activity.errors import Invalid
from activity.models import Outbox
from activity.unit import unit_of_work
from notifications.deliveries import deliver
from notifications.models import LEASE, Attempt, Delivery
from notifications.outbox import drain
from notifications.services import create_webhook, edit_webhook, enable_webhook, end_old_secret, redeliver, rotate_webhook_secret
from tests.cast import caller, make_team
from tests.notifications.receiver import hanging_then, status

pytestmark = pytest.mark.django_db
TOO_FAST = timedelta(minutes=10)


def do(service, team, **arguments):
    with unit_of_work():
        return service(by=caller(team.admin), **arguments)


@pytest.fixture
def its_own_clock():
    """What was compared is forgotten afterwards."""
    yield
    clock._ahead = timedelta()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", [204, 500])
def test_what_is_asked_for_again_while_under_way_is_sent_once_that_try_has_ended(there, code):
    team = make_team("busy", "-2")
    do(create_webhook, team, workspace_id=team.workspace.pk, url=there.url, verbs=["model_version"])
    team.version()
    drain()
    began = threading.Event()

    def late(handler):
        began.set()
        hanging_then(0.5, status(code))(handler)

    there.answers = [late, status(204)]

    def work():
        try:
            deliver()
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert began.wait(10)
    row = Delivery.objects.get()
    do(redeliver, team, delivery_id=row.pk)
    worker.join()
    row.refresh_from_db()
    assert (row.state, row.again, row.leased_until) == ("delivered", False, None)
    assert (there.twice_at_once, len(there.ids), len(set(there.ids))) == ([], 2, 1)
    assert list(Attempt.objects.values_list("status", flat=True)) == [code, 204]


def test_what_a_killed_worker_left_is_sent_again_once_when_it_was_asked_for_too(team, there, hook):
    hook(verbs=["model_version"])
    team.version()
    drain()
    end = timezone.now() + LEASE
    Delivery.objects.update(next_at=end, leased_until=end, claims=1)  # taken by a worker that was killed
    do(redeliver, team, delivery_id=Delivery.objects.get().pk)
    assert deliver() == 0
    with time_machine.travel(end + timedelta(seconds=1)):
        assert (deliver(), deliver()) == (1, 0)
    assert len(there.ids) == 1


def test_a_web_server_whose_clock_is_ahead_delays_nothing(team, there, hook):
    hook(verbs=["model_version"])
    with time_machine.travel(timezone.now() + TOO_FAST):
        team.version()
    assert Outbox.objects.filter(done_at=None, due_at__gt=timezone.now()).count() == 0
    assert (drain() > 0, deliver()) == (True, 1)


def test_a_webhook_hears_what_happens_after_it_was_made_and_nothing_before_whatever_the_clocks_say(team, there, hook):
    team.version()
    with time_machine.travel(timezone.now() + TOO_FAST):
        hook(verbs=["model_version"])
    team.version()
    drain()
    assert (deliver(), [json.loads(body)["data"]["activity"]["seq"] for _, _, body in there.taken]) == (1, [3])


@pytest.mark.postgresql
@pytest.mark.parametrize("skew", [TOO_FAST, -TOO_FAST], ids=["ahead", "behind"])
def test_a_worker_whose_clock_is_wrong_keeps_to_the_databases(team, there, hook, its_own_clock, skew):
    _, secret = hook(verbs=["model_version"])
    team.version()
    right = timezone.now()
    there.answers = [status(500)]
    with time_machine.travel(right + skew):
        assert abs(clock.compare_with_database() + skew) < timedelta(seconds=5)
        drain()
        deliver()
    row = Delivery.objects.get()
    assert row.next_at
    assert timedelta(seconds=3) < row.next_at - right < timedelta(seconds=15)
    _, headers, body = there.taken[0]
    Published(secret).verify(body, headers)  # by this machine's clock, five minutes either way
    end = right + LEASE
    Delivery.objects.update(next_at=end, leased_until=end)
    with time_machine.travel(right + skew):
        assert deliver() == 0  # it takes nothing from a worker that is still busy
    assert len(there.ids) == 1


def test_without_a_clock_of_its_own_the_database_agrees_with_this_machine(db, its_own_clock):
    if connection.vendor == "sqlite":
        assert clock.compare_with_database() == timedelta()
    assert abs(clock.shared() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_webhook_says_since_when_nothing_arrives_and_why(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500), status(503), status(204)]
    states = []
    for _ in range(3):
        team.version()
        drain()
        deliver()
        webhook.refresh_from_db()
        states.append((webhook.state, webhook.last_error, webhook.failing_since))
    since = states[0][2]
    assert since is not None
    assert states == [
        ("failing", "The receiver answered 500.", since),
        ("failing", "The receiver answered 503.", since),
        ("active", "", None),
    ]
    there.answers = [status(410)]
    team.version()
    drain()
    deliver()
    webhook.refresh_from_db()
    assert webhook.state == "disabled"
    assert do(enable_webhook, team, webhook_id=webhook.pk).state == "active"


def test_the_old_secret_ends_when_somebody_says_so(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    _, second = do(rotate_webhook_secret, team, webhook_id=webhook.pk)
    do(end_old_secret, team, webhook_id=webhook.pk)
    team.version()
    drain()
    deliver()
    _, headers, body = there.taken[0]
    Published(second).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == 1


def test_github_gets_a_dispatch_with_the_header_it_asks_for(team, there, hook):
    webhook, _ = hook(verbs=["stage_change.requested"], format="github", authorization="Bearer github_pat_x")
    change_request = team.ask(team.version())
    drain()
    deliver()
    ((_, headers, body),) = there.taken
    message = json.loads(body)
    assert (headers["Authorization"], message["event_type"]) == ("Bearer github_pat_x", "stage_change.requested")
    assert (set(message), message["client_payload"]["request"]["id"]) == ({"event_type", "client_payload"}, change_request.pk)
    assert "github_pat" not in webhook.authorization


def test_what_one_host_was_trusted_with_does_not_go_to_another(team, hook):
    webhook, _ = hook(authorization="Bearer x")
    with pytest.raises(Invalid, match=r"does not go along to example\.com"):
        do(edit_webhook, team, webhook_id=webhook.pk, changes={"url": "https://example.com/"})
    do(edit_webhook, team, webhook_id=webhook.pk, changes={"url": webhook.url + "/other-path"})
    moved = do(edit_webhook, team, webhook_id=webhook.pk, changes={"url": "https://example.com/", "authorization": ""})
    assert moved.authorization == ""


def test_a_header_is_one_line(hook):
    with pytest.raises(Invalid, match="plain text on one line"):
        hook(authorization="Bearer x\r\nX-Other: y")

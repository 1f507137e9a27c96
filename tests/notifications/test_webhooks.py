"""Webhooks from the log to a real receiver: signed, retried, given up, sent again."""

import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Published
from standardwebhooks.webhooks import WebhookVerificationError

from activity.models import Activity, Outbox
from activity.unit import unit_of_work
from notifications import deliveries
from notifications.deliveries import AT_LEAST, JITTER, SCHEDULE, deliver, forget, next_try, waiting
from notifications.models import LEASE, Attempt, Delivery, Webhook
from notifications.outbox import drain
from notifications.payload import MOST
from notifications.services import (
    create_webhook,
    delete_webhook,
    disable_webhook,
    edit_webhook,
    enable_webhook,
    redeliver,
    redeliver_range,
    rotate_webhook_secret,
    send_test,
)
from tests.cast import caller, make_team
from tests.notifications.receiver import dripping, endless, hanging, hanging_then, status

pytestmark = pytest.mark.django_db


def do(service, team, **arguments):
    with unit_of_work():
        return service(by=caller(team.admin), **arguments)


def told(there) -> list[str]:
    """The types of what the receiver was sent."""
    return [json.loads(body)["type"] for _, _, body in there.taken]


def send() -> int:
    drain()
    return deliver()


def test_the_published_library_verifies_what_is_sent(team, there, hook):
    _, secret = hook(verbs=["stage_change.requested"])
    change_request = team.ask(team.version())
    assert send() == 1
    ((path, headers, body),) = there.taken
    assert (path, headers["Content-Type"]) == ("/hook", "application/json")
    message = Published(secret).verify(body, headers)
    line = Activity.objects.get(verb="stage_change.requested")
    assert message["type"] == "stage_change.requested"
    assert message["data"]["activity"]["seq"] == line.seq
    assert message["data"]["activity"]["id"] == line.pk
    assert message["data"]["request"]["id"] == change_request.pk
    assert "available_actions" not in message["data"]["request"]
    with pytest.raises(WebhookVerificationError):
        Published(secret).verify(body + " ", headers)


def test_a_secret_is_kept_encrypted(hook):
    webhook, secret = hook()
    assert secret.startswith("whsec_")
    row = Webhook.objects.filter(pk=webhook.pk).values_list("secret", flat=True).get()
    assert secret.removeprefix("whsec_") not in row


def test_during_a_rotation_both_secrets_sign_and_afterwards_the_new_one(team, there, hook):
    webhook, first = hook()
    _, second = do(rotate_webhook_secret, team, webhook_id=webhook.pk, overlap_hours=1)
    send()
    _, headers, body = there.taken[-1]
    assert Published(first).verify(body, headers) == Published(second).verify(body, headers)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        do(send_test, team, webhook_id=webhook.pk)
        send()
        _, headers, body = there.taken[-1]
        Published(second).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Published(first).verify(body, headers)


def test_a_webhook_hears_of_its_verbs_its_model_and_its_stages(team, there, hook):
    hook(verbs=["stage_change.applied"], to_stages=["production"])
    team.move(team.version(), "staging", "production")
    send()
    ((_, _, body),) = there.taken
    assert json.loads(body)["data"]["activity"]["to_stage"] == "production"
    there.taken.clear()
    hook(verbs=["model_version"], model_id=team.model.pk)
    team.version()
    send()
    assert told(there) == ["model_version.registered"]


def test_lines_of_another_workspace_are_not_sent(team, there, hook):
    hook(verbs=["model_version"])
    make_team("other", "-2").version()
    assert (send(), waiting(), there.taken) == (0, False, [])


def test_a_line_that_is_drained_twice_is_queued_once(team, there, hook):
    hook(verbs=["model_version"])
    team.version()
    drain()
    Outbox.objects.update(done_at=None, due_at=timezone.now())
    drain()
    assert (deliver(), Delivery.objects.count()) == (1, 1)


@pytest.mark.parametrize("code", [500, 404, 301, 302, 307, 308, 429])
def test_whatever_is_not_2xx_is_tried_again_with_the_same_id_and_body(team, there, hook, code):
    hook(verbs=["model_version"])
    there.answers = [status(code, b"no", Location=there.url + "/elsewhere"), status(200)]
    team.version()
    assert send() == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert (deliver(), len(there.taken)) == (0, 1)
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        assert deliver() == 1
    assert [path for path, _, _ in there.taken] == ["/hook", "/hook"]
    assert len(set(there.ids)) == 1
    assert there.taken[0][2] == there.taken[1][2]
    assert list(Attempt.objects.values_list("status", "response")) == [(code, "no"), (200, "")]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_at) == ("delivered", None)


def test_a_receiver_that_wants_no_more_gets_no_more(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(410)]
    team.version()
    send()
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.disabled_reason) == (False, "the receiver answered 410, it wants no more")
    assert Activity.objects.latest("pk").verb == "webhook.disabled"
    team.version()
    assert (send(), len(there.taken), Delivery.objects.count()) == (0, 1, 1)


def test_after_the_last_try_the_webhook_is_off_with_a_notice(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500)]
    team.version()
    drain()
    moment = timezone.now()
    for _ in range(len(SCHEDULE) + 1):
        with time_machine.travel(moment, tick=False):
            deliver()
        moment = Delivery.objects.get().next_at or moment
    began = Delivery.objects.get().started_at
    assert began
    assert moment - began >= AT_LEAST
    webhook.refresh_from_db()
    assert (Delivery.objects.get().state, len(there.taken), len(set(there.ids)), webhook.enabled) == ("failed", 10, 1, False)
    line = Activity.objects.latest("pk")
    assert (line.verb, line.via) == ("webhook.disabled", "system")
    assert "could not be delivered in 10 tries" in json.loads(line.data)["reason"]


def test_a_message_that_alone_cannot_be_delivered_does_not_switch_its_webhook_off(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500)]
    team.version()
    send()
    Webhook.objects.update(last_success_at=timezone.now())
    Delivery.objects.update(tries=len(SCHEDULE))
    with time_machine.travel(timezone.now() + timedelta(hours=80)):
        deliver()
    webhook.refresh_from_db()
    assert (Delivery.objects.get().state, webhook.enabled) == ("failed", True)


def test_the_schedule_is_that_of_standard_webhooks_with_jitter_and_72_hours_at_least():
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    start = timezone.now()
    for _ in range(200):
        moment = start
        for tries, pause in enumerate(SCHEDULE, start=1):
            following = next_try(tries, start, moment)
            assert following is not None
            if tries < len(SCHEDULE):
                assert pause * (1 - JITTER) <= following - moment <= pause * (1 + JITTER)
            moment = following
        assert moment - start >= timedelta(hours=72)
        assert next_try(len(SCHEDULE) + 1, start, moment) is None


@pytest.mark.parametrize("answer", [hanging(3), dripping(3)])
def test_a_receiver_that_keeps_one_waiting_is_left(team, there, hook, settings, answer):
    settings.WEBHOOK_TIMEOUT = 1
    hook(verbs=["model_version"])
    there.answers = [answer]
    team.version()
    assert send() == 0
    attempt = Attempt.objects.get()
    assert (attempt.error, attempt.status) == ("No answer within 1 seconds.", None)
    assert 900 < attempt.milliseconds < 2500


def test_of_an_answer_without_an_end_the_beginning_is_read(team, there, hook):
    hook(verbs=["model_version"])
    there.answers = [endless]
    team.version()
    assert send() == 1
    assert len(Attempt.objects.get().response) == 4096


def test_nul_in_an_answer_can_be_kept(team, there, hook):
    hook(verbs=["model_version"])
    there.answers = [status(200, b"a\x00b\xff")]
    team.version()
    assert send() == 1
    assert Attempt.objects.get().response == "a\ufffdb\ufffd"


def test_one_slow_receiver_holds_back_nobody_else(team, there, hook, settings):
    settings.WEBHOOK_TIMEOUT = 2
    hook(verbs=["model_version"], name="slow")
    team.version()
    drain()
    there.answers = [hanging(2), status(204)]
    for _ in range(3):
        hook(verbs=["model_version"])
    for _ in range(8):
        team.version()
    send()
    good = Attempt.objects.filter(status=204)
    assert good.count() == 8 * 4
    assert max(attempt.at for attempt in good) - min(attempt.at for attempt in good) < timedelta(seconds=2)


def test_a_killed_workers_message_is_sent_again_with_the_same_id(team, there, hook):
    hook(verbs=["model_version"])
    team.version()
    send()
    Delivery.objects.update(state="waiting", next_at=timezone.now() + LEASE, claims=1, tries=0)  # sent, but not noted
    assert deliver() == 0
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert deliver() == 1
    assert (len(there.ids), len(set(there.ids))) == (2, 1)


def test_a_message_is_redelivered_with_its_id_and_body(team, there, hook):
    hook(verbs=["stage_change.requested"])
    team.ask(team.version())
    send()
    do(redeliver, team, delivery_id=Delivery.objects.get().pk)
    assert send() == 1
    assert (len(set(there.ids)), len({body for _, _, body in there.taken}), len(there.taken)) == (1, 1, 2)


def test_a_range_holds_also_what_happened_while_the_webhook_was_off(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    began = timezone.now()
    team.version()
    send()
    do(disable_webhook, team, webhook_id=webhook.pk)
    team.version()
    send()
    do(enable_webhook, team, webhook_id=webhook.pk)
    assert (send(), len(there.taken)) == (0, 1)
    assert do(redeliver_range, team, webhook_id=webhook.pk, since=began) == 2
    assert send() == 2
    assert (len(there.ids), len(set(there.ids))) == (3, 2)


def test_what_waited_while_a_webhook_was_off_is_sent_when_it_is_on_again(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    team.version()
    drain()
    do(disable_webhook, team, webhook_id=webhook.pk)
    assert (deliver(), there.taken) == (0, [])
    do(enable_webhook, team, webhook_id=webhook.pk)
    assert deliver() == 1


def test_a_test_goes_to_the_one_tested(team, there, hook):
    webhook, _ = hook(verbs=["stage_change.applied"])
    hook(verbs=["stage_change.applied"], url=there.url + "2")
    do(send_test, team, webhook_id=webhook.pk)
    assert send() == 1
    assert ([path for path, _, _ in there.taken], told(there)) == (["/hook"], ["webhook.tested"])


def test_a_message_is_smaller_than_20_kb_whatever_it_is_about(team, there, hook):
    hook()
    version = team.version(attributes={f"key {number}": "x" * 500 for number in range(50)})
    change_request = team.ask(version, comment="ü" * 9000)
    team.reject(change_request, comment="ß" * 9000)
    send()
    sizes = {json.loads(body)["type"]: len(body.encode()) for _, _, body in there.taken}
    assert max(sizes.values()) < MOST
    last = json.loads(there.taken[-1][2])["data"]
    rejected = next(json.loads(body)["data"] for _, _, body in there.taken if "stage_change.rejected" in body[:60])
    assert rejected["request"]["id"] == change_request.pk
    assert rejected["left_out"]
    assert last["activity"]["seq"]


def test_a_chat_gets_a_text_with_a_link(team, there, hook):
    hook(verbs=["stage_change.requested"], format="slack")
    change_request = team.ask(team.version(), comment="<!channel> & now")
    send()
    ((_, _, body),) = there.taken
    (text,) = json.loads(body).values()
    first, said, link = text.split("\n")
    assert first == "Engineer asked to move churn v1: Unassigned → Staging."
    assert said == "&lt;!channel&gt; &amp; now"
    assert link == f"<http://testserver/requests/{change_request.pk}|Look at it>"


def test_a_secret_kept_under_another_key_is_told_and_breaks_nothing(team, there, hook, settings):
    hook(verbs=["model_version"])
    settings.SECRET_KEY = "another key, of a good length too, all the same"
    team.version()
    assert (send(), there.taken) == (0, [])
    assert "SECRET_KEY is another one now" in Attempt.objects.get().error


def test_an_edited_address_is_where_the_next_try_goes(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500), status(200)]
    team.version()
    send()
    do(edit_webhook, team, webhook_id=webhook.pk, changes={"url": there.url + "/new"})
    with time_machine.travel(timezone.now() + timedelta(seconds=7)):
        deliver()
    assert [path for path, _, _ in there.taken] == ["/hook", "/hook/new"]


def test_the_log_never_has_the_address(team, there, hook):
    webhook, _ = hook(url=there.url + "/secret-part")
    do(edit_webhook, team, webhook_id=webhook.pk, changes={"url": there.url + "/other-secret-part"})
    assert Activity.objects.filter(data__contains="secret-part").count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_never_have_one_message_under_way_twice(there, hook, monkeypatch):
    """Each drain as in a process of its own: what keeps them apart within one is taken away."""
    monkeypatch.setattr(deliveries, "_drains", threading.Semaphore(4))
    team = make_team("busy", "-2")
    with unit_of_work():
        create_webhook(workspace_id=team.workspace.pk, url=there.url, verbs=["model_version"], by=caller(team.admin))
    for _ in range(40):
        team.version()
    drain()
    there.answers = [hanging_then(0.02, status(204))]
    barrier, arrived = threading.Barrier(4), []

    def work() -> None:
        try:
            barrier.wait()
            arrived.append(deliver())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(arrived), len(there.ids), len(set(there.ids)), there.twice_at_once) == (40, 40, 40, [])
    assert set(Delivery.objects.values_list("claims", "state")) == {(1, "delivered")}


def test_messages_done_long_ago_are_forgotten_and_those_that_wait_are_not(team, there, hook):
    hook(verbs=["model_version"])
    team.version()
    send()
    there.answers = [status(500)]
    team.version()
    send()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert forget() == 1
    assert Delivery.objects.get().state == "waiting"


def test_what_waits_for_a_webhook_that_was_removed_is_forgotten_too(team, there, hook):
    webhook, _ = hook(verbs=["model_version"])
    team.version()
    drain()
    do(delete_webhook, team, webhook_id=webhook.pk)
    assert (deliver(), forget(), there.taken) == (0, 0, [])
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert (forget(), Delivery.objects.count()) == (1, 0)

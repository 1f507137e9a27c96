"""What is sent again has its effect once, and who is asked to wait waits."""

import json
import time

import pytest

from stageward import (
    Client,
    ModelVersion,
    NotAuthenticated,
    NotFound,
    NotStageward,
    RegisteredModel,
    ServerError,
    Staging,
    Throttled,
    Unreachable,
)
from tests.client.flaky import DROPPED_AFTER, DROPPED_BEFORE, Answer, Flaky

BAD_GATEWAY = Answer(502, "<h1>Bad gateway</h1>")
PROBLEM = {"Content-Type": "application/problem+json"}


@pytest.fixture
def client(people, flaky: Flaky) -> Client:
    """The engineer, through the server that fails."""
    return people("engineer", flaky.host, workspace="default")


@pytest.mark.parametrize(
    "fault",
    [
        DROPPED_AFTER,
        DROPPED_BEFORE,
        BAD_GATEWAY,
        Answer(504, "", passes=True),
        Answer(429, "", {"Retry-After": "0"}, passes=True),
    ],
)
def test_a_request_is_filed_once_however_often_it_is_sent(client: Client, flaky: Flaky, version: ModelVersion, fault):
    mine = client.get_registered_model(version.model).get_version(number=1)
    flaky.faults = [fault, fault]
    sent_before = len(flaky.seen)
    request = mine.change_stage(Staging())
    assert [method for method, _, _ in flaky.seen[sent_before:]] == ["POST"] * 3
    assert len(set(flaky.keys()[sent_before:])) == 1
    assert [each.id for each in version.requests] == [request.id]
    assert [line.verb for line in version.activities] == ["stage_change.requested", "model_version.registered"]


def test_each_call_has_a_key_of_its_own(client: Client, flaky: Flaky, model: RegisteredModel):
    mine = client.get_registered_model(model.name)
    assert [mine.create_version().number, mine.create_version().number] == [1, 2]
    keys = flaky.keys()[-2:]
    assert len(set(keys)) == 2
    assert all(keys)


def test_a_version_is_deleted_once_when_the_answer_was_lost(client: Client, flaky: Flaky, version: ModelVersion, model):
    mine = client.get_registered_model(model.name).get_version(number=1)
    mine.refresh()
    flaky.faults = ["", DROPPED_AFTER]  # it is read, then deleted
    mine.delete()
    assert list(model.versions) == []
    with pytest.raises(NotFound):
        mine.delete()


def test_an_edit_is_written_once_when_the_answer_was_lost(client: Client, flaky: Flaky, version: ModelVersion, model):
    mine = client.get_registered_model(model.name).get_version(number=1)
    flaky.faults = ["", DROPPED_AFTER]
    mine.add_label("eu")
    assert [line.verb for line in version.activities].count("model_version.edited") == 1
    version.refresh()
    assert version.labels == ["eu"]


def test_retry_after_is_heeded(client: Client, flaky: Flaky):
    flaky.faults = [Answer(503, "", {"Retry-After": "1"})]
    began = time.monotonic()
    assert client.me().username == "engineer"
    assert time.monotonic() - began >= 1


def test_who_is_asked_to_stay_away_for_long_hears_so_at_once(client: Client, flaky: Flaky):
    flaky.faults = [Answer(429, '{"detail": "Too many requests.", "code": "throttled"}', {"Retry-After": "3600", **PROBLEM})]
    with pytest.raises(Throttled, match="Too many requests") as refused:
        client.me()
    assert (refused.value.retry_after, len(flaky.seen)) == (3600.0, 1)


def test_patience_ends(people, flaky: Flaky):
    flaky.faults = [BAD_GATEWAY] * 10
    with pytest.raises(Unreachable, match="answered 502: Stageward does not run there now"):
        people("engineer", flaky.host, retries=2).me()
    assert len(flaky.seen) == 3


def test_a_fault_of_the_server_is_not_sent_again(client: Client, flaky: Flaky):
    flaky.faults = [Answer(500, '{"detail": "Something broke here.", "code": "server-error"}', PROBLEM)]
    with pytest.raises(ServerError, match="Something broke here"):
        client.me()
    assert len(flaky.seen) == 1


def test_a_web_page_is_not_taken_for_an_answer(client: Client, flaky: Flaky):
    flaky.faults = [Answer(200, "<h1>Welcome</h1>")]
    with pytest.raises(NotStageward, match=rf"{flaky.host} answered 200 with a web page.*check the address"):
        client.me()


@pytest.mark.parametrize("status", [301, 302, 308])
def test_a_redirection_is_told_and_not_followed(client: Client, flaky: Flaky, status):
    flaky.faults = [Answer(status, "", {"Location": "https://elsewhere.example.org/api/v1/me"})]
    with pytest.raises(NotStageward, match=r"redirection to https://elsewhere\.example\.org/api/v1/me, which is not followed"):
        client.me()


def test_a_text_that_claims_to_be_json_is_not_taken_for_an_answer(client: Client, flaky: Flaky):
    flaky.faults = [Answer(200, "{", {"Content-Type": "application/json"})]
    with pytest.raises(NotStageward):
        client.me()


def test_a_download_that_is_a_web_page_is_not_kept(client: Client, flaky: Flaky, version: ModelVersion, tmp_path):
    mine = client.get_registered_model(version.model).get_version(number=1)
    flaky.faults = [Answer(200, "<h1>Sign in</h1>")]
    with pytest.raises(NotStageward):
        mine.evidence(tmp_path / "evidence.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named(people, free_port):
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:\d+ cannot be reached: .*whether the server runs"):
        people("engineer", f"http://127.0.0.1:{free_port()}", retries=0).me()


def test_a_server_that_does_not_answer_in_time_is_named(people, flaky: Flaky):
    with pytest.raises(Unreachable, match="did not answer in time"):
        people("engineer", flaky.host, retries=0, timeout=0.0001).me()


def test_a_token_that_nobody_knows_is_refused(host: str):
    with Client(host, "swd_" + "x" * 43) as client, pytest.raises(NotAuthenticated, match="unknown, revoked or expired"):
        client.me()


def test_waiting_asks_conditionally_where_the_server_offers_it(
    client: Client, flaky: Flaky, version: ModelVersion, reviewer: Client
):
    request = version.change_stage(Staging())
    mine = client.request(request.id)
    tagged = {"Content-Type": "application/json", "ETag": '"1"'}
    flaky.faults = [Answer(200, json.dumps(request.facts), tagged), Answer(304)]
    reviewer.request(request.id).approve()
    flaky.seen.clear()
    assert mine.wait(timeout=20, every=0.01).is_applied
    assert [headers.get("if-none-match") for _, _, headers in flaky.seen] == [None, '"1"', '"1"']

"""What Prometheus reads: for who shows the token, well formed, and of few series."""

import re

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from activity.seals import write_seal
from config import metrics
from operations import pulse
from tests.cast import make_team
from tests.docs.blocks import blocks
from tests.processes import ROOT

pytestmark = pytest.mark.django_db
TOKEN = "what Prometheus alone knows"


@pytest.fixture
def read(settings):
    """`read()`: the families by name, read afresh."""
    settings.METRICS_TOKEN = TOKEN

    def families():
        metrics.stock.read_at = -metrics.FRESH
        response = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/metrics")
        assert response.status_code == 200
        return {family.name: family for family in text_string_to_metric_families(response.content.decode())}

    return families


def samples(family):
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def test_without_the_setting_there_is_nothing_and_the_answer_says_why(client):
    response = client.get("/metrics")
    assert (response.status_code, b"METRICS_TOKEN is not set" in response.content) == (404, True)


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong", TOKEN + "x"])
def test_only_who_shows_the_token_may_read(client, settings, shown):
    settings.METRICS_TOKEN = TOKEN
    response = client.get("/metrics", headers={"Authorization": shown})
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_requests_are_measured_by_view_and_never_by_path(read):
    team = make_team()
    client = Client()
    client.force_login(team.reviewer, "django.contrib.auth.backends.ModelBackend")
    asked = team.ask(team.version())
    client.get(f"/requests/{asked.pk}")
    client.get("/nothing-is-here")
    client.generic("FETCH", "/healthz")
    counted = {
        (sample.labels["view"], sample.labels["method"], sample.labels["status"])
        for sample in read()["stageward_http_request_duration_seconds"].samples
        if sample.name.endswith("_count")
    }
    assert {("request", "GET", "200"), ("unknown", "GET", "404"), ("healthz", "other", "405")} <= counted
    assert all("/" not in view for view, _, _ in counted)


def test_the_stock_is_what_the_database_says(read):
    team = make_team()
    team.move(team.version(), "staging")
    team.reject(team.ask(team.version()))
    team.ask(team.version())
    pulse.Pulse().beat()
    found = read()
    assert samples(found["stageward_requests_pending"]) == {(): 1}
    assert samples(found["stageward_requests_ended"])[("applied",)] == 1
    assert samples(found["stageward_requests_ended"])[("rejected",)] == 1
    assert samples(found["stageward_workers"]) == {(): 1}
    assert samples(found["stageward_broker_up"]) == {(): 1}
    took = {sample.name: sample.value for sample in found["stageward_request_approval_seconds"].samples}
    assert took["stageward_request_approval_seconds_count"] == 1
    assert found["stageward_outbox_lines"].samples[0].value > 5


def test_names_follow_the_conventions_and_every_family_is_explained(read):
    make_team()
    found = read()
    assert len(found) > 10
    for name, family in found.items():
        assert re.fullmatch(r"stageward_[a-z_]+[a-z]", name)
        assert family.documentation.endswith(".")
        assert not name.endswith(("_count", "_sum", "_bucket", "_total", "milliseconds"))
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)


def test_the_database_is_asked_seldom(read, django_assert_num_queries):
    read()
    client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    with django_assert_num_queries(0):
        client.get("/metrics")


def test_the_alerts_of_the_documentation_ask_for_what_there_is(read):
    make_team()
    write_seal()
    texts = [block.text for block in blocks(ROOT / "docs" / "operating.md") if block.language == "yaml"]
    assert [next(iter(yaml.safe_load(text))) for text in texts] == ["scrape_configs", "groups"]
    asked = {name.removesuffix("_bucket") for name in re.findall(r"stageward_[a-z_]+", texts[1])}
    assert asked - set(read()) == set()
    assert asked

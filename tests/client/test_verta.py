"""The snippet that Verta's guides show, with its imports changed."""

import pytest

from stageward import AlreadyPending, Client, RegisteredModel
from tests.client.conftest import People

SNIPPET = """
from stageward import Client
from stageward.registry.stage_change import Staging

client = Client("{host}")
registered_model = client.get_or_create_registered_model("{name}")
model_ver = registered_model.get_or_create_version("v1")
model_ver.change_stage(Staging("Undergoing final testing."))
"""


@pytest.fixture
def snippet(people: People, host: str, model: RegisteredModel, monkeypatch):
    """Run it as the engineer; what it then knows."""
    monkeypatch.setenv("STAGEWARD_TOKEN", people.installation.tokens["engineer"])
    ran: list[dict] = []

    def run() -> dict:
        ran.append({})
        exec(SNIPPET.format(host=host, name=model.name), ran[-1])
        return ran[-1]

    yield run
    for names in ran:
        names["client"].close()


def test_the_snippet_asks_and_finds_what_a_peer_approved(snippet, reviewer: Client):
    names = snippet()
    assert names["model_ver"].stage == "unassigned"
    reviewer.request(names["model_ver"].pending_request.id).approve()
    assert names["model_ver"].stage == "staging"
    assert names["registered_model"].versions.find("stage == staging")[0] == names["model_ver"]
    assert snippet()["model_ver"].stage == "staging"
    assert len(names["model_ver"].requests) == 1


def test_run_again_while_it_waits_it_names_the_request(snippet):
    waiting = snippet()["model_ver"].pending_request
    with pytest.raises(AlreadyPending, match=f"Request {waiting.id} for v1 waits already"):
        snippet()

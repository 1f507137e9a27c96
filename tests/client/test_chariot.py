"""Chariot's documented script, with its import lines changed, over a workspace with its lifecycle."""

import threading
import time
from typing import Any

import pytest

from stageward import AlreadyPending, Client, NotConfigured, NotFound, RegisteredModel, StillWaiting
from stageward.chariot import Model, Stage, connect, get_active_stages, get_stage_history, set_stage
from stageward.chariot import client as chariot_client

# As its user guide has it, but for the first two lines, the two ids, and the prints.
SCRIPT = """
from stageward.chariot.client import connect
from stageward.chariot.models import Model, Stage, set_stage, get_active_stages, get_stage_history
connect()
model = Model(project_id="slots", id="{name}/1")
set_stage(model, Stage.STAGING)
set_stage(model, Stage.PRODUCTION)
active_stages = get_active_stages(model)
stage_history = get_stage_history(model)
"""


@pytest.fixture(autouse=True)
def _connected_to_nobody(monkeypatch):
    """Each test connects anew, and leaves no connection open."""
    made: list[Client] = []

    def make(*where: str | None) -> Client:
        made.append(Client(*where))
        return made[-1]

    monkeypatch.setattr(chariot_client, "_current", None)
    monkeypatch.setattr(chariot_client, "Client", make)
    yield
    for client in made:
        client.close()


@pytest.fixture
def slots(people, host, monkeypatch, model: RegisteredModel) -> RegisteredModel:
    """A model with versions 1.0.0, 1.0.1 and 1.0.2 in the workspace of slots; the environment is the engineer's."""
    monkeypatch.setenv("STAGEWARD_HOST", host)
    monkeypatch.setenv("STAGEWARD_TOKEN", people.installation.tokens["engineer"])
    made = people("engineer", workspace="slots").create_registered_model(model.name)
    for number in range(3):
        made.create_version(f"v1.0.{number}")
    return made


@pytest.fixture
def peer(reviewer: Client, slots: RegisteredModel):
    """Somebody who approves whatever is asked of this model, until the test is over."""
    over = threading.Event()

    def approve() -> None:
        while not over.wait(0.05):
            for request in reviewer.requests(status="pending", model=slots.name):
                request.approve()

    thread = threading.Thread(target=approve)
    thread.start()
    yield
    over.set()
    thread.join()


def test_the_documented_script_runs_while_a_peer_approves(slots: RegisteredModel, peer, monkeypatch):
    monkeypatch.setenv("STAGEWARD_WAIT", "30")
    began, told = int(time.time()), run(slots)
    id = f"{slots.name}/1"
    since = told["active_stages"]["production"]["since"]
    assert told["active_stages"] == {
        "staging": {"model_id": id, "version": "1.0.0", "since": told["active_stages"]["staging"]["since"]},
        "production": {"model_id": id, "version": "1.0.0", "since": since},
        "archived": [],
    }
    assert began <= since <= time.time()
    assert [(row["stage"], row["model_id"], row["version"]) for row in told["stage_history"]] == [
        ("production", id, "1.0.0"),
        ("staging", id, "1.0.0"),
    ]
    assert told["stage_history"][0]["created_at"] == since


def test_without_a_wait_the_script_says_what_waits_and_goes_on_when_it_is_run_again(slots: RegisteredModel, reviewer: Client):
    for stage in ("staging", "production"):
        with pytest.raises(
            StillWaiting, match=rf"Stage change request \d+ \({slots.name} v1\.0\.0 to {stage}\) waits: .*http"
        ) as first:
            run(slots)
        with pytest.raises(StillWaiting) as second:
            run(slots)
        assert first.value.request.id == second.value.request.id
        reviewer.request(first.value.request.id).approve()
    assert run(slots)["active_stages"]["production"]["model_id"] == f"{slots.name}/1"
    assert len(run(slots)["stage_history"]) == 2


def test_a_slot_has_one_holder_and_archived_were_in_production(slots: RegisteredModel, peer):
    connect(wait=30)
    first, second, third = (Model("slots", f"{slots.name}/{number}") for number in (1, 2, 3))
    assert get_active_stages(first) == {"staging": None, "production": None, "archived": []}
    set_stage(first, Stage.STAGING)
    set_stage(first, "production", "By its name.")
    set_stage(second, Stage.PRODUCTION)
    assert held(first) == ("1.0.0", "1.0.1", [first.id])
    set_stage(third, Stage.STAGING)
    assert held(first) == ("1.0.2", "1.0.1", [first.id])
    assert [row["version"] for row in get_stage_history(first)] == ["1.0.2", "1.0.1", "1.0.0", "1.0.0"]


def test_a_request_for_the_other_slot_is_in_the_way(slots: RegisteredModel):
    connect()
    model = Model("slots", name=slots.name, version="1.0.0")
    with pytest.raises(StillWaiting):
        set_stage(model, Stage.STAGING)
    with pytest.raises(AlreadyPending):
        set_stage(model, Stage.PRODUCTION)


def test_a_version_is_named_by_its_id_or_by_name_and_version(slots: RegisteredModel):
    connect()
    model = Model(project_id="slots", name=slots.name, version="1.0.1")
    assert (model.id, model.project_id, model.name, model.version) == (f"{slots.name}/2", "slots", slots.name, "1.0.1")
    assert Model("slots", name=slots.name, version="v1.0.1").model_version == model.model_version
    with pytest.raises(NotFound):
        Model("slots", name=slots.name, version="9.9.9")
    with pytest.raises(NotConfigured, match="Which version"):
        Model("slots", id="1.0.1")
    with pytest.raises(ValueError, match="development"):
        set_stage(model, "development")


def test_nobody_is_asked_before_connect():
    with pytest.raises(NotConfigured, match="Call connect"):
        Model("slots", "churn/1")


def run(slots: RegisteredModel) -> dict[str, Any]:
    """Run the script; what it then knows."""
    told: dict[str, Any] = {}
    exec(SCRIPT.format(name=slots.name), told)
    return told


def held(model: Model) -> tuple[str, str, list[str]]:
    active = get_active_stages(model)
    return active["staging"]["version"], active["production"]["version"], active["archived"]

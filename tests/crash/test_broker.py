"""The broker in a folder, when a process died, or is still busy, in the midst of a file."""

import uuid
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

import config.celery  # noqa: F401 - chooses the transport
from config.broker import Transport


@pytest.fixture
def folder(tmp_path: Path):
    return tmp_path / "broker"


@pytest.fixture
def name() -> str:
    """A queue of this test alone: kombu remembers within a process what it has bound."""
    return uuid.uuid4().hex


@pytest.fixture
def connection(folder: Path):
    folder.mkdir()
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    with Connection("filesystem://localhost", transport_options=options) as made:
        assert isinstance(made.transport, Transport)
        yield made


def test_a_message_arrives_and_leaves_nothing_behind(connection: Connection, folder: Path, name: str):
    queue = connection.SimpleQueue(name)
    queue.put({"drain": True})
    (message,) = folder.glob("*.msg")
    assert (message.name.endswith(f".{name}.msg"), list(folder.glob("*.unfinished"))) == (True, [])
    assert queue.get(block=False).payload == {"drain": True}
    assert list(folder.glob("*.msg")) == []


@pytest.mark.parametrize("torn", ["", '{"body": "'])
def test_a_torn_message_is_passed_over_and_the_next_one_is_read(connection: Connection, folder: Path, name: str, torn: str):
    queue = connection.SimpleQueue(name)
    (folder / f"0_torn.{name}.msg").write_text(torn)
    with pytest.raises(Empty):
        queue.get(block=False)
    queue.put("the next one")
    assert queue.get(timeout=5).payload == "the next one"
    assert list(folder.glob("*.msg")) == []


@pytest.mark.parametrize("torn", ["", '[["hints", '])
def test_torn_notes_of_an_exchange_are_begun_again(connection: Connection, folder: Path, name: str, torn: str):
    (folder / "control").mkdir(exist_ok=True)
    (folder / "control" / f"{name}.exchange").write_text(torn)
    assert connection.channel().get_table(name) == []
    queue = connection.SimpleQueue(name)
    queue.put("it works again")
    assert queue.get(timeout=5).payload == "it works again"

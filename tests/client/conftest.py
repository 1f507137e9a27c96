"""A running Stageward for the whole session, a client for each person, and a server that fails when told."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from stageward import Client, ModelVersion, RegisteredModel
from tests.client.flaky import Flaky
from tests.crash.installation import Installation, installed

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stageward(plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]) -> Iterator[Installation]:
    """A web server in processes of its own, with an engineer, a reviewer, a reader and a boss."""
    with installed(plain_environment(), free_port(), "web", module="tests.client.population") as installation:
        yield installation


@pytest.fixture(scope="session")
def host(stageward: Installation) -> str:
    return f"http://127.0.0.1:{stageward.port}"


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Neither the settings of who runs the tests nor their file."""
    for name in ("HOST", "TOKEN", "WORKSPACE", "CA_BUNDLE", "WAIT"):
        monkeypatch.delenv(f"STAGEWARD_{name}", raising=False)
    monkeypatch.setenv("STAGEWARD_CONFIG", str(tmp_path / "config.json"))


class People:
    """`people("engineer")` is a client of theirs; it is closed at the end."""

    def __init__(self, installation: Installation, host: str) -> None:
        self.installation, self.host = installation, host
        self.made: list[Client] = []

    def __call__(self, name: str, host: str = "", **options) -> Client:
        client = Client(host or self.host, self.installation.tokens[name], **{"backoff": 0.01, **options})
        self.made.append(client)
        return client


@pytest.fixture
def people(stageward: Installation, host: str) -> Iterator[People]:
    people = People(stageward, host)
    yield people
    for client in people.made:
        client.close()


@pytest.fixture
def engineer(people: People) -> Client:
    return people("engineer")


@pytest.fixture
def reviewer(people: People) -> Client:
    return people("reviewer")


@pytest.fixture
def model(engineer: Client) -> RegisteredModel:
    """A model of its own for each test."""
    return engineer.create_registered_model(f"model-{next(_numbers)}")


@pytest.fixture
def version(model: RegisteredModel) -> ModelVersion:
    return model.create_version(metrics={"auc": 0.91})


@pytest.fixture
def flaky(host: str) -> Iterator[Flaky]:
    with Flaky(host) as server:
        yield server

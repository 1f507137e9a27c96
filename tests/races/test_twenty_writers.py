"""Twenty people who write at the same moment, on SQLite too: everybody is answered, and nobody hears of a locked database."""

from tests.crash.clients import Clients
from tests.crash.installation import installed
from tests.log import findings
from tests.races.arena import Arena, told

WRITERS = 20


def test_twenty_writers_at_once_are_all_served(team, rounds):
    arena = Arena(WRITERS)
    try:
        for _ in range(rounds(2, 10)):
            words = [told(outcome) for outcome in arena.race(*[lambda: team.approve(team.ask(team.version()))] * WRITERS)]
            assert words == ["applied"] * WRITERS
    finally:
        arena.close()
    assert findings() == []


def test_twenty_clients_of_a_real_server_on_sqlite_are_all_answered(plain_environment, free_port, rounds):
    each = rounds(2, 10)
    with installed(plain_environment(), free_port(), "web") as installation:
        with Clients(installation, WRITERS, versions_each=each) as clients:
            pass
        found = installation.inside("audit")
        said = installation.processes["web"].said
    assert (clients.refused, clients.unanswered, clients.answers) == ([], 0, 3 * each * WRITERS)
    assert found["versions"] == dict.fromkeys(clients.applied, "staging")
    assert (len(clients.applied), found["findings"]) == (each * WRITERS, [])
    assert "locked" not in said

"""What asking and approving cost, counted in statements: a new one here is seen, and either earns its place or goes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role
from activity import clock
from tests.cast import make_team, person

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"


def statements(doing) -> list[str]:
    """What a unit of work asks of the database, without its savepoint."""
    with CaptureQueriesContext(connection) as captured:
        doing()
    return [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]


def test_asking_and_approving_take_so_many_statements():
    team = make_team()
    team.approve(team.ask(team.version()))
    version = team.version()
    asked = []
    assert len(statements(lambda: asked.append(team.ask(version)))) == 10
    assert len(statements(lambda: team.approve(asked[0]))) == 28 + 3 * POSTGRESQL  # there it holds the people it counts


def test_a_decision_in_a_large_workspace_reads_only_those_whom_it_concerns():
    team = make_team()
    for number in range(5):
        Membership.objects.create(workspace=team.workspace, user=person(f"p{number}"), role=Role.EDITOR, given_at=clock.now())
    asked = team.ask(team.version())
    (members,) = [
        sql
        for sql in statements(lambda: team.approve(asked))
        if 'FROM "accounts_membership" INNER JOIN' in sql and '"accounts_user"."username"' in sql
    ]
    assert f'"accounts_membership"."user_id" IN ({team.reviewer.pk})' in members

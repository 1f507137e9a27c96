"""What came into a stage otherwise than by approvals is marked wherever it is shown to stand there."""

import pytest
from django.test import Client

from tests.cast import Team, make_team
from tests.pages import look

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def test_break_glass_is_marked_where_a_version_is_said_to_be_in_production(client: Client, team: Team):
    team.policy("production", 1, break_glass_roles=["admin"])
    client.force_login(team.viewer)
    team.approve(team.ask(team.version(), "production"))
    team.bypass(team.ask(team.version(), "production"))
    assert [row[1] for row in look(client, "/").rows if row[0] == "churn"] == ["Production:v2break-glass", "Production:v1"]
    assert look(client, "/models").words.count("break-glass") == 1
    assert (
        look(client, "/w/default/models/churn").words.count("break-glass") == 2
    )  # in its lane, and in the history of production

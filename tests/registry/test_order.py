"""Versions of a model are listed by number: by id, PostgreSQL would walk past the versions of all other models to find 50 of one."""

import pytest
from django.test import Client

from registry.models import ModelVersion
from tests.api.conftest import MODEL, Api, token_of
from tests.cast import Team, make_team


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def names(team: Team) -> list[str]:
    """Versions whose ids and numbers go in different directions, as they never do: by number, the newest first."""
    first = team.version()
    for number in (9, 5):
        ModelVersion.objects.create(
            model=team.model, number=number, name=f"v{number}", stage="unassigned", created_by=team.engineer,
            content_edited_by=team.engineer, created_at=first.created_at, updated_at=first.updated_at,
        )  # fmt: skip
    return ["v9", "v5", "v1"]


def test_the_api_lists_versions_by_number(team: Team, names: list[str]):
    listed = Api(token_of(team.viewer)).get(f"{MODEL}/versions").json()["results"]
    assert [version["name"] for version in listed] == names


@pytest.mark.parametrize("address", ["versions", "change-stage"])
def test_pages_list_versions_by_number(team: Team, client: Client, names: list[str], address: str):
    client.force_login(team.engineer, "django.contrib.auth.backends.ModelBackend")
    rows = client.get(f"/w/default/models/churn/{address}").context["page"].rows
    assert [version.name for version in rows] == names

"""Addresses of pages, as answers name them, are those that the pages have."""

from urllib.parse import unquote

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from pytest_django.fixtures import Settings

from registry.links import model_url, request_url, version_url
from tests.api.conftest import MODEL, Callers
from tests.cast import Team


@pytest.mark.parametrize("name", ["resnet50", "a b", "v1.2", "übung", "a&b=c;d", "@+'()*!~", "模型", '"quoted"'])
def test_a_link_leads_to_its_page(name: str):
    def page(view: str, **parts: object) -> str:
        return django_settings.PUBLIC_URL + reverse(view, kwargs=parts)

    def same(link: str, address: str) -> bool:
        """The two may spell a character with or without a percent sign."""
        return unquote(link) == unquote(address)

    assert same(model_url("default", name), page("model", ws="default", name=name))
    assert same(version_url("default", name, 3), page("version", ws="default", name=name, number=3))
    assert request_url(7) == page("request", pk=7)


def test_what_leads_elsewhere_begins_with_the_public_address(api: Callers, team: Team, settings: Settings):
    settings.PUBLIC_URL = "https://stages.example.org"
    team.version()
    made = api.engineer.post(f"{MODEL}/versions", {})
    assert made["Location"] == f"https://stages.example.org{MODEL}/versions/2"
    assert made.json()["url"] == "https://stages.example.org/w/default/models/churn/versions/2"
    page = api.engineer.get(f"{MODEL}/versions?limit=1").json()
    assert page["next"].startswith(f"https://stages.example.org{MODEL}/versions?")
    again = api.engineer.get(page["next"].removeprefix("https://stages.example.org")).json()
    assert again["previous"].startswith("https://stages.example.org/")

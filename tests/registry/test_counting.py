"""What is remembered of large models is what counting would say."""

import pytest

from activity.unit import unit_of_work
from registry import counting
from registry.counting import counts_by_model, counts_in
from registry.models import RegisteredModel
from registry.services import delete_model, delete_version
from tests.cast import caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[1, 1_000_000], ids=["remembered", "counted"])
def _large(request, monkeypatch):
    monkeypatch.setattr(counting, "LARGE", request.param)


def counted(team):
    """The counts of the team's model, and those of its workspace: they say the same."""
    of_model = counts_by_model([RegisteredModel.objects.get(pk=team.model.pk)])[team.model.pk]
    assert counts_in([team.workspace], team.admin) == of_model
    return of_model


@pytest.mark.usefixtures("_large")
def test_counts_follow_every_change():
    team = make_team()
    assert counted(team) == {}
    first, second = team.version(), team.version()
    assert counted(team) == {"unassigned": 2}
    team.move(first, "development")
    assert counted(team) == {"unassigned": 1, "development": 1}
    with unit_of_work():
        delete_version(version_id=second.pk, by=caller(team.engineer))
    assert counted(team) == {"development": 1}


@pytest.mark.usefixtures("_large")
def test_each_model_has_its_own_counts_and_other_workspaces_count_elsewhere():
    team, other = make_team(), make_team("other", suffix="2")
    team.version()
    other.move(other.version(), "staging")
    assert counts_by_model([team.model, other.model]) == {team.model.pk: {"unassigned": 1}, other.model.pk: {"staging": 1}}
    assert counts_in([team.workspace], team.admin) == {"unassigned": 1}
    assert counts_in([team.workspace, other.workspace], team.admin) == {"unassigned": 1, "staging": 1}


@pytest.mark.usefixtures("_large")
def test_what_a_deleted_model_held_is_not_counted():
    team = make_team()
    team.version()
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(team.engineer))
    assert counts_in([team.workspace], team.admin) == {}


def test_a_large_model_is_counted_once(monkeypatch, django_assert_num_queries):
    team = make_team()
    team.version()
    monkeypatch.setattr(counting, "LARGE", 1)
    model = RegisteredModel.objects.get(pk=team.model.pk)
    with django_assert_num_queries(2):
        counts_by_model([model])
    with django_assert_num_queries(1):
        assert counts_by_model([model]) == {model.pk: {"unassigned": 1}}


def test_a_small_model_is_counted_every_time(django_assert_num_queries):
    team = make_team()
    team.version()
    model = RegisteredModel.objects.get(pk=team.model.pk)
    counts_by_model([model])
    with django_assert_num_queries(1):
        assert counts_by_model([model]) == {model.pk: {"unassigned": 1}}

"""A state that only transitions set: assigning is refused, and what Django itself does to a row goes on working."""

import pytest

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.cast import make_team
from tests.log import without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ModelVersion:
    return make_team().version()


def still_protected(version: ModelVersion) -> None:
    with pytest.raises(AttributeError, match="Direct stage modification is not allowed"):
        version.stage = "production"
    assert version.stage == "unassigned"


def test_a_stage_cannot_be_assigned(version):
    still_protected(version)


def test_a_status_cannot_be_assigned():
    team = make_team()
    change_request = team.ask(team.version())
    with pytest.raises(AttributeError, match="Direct status modification is not allowed"):
        change_request.status = StageChangeRequest.Status.APPLIED


@pytest.mark.parametrize("fields", [None, ["stage"], ["stage", "name"]])
def test_reloading_brings_the_stage_that_is_there(version, fields):
    with without_triggers():
        ModelVersion.objects.filter(pk=version.pk).update(stage="staging")
    version.refresh_from_db(fields=fields)
    assert version.stage == "staging"
    with without_triggers():
        ModelVersion.objects.filter(pk=version.pk).update(stage="unassigned")
    version.refresh_from_db()
    still_protected(version)


def test_a_stage_left_out_of_a_query_is_loaded_when_it_is_asked_for(version):
    assert ModelVersion.objects.only("name").get().stage == "unassigned"
    assert ModelVersion.objects.defer("stage").get().stage == "unassigned"


def test_cleaning_leaves_the_stage_protected(version):
    others = [field.name for field in ModelVersion._meta.fields if field.name != "stage"]
    version.clean_fields(exclude=others)
    still_protected(version)


def test_reloading_a_row_that_is_gone_leaves_the_stage_protected(version):
    with pytest.raises(ModelVersion.DoesNotExist):
        version.refresh_from_db(from_queryset=ModelVersion.objects.none())
    still_protected(version)


def test_reloading_one_row_unlocks_no_other_one(version):
    """django-fsm's own mixin lifts the guard on the class, so that for a moment every row of the process can be assigned."""
    other = ModelVersion.objects.get()
    version._unlocked(lambda: still_protected(other))
    still_protected(version)

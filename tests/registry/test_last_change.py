"""A model's last change is also the last move of one of its versions."""

import pytest

from registry.models import RegisteredModel
from tests.cast import make_team

pytestmark = pytest.mark.django_db


def test_a_move_is_a_change_of_its_model_and_a_request_is_none():
    team = make_team()
    change_request = team.ask(team.version())
    before = RegisteredModel.objects.get(pk=team.model.pk)
    team.approve(change_request)
    after = RegisteredModel.objects.get(pk=team.model.pk)
    assert (before.updated_at < change_request.created_at < after.updated_at, after.revision) == (True, before.revision)

"""SQL that is written once: each caller's own numbers stand in it."""

import pytest

from registry.access import membership_on
from registry.models import RegisteredModel
from tests.cast import make_team


@pytest.mark.django_db
def test_what_is_left_out_for_each_is_what_is_hidden_from_them():
    team = make_team()
    team.hide()
    team.let_in(team.second_reviewer)
    left_out = []
    for user in (team.admin, team.engineer, team.service, team.reviewer, team.second_reviewer, team.viewer) * 2:
        hidden = set(RegisteredModel.objects.filter(pk__in=RegisteredModel.objects.hidden_ids(user)))
        assert hidden == set(RegisteredModel.objects.hidden_from(user))
        left_out.append(user.username if hidden else "")
    assert left_out == ["", "", "bot", "reviewer", "", "viewer"] * 2


@pytest.mark.django_db
def test_a_membership_on_a_model_is_the_members_own():
    team = make_team()
    team.let_in(team.viewer)
    found = {user.username: membership_on(team.model, user.pk) for user in (team.viewer, team.reviewer, team.stranger)}
    assert {name: (member.user.username, bool(vars(member)["let_in"])) for name, member in found.items() if member} == {
        "viewer": ("viewer", True), "reviewer": ("reviewer", False),
    }  # fmt: skip

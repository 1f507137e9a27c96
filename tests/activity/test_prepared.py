"""SQL that is written once: each caller's own values stand in it, and what comes back is what Django would make of it."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet

from accounts.caller import Scope
from accounts.models import ApiToken, User
from accounts.querysets import TokenQuerySet
from accounts.services import create_token
from activity import clock
from activity.prepared import LONGEST, prepared
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services.locking import read_request
from registry.access import membership_on
from registry.models import RegisteredModel
from tests.cast import Team, caller, make_team


@prepared
def named(names: list[str], active: bool) -> QuerySet[User, str]:
    return User.objects.filter(username__in=names, is_active=active).order_by("username").values_list("username", flat=True)


@prepared
def owned_by(owner_id: int | None) -> QuerySet[User]:
    return User.objects.filter(owner=owner_id).order_by("pk")


@prepared
def tokens_at(user_id: int, moment: object) -> TokenQuerySet:
    return ApiToken.objects.live(moment).filter(user=user_id).select_related("user")  # type: ignore[arg-type]


@prepared
def locked(user_id: int) -> QuerySet[User]:
    return User.objects.select_for_update().filter(pk=user_id)


@prepared
def containing(text: str) -> QuerySet[User]:
    return User.objects.filter(username__contains=text)


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.mark.django_db
def test_a_list_has_a_statement_for_its_length_and_a_flag_one_for_its_value(team):
    for names in (["viewer"], ["admin"], ["engineer", "viewer"], [], ["admin", "reviewer"]):
        assert named(names, True) == sorted(names)
        assert named(names, False) == []
    assert len(named._written) == 6


@pytest.mark.django_db
def test_none_is_not_a_value(team):
    assert [user.username for user in owned_by(team.service.owner_id)] == ["bot"]
    assert "engineer" in [user.username for user in owned_by(None)]
    assert owned_by(0) == []


@pytest.mark.django_db
def test_a_moment_is_compared_as_one(team):
    with unit_of_work():
        create_token(by=caller(team.engineer), name="laptop", scopes=[Scope.READ])
    (token,) = tokens_at(team.engineer.pk, clock.now())
    assert (token.user, token._state.fields_cache["user"].username) == (team.engineer, "engineer")
    assert tokens_at(team.engineer.pk, token.expires_at - timedelta(microseconds=1)) == [token]
    assert tokens_at(team.engineer.pk, token.expires_at) == []


@pytest.mark.django_db
def test_what_no_statement_is_kept_for_is_asked_all_the_same(team):
    many = [f"nobody-{number}" for number in range(LONGEST + 1)]
    assert named([*many, "viewer"], True) == ["viewer"]
    assert owned_by(2**40) == []


@pytest.mark.django_db(transaction=True)
def test_a_lock_wants_a_unit_of_work(team):
    with unit_of_work():
        assert locked.one(team.engineer.pk) == team.engineer
    with pytest.raises(RuntimeError, match="unit_of_work"):
        locked.one(team.engineer.pk)


@pytest.mark.django_db
def test_a_value_that_django_changes_first_is_refused(team):
    with pytest.raises(TypeError, match="does not stand in the statement"):
        containing("view")


@pytest.mark.django_db
def test_related_rows_come_with_it_and_each_has_its_own(team, django_assert_num_queries):
    first, second = team.ask(team.version()), team.ask(team.version())
    team.approve(first)
    for change_request, reviewers in ((first, ["reviewer"]), (second, [])):
        with django_assert_num_queries(3):
            found = read_request(change_request.pk)
            assert [review.reviewer.username for review in found.reviews.all()] == reviewers
            assert [review.change_request for review in found.reviews.all()] == [found] * len(reviewers)
            assert list(found.checks.all()) == []
            assert found.version.model.workspace.slug == team.workspace.slug
    assert StageChangeRequest.objects.with_everything().get(pk=first.pk) == first


@pytest.mark.django_db
def test_what_is_left_out_for_each_is_what_is_hidden_from_them(team):
    team.hide()
    team.let_in(team.second_reviewer)
    left_out = []
    for user in (team.admin, team.engineer, team.service, team.reviewer, team.second_reviewer, team.viewer) * 2:
        hidden = set(RegisteredModel.objects.filter(pk__in=RegisteredModel.objects.hidden_ids(user)))
        assert hidden == set(RegisteredModel.objects.hidden_from(user))
        left_out.append(user.username if hidden else "")
    assert left_out == ["", "", "bot", "reviewer", "", "viewer"] * 2


@pytest.mark.django_db
def test_a_membership_on_a_model_is_the_members_own(team):
    team.let_in(team.viewer)
    found = {user.username: membership_on(team.model, user.pk) for user in (team.viewer, team.reviewer, team.stranger)}
    assert {name: (member.user.username, bool(vars(member)["let_in"])) for name, member in found.items() if member} == {
        "viewer": ("viewer", True), "reviewer": ("reviewer", False),
    }  # fmt: skip

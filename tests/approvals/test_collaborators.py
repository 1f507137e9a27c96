"""Who decides on the requests of one model: by what it lets them in, and never by the requester's own gift."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from accounts.services import add_to_group
from activity.errors import NotFound
from activity.unit import unit_of_work
from approvals.errors import NotEligible
from approvals.models import StageChangeRequest
from approvals.requirements import eligible
from approvals.services import report_check
from approvals.situations import load_situations
from registry.services import edit_model
from tests.cast import Team, caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def able(asked: StageChangeRequest) -> list[str]:
    """Whose approval would count, by name."""
    (situation,) = load_situations(StageChangeRequest.objects.with_everything().filter(pk=asked.pk))
    return sorted(member.user.username for member in eligible(situation))


def waits_for(asked: StageChangeRequest, user) -> bool:
    return StageChangeRequest.objects.awaiting(user).filter(pk=asked.pk).exists()


def check_may(team: Team, asked: StageChangeRequest, user, may: bool, refused: type[Exception] = NotEligible) -> None:
    """Page, inbox and service say the same of somebody's approval."""
    assert (user.username in able(asked), waits_for(asked, user)) == (may, may)
    if may:
        assert team.approve(asked, by=user).status == "applied"
    else:
        with pytest.raises(refused):
            team.approve(asked, by=user)


def test_a_viewer_who_edits_this_model_decides_on_it(team):
    asked = team.ask(team.version())
    check_may(team, asked, team.viewer, False)
    team.let_in(team.viewer, Role.VIEWER)
    check_may(team, asked, team.viewer, False)
    team.let_in(team.viewer, Role.EDITOR)
    check_may(team, asked, team.viewer, True)


def test_who_is_a_viewer_of_the_workspace_again_decides_by_no_gift_of_the_owner(team):
    team.let_in(team.reviewer, Role.EDITOR, by=team.engineer)
    asked = team.ask(team.version())
    team.role(team.reviewer, Role.VIEWER)
    check_may(team, asked, team.reviewer, False)


def test_those_who_see_a_private_model_decide_on_it(team):
    team.hide()
    asked = team.ask(team.version())
    assert able(asked) == ["admin"]
    check_may(team, asked, team.reviewer, False, NotFound)
    team.let_in(team.reviewer)
    check_may(team, asked, team.reviewer, True)


@pytest.mark.parametrize("way", ["by name", "by a group", "by a group joined", "as owner"])
@pytest.mark.parametrize("before", [True, False])
def test_what_the_requester_gave_after_asking_does_not_count(team, way, before):
    team.hide()
    group = team.group("risk")
    team.role(team.engineer, Role.ADMIN)

    def join(by) -> None:
        with unit_of_work():
            add_to_group(group_id=group.pk, user_id=team.reviewer.pk, by=caller(by))

    def give() -> None:
        if way == "by name":
            team.let_in(team.reviewer, by=team.engineer)
        elif way == "by a group":
            join(team.admin)
            team.let_in(group, by=team.engineer)
        elif way == "by a group joined":
            team.let_in(group, by=team.admin)
            join(team.engineer)
        else:
            with unit_of_work():
                edit_model(model_id=team.model.pk, changes={"owner_id": team.reviewer.pk}, by=caller(team.engineer))

    if before:
        give()
    asked = team.ask(team.version())
    if not before:
        give()
    check_may(team, asked, team.reviewer, before)


def test_who_has_it_from_somebody_else_too_decides(team):
    team.hide()
    asked = team.ask(team.version())
    team.let_in(team.reviewer, by=team.engineer)
    check_may(team, asked, team.reviewer, False)
    team.let_in(team.group("risk", team.reviewer), by=team.admin)
    check_may(team, asked, team.reviewer, True)


def test_an_owner_makes_no_second_pair_of_hands(team):
    """Neither of a viewer, nor by handing the model on, nor through a machine."""
    asked = team.ask(team.version())
    team.let_in(team.viewer, Role.VIEWER, by=team.engineer)
    check_may(team, asked, team.viewer, False)
    team.hide(by=team.engineer)
    team.let_in(team.service, by=team.engineer)
    check_may(team, asked, team.service, False)


def test_approvals_of_those_who_are_shut_out_count_no_more(team):
    team.policy("staging", 2)
    team.hide()
    row = team.let_in(team.reviewer)
    asked = team.approve(team.ask(team.version()), by=team.reviewer)
    team.take_off(row)
    (situation,) = load_situations(StageChangeRequest.objects.with_everything())
    assert situation.missing == 2
    team.let_in(team.reviewer)
    assert team.approve(asked, by=team.admin).status == "applied"


def test_a_machine_decides_only_where_its_owner_may(team):
    team.hide()
    asked = team.ask(team.version())
    team.let_in(team.service)
    assert able(asked) == ["admin", "bot"]
    team.role(team.reviewer, Role.ADMIN)
    team.role(team.admin, Role.EDITOR, by=team.reviewer)
    assert able(asked) == ["reviewer"]
    team.let_in(team.admin, by=team.reviewer)
    check_may(team, asked, team.service, True)


def test_a_machine_has_no_more_than_its_owner_was_given_by_others_than_the_requester(team):
    """Neither where its owner got their role from the requester after asking, nor where they were let in by them."""
    team.role(team.engineer, Role.ADMIN)
    team.role(team.admin, Role.VIEWER, by=team.engineer)
    asked = team.ask(team.version())
    team.role(team.admin, Role.EDITOR, by=team.engineer)
    check_may(team, asked, team.admin, False)
    check_may(team, asked, team.service, False)
    again = team.ask(team.version())
    check_may(team, again, team.service, True)


def test_a_machine_is_let_in_by_others_than_the_requester_together_with_its_owner(team):
    team.role(team.reviewer, Role.ADMIN)
    team.role(team.admin, Role.EDITOR, by=team.reviewer)
    team.hide(by=team.reviewer)
    team.let_in(team.service, by=team.reviewer)
    asked = team.ask(team.version())
    team.let_in(team.admin, by=team.engineer)
    check_may(team, asked, team.service, False)
    team.let_in(team.admin, Role.EDITOR, by=team.reviewer)
    check_may(team, asked, team.service, True)


def test_a_delegate_sees_the_model_and_so_does_who_is_away(team):
    team.group("risk", team.reviewer)
    team.policy("staging", 1, groups=[{"group": "risk", "minimum": 1}])
    team.away(team.reviewer, team.second_reviewer)
    asked = team.ask(team.version())
    team.hide()
    for person in (team.second_reviewer, team.reviewer):
        assert not waits_for(asked, team.second_reviewer)
        with pytest.raises((NotFound, NotEligible)):
            team.approve(asked, by=team.second_reviewer, on_behalf_of=team.reviewer)
        team.let_in(person)
    assert waits_for(asked, team.second_reviewer)
    assert team.approve(asked, by=team.second_reviewer, on_behalf_of=team.reviewer).status == "applied"


def test_a_check_is_reported_by_those_who_see_the_model(team):
    team.policy("staging", 0, required_checks=[{"name": "tests"}])
    team.hide()
    asked = team.ask(team.version())
    with pytest.raises(NotFound), unit_of_work():
        report_check(change_request_id=asked.pk, name="tests", status="passed", by=caller(team.reviewer, "api"))
    team.let_in(team.reviewer)
    assert team.check(asked).status == "applied"


def test_break_glass_for_editors_is_for_those_of_the_model_too_and_for_admins_it_is_not(team):
    team.let_in(team.viewer, Role.ADMIN)
    team.policy("staging", 1, break_glass_roles=["admin"])
    asked = team.ask(team.version())
    with pytest.raises(NotEligible):
        team.bypass(asked, by=team.viewer)
    team.policy("staging", 1, break_glass_roles=["admin", "editor"])
    assert team.bypass(asked, by=team.viewer).effect == "break-glass"


def cost(team: Team) -> int:
    team.ask(team.version())
    with CaptureQueriesContext(connection) as captured:
        load_situations(StageChangeRequest.objects.with_everything().pending())
    return len(captured)


def test_a_page_of_requests_costs_two_queries_more_where_a_model_is_private_whatever_their_number(team):
    before = [cost(team), cost(team)]
    team.hide()
    team.let_in(team.group("risk", team.reviewer))
    after = [cost(team), cost(team)]
    assert (len(set(before)), len(set(after)), after[0] - before[0]) == (1, 1, 2)

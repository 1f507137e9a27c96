"""Members of a workspace: shown, added, given roles, taken out."""

import pytest

from accounts.models import Membership, Role, User
from accounts.services import set_member
from activity.unit import unit_of_work
from tests.cast import caller, make_team, person
from tests.log import no_activity, one_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
ADDRESS = "/w/default/members"


@pytest.fixture
def team():
    return make_team()


def role_of(user):
    member = Membership.objects.filter(user=user).first()
    return member and member.role


def test_every_member_sees_who_belongs_to_the_workspace_and_their_roles(team):
    rows = look(browser(team.viewer), ADDRESS).rows[1:]
    assert sorted(row[1] for row in rows) == ["Admin", "Editor", "Editor", "Editor", "Editor", "Viewer"]


def test_addresses_are_for_admins(team):
    assert "reviewer@example.org" not in look(browser(team.engineer), ADDRESS).words
    assert "reviewer@example.org" in look(browser(team.admin), ADDRESS).words


def test_a_service_account_is_shown_with_its_owner(team):
    assert "bot, service account of Admin" in look(browser(team.viewer), ADDRESS).words


def test_only_admins_are_offered_to_change_anything(team):
    assert "role" not in look(browser(team.engineer), ADDRESS).values
    assert "Remove Engineer" in look(browser(team.admin), ADDRESS).links


def test_somebody_with_an_account_is_added_by_user_name(team):
    client = browser(team.admin)
    with one_activity("member.added"):
        where = send(client, f"{ADDRESS}/add", {"add-username": "STRANGER", "add-role": "viewer"})
    assert (where, role_of(team.stranger), flashes(client, where)) == (ADDRESS, "viewer", ["Stranger is now a member."])


@pytest.mark.parametrize(
    ("username", "role", "sentence"),
    [
        ("nobody", "viewer", "There is nobody active called “nobody”, so nobody was added. Invite them by e-mail instead."),
        ("reviewer", "viewer", "Reviewer is a member already, so nothing was changed. Change their role in the list."),
        ("stranger", "king", "Select a valid choice."),
        ("", "viewer", "This field is required."),
    ],
)
def test_what_cannot_be_added_is_refused_and_kept(team, username, role, sentence):
    with no_activity():
        page = send(browser(team.admin), f"{ADDRESS}/add", {"add-username": username, "add-role": role}, 400)
    assert (sentence in page.words, page.values["add-username"]) == (True, username)
    assert role_of(team.reviewer) == "editor"


def test_a_role_is_changed(team):
    client = browser(team.admin)
    with one_activity("member.role_changed"):
        send(client, f"{ADDRESS}/{team.viewer.pk}/role", {"role": "editor"})
    assert (role_of(team.viewer), flashes(client, ADDRESS)) == ("editor", ["Viewer is now editor."])


def test_a_role_that_there_is_not_is_refused(team):
    with no_activity():
        page = send(browser(team.admin), f"{ADDRESS}/{team.viewer.pk}/role", {"role": "king"}, 400)
    assert "There is no such role, so nothing was changed." in page.words


@pytest.mark.parametrize("change", [("role", {"role": "viewer"}), ("remove", {})])
def test_the_last_admin_stays(team, change):
    action, values = change
    with no_activity():
        page = send(browser(team.admin), f"{ADDRESS}/{team.admin.pk}/{action}", values, 409)
    assert "This is the workspace's last admin, so nothing was changed." in page.words


def test_somebody_is_taken_out_after_being_asked_once_more(team):
    client = browser(team.admin)
    address = look(client, ADDRESS).links["Remove Viewer"]
    assert "their votes on open requests stop counting" in look(client, address).words
    with one_activity("member.removed"):
        where = send(client, address, {})
    assert (where, role_of(team.viewer), flashes(client, where)) == (ADDRESS, None, ["Viewer is no longer a member."])


def test_one_leaves_oneself(team):
    client = browser(team.viewer)
    look(client, "/w/default/leave")
    with one_activity("member.removed"):
        where = send(client, "/w/default/leave", {})
    assert (where, client.get(ADDRESS).status_code, role_of(team.viewer)) == ("/workspaces", 404, None)


def test_the_last_admin_cannot_leave(team):
    with no_activity():
        send(browser(team.admin), "/w/default/leave", {}, 409)


def test_an_admin_who_removes_themselves_is_led_out(team):
    with unit_of_work():
        set_member(workspace_id=team.workspace.pk, user_id=team.reviewer.pk, role=Role.ADMIN, by=caller(team.admin))
    assert send(browser(team.admin), f"{ADDRESS}/{team.admin.pk}/remove", {}) == "/workspaces"


def test_a_service_account_is_made_and_leads_to_its_token(team):
    client = browser(team.admin)
    with one_activity("service_account.created"):
        where = send(client, f"{ADDRESS}/service-account", {"service-username": "ci", "service-role": "editor"})
    ci = User.objects.get(username="ci")
    assert (where, ci.owner, ci.kind, role_of(ci)) == ("/settings/tokens", team.admin, "service", "editor")


@pytest.mark.parametrize(("username", "status"), [("bot", 409), ("no spaces allowed", 400)])
def test_a_service_account_needs_a_free_and_proper_name(team, username, status):
    with no_activity():
        page = send(
            browser(team.admin), f"{ADDRESS}/service-account", {"service-username": username, "service-role": "editor"}, status
        )
    assert page.values["service-username"] == username


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("add", {"add-username": "stranger", "add-role": "viewer"}),
        ("invite", {"invite-email": "x@example.org", "invite-role": "viewer"}),
        ("service-account", {"service-username": "ci", "service-role": "viewer"}),
        ("{pk}/role", {"role": "admin"}),
        ("{pk}/remove", {}),
    ],
)
@pytest.mark.parametrize(("who", "status"), [("engineer", 403), ("viewer", 403), ("stranger", 404), ("staff", 404)])
def test_only_admins_of_the_workspace_change_its_people(team, path, values, who, status):
    with no_activity():
        response = browser(getattr(team, who)).post(f"{ADDRESS}/{path.format(pk=team.reviewer.pk)}", values)
    assert response.status_code == status


def test_who_has_an_account_is_for_admins_to_learn(team):
    for username in ("stranger", "nobody"):
        response = browser(team.engineer).post(f"{ADDRESS}/add", {"add-username": username, "add-role": "viewer"})
        assert response.status_code == 403


@pytest.mark.parametrize("action", ["role", "remove"])
def test_who_is_no_member_cannot_be_changed(team, action):
    with no_activity():
        send(browser(team.admin), f"{ADDRESS}/{team.stranger.pk}/{action}", {"role": "admin"}, 404)


@pytest.mark.parametrize("address", [ADDRESS, "/w/default/leave"])
@pytest.mark.parametrize("who", ["stranger", "staff"])
def test_the_members_are_not_shown_to_others(team, address, who):
    assert browser(getattr(team, who)).get(address).status_code == 404


@pytest.mark.parametrize("more", [1, 3])
@pytest.mark.parametrize(("who", "queries"), [("viewer", 6), ("admin", 7)])
def test_the_page_takes_the_same_queries_for_few_members_and_more(team, django_assert_num_queries, who, queries, more):
    for number in range(more):
        somebody = person(f"somebody{number}")
        with unit_of_work():
            set_member(workspace_id=team.workspace.pk, user_id=somebody.pk, role=Role.VIEWER, by=caller(team.admin))
    client = browser(getattr(team, who))
    with django_assert_num_queries(queries):
        client.get(ADDRESS)

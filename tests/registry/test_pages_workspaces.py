"""Workspaces: mine, a new one, the settings of one."""

import pytest

from accounts.models import Membership, Workspace
from registry.models import Stage
from tests.cast import make_team, person
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db

SETTINGS = "/w/default/settings"


@pytest.fixture
def team():
    return make_team()


@pytest.mark.parametrize("address", ["/workspaces", SETTINGS])
def test_who_is_signed_out_is_asked_to_sign_in(team, address):
    assert browser().get(address)["Location"] == f"/accounts/login/?next={address}"


def test_my_workspaces_are_listed_with_my_role(team):
    make_team("other", suffix="2")
    rows = browser(team.viewer).get("/workspaces").context["rows"]
    assert [(row["workspace"].slug, row["workspace"].my_role, row["models"], row["members"]) for row in rows] == [
        ("default", "viewer", 1, 6)
    ]


def test_who_is_in_no_workspace_is_told_whom_to_ask(team):
    words = look(browser(team.stranger), "/workspaces").words
    assert "You are in no workspace yet" in words
    assert "Staff make new workspaces: ask whoever runs this installation." in words


def test_staff_make_a_workspace_and_become_its_admin(team):
    client = browser(team.staff)
    where = send(client, "/workspaces", {"title": "Fraud prevention", "slug": "fraud", "preset": "verta"})
    workspace = Workspace.objects.get(slug="fraud")
    assert (where, workspace.title) == ("/w/fraud/members", "Fraud prevention")
    assert Membership.objects.get(workspace=workspace).role == "admin"
    assert flashes(client, "/workspaces") == ["Fraud prevention is made, and you are its admin. Invite the others."]


@pytest.mark.parametrize(
    ("slug", "status", "reason"),
    [
        ("Fraud!", 400, "Use lower-case letters, digits and hyphens between them."),
        ("default", 409, "There is a workspace called “default” already, so none was made. Choose another name."),
    ],
)
def test_a_short_name_that_cannot_be_says_why_and_keeps_what_was_typed(team, slug, status, reason):
    page = send(browser(team.staff), "/workspaces", {"title": "Fraud", "slug": slug, "preset": "verta"}, status)
    assert reason in page.words
    assert (page.values["title"], page.values["slug"]) == ("Fraud", slug)


def test_who_is_not_staff_makes_none(team):
    page = send(browser(team.admin), "/workspaces", {"title": "Mine", "slug": "mine", "preset": "verta"}, 403)
    assert (Workspace.objects.count(), "Make the workspace" in page.words) == (1, False)


def test_everyone_makes_workspaces_where_the_installation_says_so(settings):
    settings.WORKSPACE_CREATORS = "everyone"
    client = browser(person("founder"))
    assert "Make the workspace" in look(client, "/workspaces").words
    send(client, "/workspaces", {"title": "Mine", "slug": "mine", "preset": "verta"})
    assert Workspace.objects.get().slug == "mine"


def test_a_stranger_sees_no_settings(team):
    assert browser(team.stranger).get(SETTINGS).status_code == 404


@pytest.mark.parametrize("user", ["viewer", "engineer"])
def test_members_read_what_each_stage_demands(team, user):
    team.policy("production", 2, exclude_last_editor=True)
    page = look(browser(getattr(team, user)), SETTINGS)
    assert [row[0] for row in page.rows[1:]] == [stage.name for stage in Stage.objects.all()]
    assert page.rows[4] == ["Production", "2 approvals, not by who last edited the content"]
    assert page.values == {}
    assert "Admins of the workspace set this." in page.words


def test_an_admin_changes_the_title(team):
    client = browser(team.admin)
    assert send(client, SETTINGS, {"title": "Customers"}) == SETTINGS
    assert (Workspace.objects.get().title, flashes(client, SETTINGS)) == ("Customers", ["The workspace is called Customers."])


def test_an_editor_does_not(team):
    assert browser(team.engineer).post(SETTINGS, {"title": "Customers"}).status_code == 403
    assert Workspace.objects.get().title == "Default"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_number_of_questions_for_one_row_and_for_three(team, django_assert_num_queries, count):
    for number in range(count):
        send(browser(team.staff), "/workspaces", {"title": f"W {number}", "slug": f"w{number}", "preset": "verta"})
    client = browser(team.staff)
    client.get("/workspaces")
    with django_assert_num_queries(9):
        client.get("/workspaces")

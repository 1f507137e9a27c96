"""All people, for staff."""

import pytest

from accounts.models import User
from tests.cast import PASSWORD, make_team, person
from tests.log import no_activity, one_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
NEW = {"username": "ada", "name": "Ada Obi", "email": "ada@example.org", "password": "a long enough password"}


@pytest.fixture
def team():
    return make_team()


@pytest.mark.parametrize("who", ["admin", "engineer", "stranger"])
def test_for_others_there_is_no_such_page(team, who):
    client = browser(getattr(team, who))
    with no_activity():
        statuses = [
            client.get("/people").status_code,
            client.post("/people", NEW).status_code,
            client.get(f"/people/{team.viewer.pk}/deactivate").status_code,
            client.post(f"/people/{team.viewer.pk}/deactivate").status_code,
            client.post(f"/people/{team.viewer.pk}/reactivate").status_code,
        ]
    assert statuses == [404] * 5


def test_everybody_is_listed_and_found_by_name_or_address(team):
    client = browser(team.staff)
    assert len(look(client, "/people").rows[1:]) == User.objects.count()
    assert [row[0] for row in look(client, "/people?q=SECOND").rows[1:]] == ["SRSecond Reviewersecond_reviewer"]
    assert "Nobody is called that" in look(client, "/people?q=zzz%00").words


def test_somebody_is_added(team):
    client = browser(team.staff)
    with one_activity("person.created"):
        where = send(client, "/people", NEW)
    ada = User.objects.get(username="ada")
    assert (ada.check_password(NEW["password"]), ada.is_staff, ada.email) == (True, False, "ada@example.org")
    assert flashes(client, where) == ["Ada Obi is added. Add them to a workspace next."]


def test_somebody_is_added_without_a_password(team):
    send(browser(team.staff), "/people", NEW | {"password": "", "is_staff": "on"})
    ada = User.objects.get(username="ada")
    assert (ada.has_usable_password(), ada.is_staff) == (False, True)


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({"username": "REVIEWER"}, 409, "There is somebody called “REVIEWER” already"),
        ({"email": "reviewer@example.org"}, 409, "Somebody has the address reviewer@example.org already"),
        ({"password": "short"}, 400, "This password is too short."),
        ({"username": "a b"}, 400, "Use letters, digits and . @ + - _ only."),
    ],
)
def test_what_cannot_be_taken_is_refused_and_kept(team, values, status, sentence):
    with no_activity():
        page = send(browser(team.staff), "/people", NEW | values, status)
    assert (sentence in page.words, page.values["name"]) == (True, "Ada Obi")


def test_somebody_is_let_go_after_being_asked_once_more_and_let_in_again(team):
    client, gone = browser(team.staff), browser(team.viewer)
    address = look(client, "/people").links["Deactivate Viewer"]
    assert "is signed out everywhere, at once" in look(client, address).words
    with one_activity("person.deactivated"):
        where = send(client, address, {})
    assert flashes(client, where) == ["Viewer is out: signed out everywhere, and every token revoked."]
    assert gone.get("/").status_code == 302
    with one_activity("person.reactivated"):
        send(client, f"/people/{team.viewer.pk}/reactivate", {})
    back = browser()
    assert back.post("/accounts/login/", {"login": "viewer", "password": PASSWORD}).status_code == 302


def test_one_cannot_let_oneself_go(team):
    with no_activity():
        page = send(browser(team.staff), f"/people/{team.staff.pk}/deactivate", {}, 409)
    assert "You cannot deactivate yourself" in page.words


def test_nobody_of_that_number(team):
    assert browser(team.staff).get("/people/999999/deactivate").status_code == 404


@pytest.mark.parametrize("more", [1, 3])
def test_the_page_takes_the_same_queries_for_few_people_and_more(team, django_assert_num_queries, more):
    for number in range(more):
        person(f"somebody{number}")
    client = browser(team.staff)
    with django_assert_num_queries(7):
        client.get("/people")

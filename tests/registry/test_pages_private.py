"""A private model on the pages: nowhere for who is not let in; and the page that says who is."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import NoReverseMatch, reverse

from accounts.caller import Scope
from accounts.models import Role
from accounts.scopes import scopes_open_to
from activity import clock
from activity.models import Activity
from approvals.models import StageChangeRequest
from notifications.audience import who_hears
from registry.models import Collaborator, RegisteredModel
from tests.browser.addresses import pages
from tests.cast import make_team
from tests.pages import browser, flashes, look, send
from tests.private import NAME, a_private_model

pytestmark = pytest.mark.django_db
PAGE = "/w/default/models/churn/collaborators"
LISTS = (
    "/", "/models", "/models?view=table", "/models?q=a", "/models?stage=production", "/models?pending=true", "/models?production=none",
    f"/models?label={NAME}", "/approvals", "/approvals?tab=asked", "/approvals?tab=review", "/approvals?tab=decided", "/approvals?tab=all",
    "/activity?verb=stage_change", "/activity?verb=model_version", "/insights", f"/insights?model={NAME}", "/workspaces",
    "/w/default/settings", "/w/default/stages", "/w/default/members",
)  # fmt: skip


@pytest.fixture
def team():
    return make_team()


def everything(client) -> dict[str, Any]:
    """What stands on each page, numbers of the navigation too."""
    shown = {}
    for path in LISTS:
        page, response = look(client, path), client.get(path)
        waiting = response.context.get("waiting_count") if response.context else None
        shown[path] = (page.words, page.links, page.rows, str(waiting or 0))
    return shown


def test_pages_show_whoever_is_not_let_in_the_same_as_without_it(team):
    team.policy("production", 1, break_glass_roles=["editor"])
    team.ask(team.version())
    client = browser(team.reviewer)
    moment = clock.now() + timedelta(minutes=1)  # one for both, or what was "8 minutes ago" may be "9 minutes ago" afterwards
    with time_machine.travel(moment, tick=False):
        before = everything(client)
    a_private_model(team)
    with time_machine.travel(moment, tick=False):
        after = everything(client)
    assert {path: page for path, page in after.items() if page != before[path]} == {}
    insiders = everything(browser(team.second_reviewer))
    assert [path for path in LISTS[:3] if NAME not in insiders[path][0]] == []


def test_every_page_of_it_is_404(team):
    there = a_private_model(team) | {"ws": "default", "key": "production"}
    line = Activity.objects.filter(model_id=team.model.pk).latest("pk").pk
    clients, tried = [browser(team.reviewer), browser(team.second_reviewer)], []
    for name, parts in pages():
        place = dict(there, pk=line) if name == "activity-line" else there
        if not ("name" in parts or (parts == ("pk",) and name.startswith(("request", "activity-line")))):
            continue
        try:
            path = reverse(name, kwargs={part: place[part] for part in parts})
        except NoReverseMatch:
            continue
        answers = [(client.get(path).status_code, client.post(path).status_code) for client in clients[:1]]
        assert set(answers[0]) <= {404, 405}, name
        assert 404 in answers[0], name
        assert clients[1].get(path).status_code in (200, 405), name
        tried.append(name)
    assert len(tried) > 20


def test_nobody_gets_mail_about_what_they_do_not_see(team):
    a_private_model(team)
    asked = StageChangeRequest.objects.pending().with_everything().get()
    told = {each.person.username for each in who_hears(Activity.objects.get(request_id=asked.pk, verb="stage_change.requested"))}
    assert told == {"admin", "second_reviewer", "viewer"}
    mine = team.ask(team.version(), by=team.viewer)
    team.take_off(Collaborator.objects.get(membership__user=team.viewer))
    ended = team.reject(mine, by=team.second_reviewer)
    line = Activity.objects.get(pk=ended.closing_activity_id)
    assert who_hears(line) == []


def test_who_leads_it_lets_people_and_groups_in_and_takes_them_off(team):
    group, client = team.group("risk"), browser(team.engineer)
    assert send(client, PAGE, {"action": "add", "who": f"person {team.viewer.pk}", "role": "viewer"}) == PAGE
    assert flashes(client, PAGE) == ["Viewer is let in to churn."]
    send(client, PAGE, {"action": "add", "who": f"group {group.pk}", "role": "viewer"})
    page = look(client, PAGE)
    told = ("Engineer", "Viewer", "risk", "Admins of Default")
    assert [name for row, name in zip(page.rows[1:], told, strict=True) if name not in row[0]] == []
    row = Collaborator.objects.get(membership__user=team.viewer)
    send(client, PAGE, {"action": "change", "row": row.pk, "role": "editor"})
    assert "Only an admin of the workspace makes more of a viewer" in flashes(client, PAGE)[0]
    send(browser(team.admin), PAGE, {"action": "change", "row": row.pk, "role": "editor"})
    assert Collaborator.objects.get(pk=row.pk).role == Role.EDITOR
    send(client, PAGE, {"action": "remove", "row": row.pk})
    assert flashes(client, PAGE) == ["Viewer is no longer a collaborator on churn."]
    send(client, PAGE, {"action": "remove", "row": row.pk}, 404)


def test_a_refusal_stands_on_the_form(team):
    page = send(browser(team.engineer), PAGE, {"action": "add", "who": f"person {team.viewer.pk}", "role": "admin"}, 403)
    assert "Only an admin of the workspace makes more of a viewer of the workspace" in page.words
    assert not Collaborator.objects.exists()


@pytest.mark.parametrize("action", ["add", "hide"])
def test_who_does_not_lead_it_reads(team, action):
    client = browser(team.reviewer)
    assert look(client, PAGE).values == {}
    page = send(client, PAGE, {"action": action, "who": f"person {team.viewer.pk}", "role": "viewer"}, 403)
    assert "Only the owner of churn" in page.words
    assert not RegisteredModel.objects.get().private
    send(client, PAGE, {"action": "dance"}, 400)


def test_making_it_private_says_before_who_could_approve_then_and_that_they_are_too_few(team):
    team.group("risk", team.reviewer)
    team.policy("staging", 1, groups=[{"group": "risk", "minimum": 1}])
    client = browser(team.engineer)
    words = look(client, PAGE).words
    assert "Too few could approve then" in words
    assert "Into Staging: whoever asks cannot approve, and 1 more would be missing (risk has 0 who may decide)." in words
    team.let_in(team.reviewer)
    team.let_in(team.second_reviewer)
    words = look(client, PAGE).words
    assert "1 from risk Reviewer" in words
    send(client, PAGE, {"action": "hide"})
    assert flashes(client, PAGE) == ["churn is private: only those who are let in see it."]
    assert "churn private" in look(browser(team.reviewer), PAGE).words
    send(client, PAGE, {"action": "show"})
    assert flashes(client, PAGE) == ["churn is seen by all of Default."]


def test_who_leaves_a_private_model_is_led_to_the_list(team):
    team.hide()
    row = team.let_in(team.viewer)
    client = browser(team.viewer)
    assert send(client, PAGE, {"action": "remove", "row": row.pk}) == "/models"
    look(client, PAGE, 404)


def test_a_viewer_who_edits_this_model_finds_its_buttons(team):
    team.let_in(team.viewer, Role.EDITOR)
    client = browser(team.viewer)
    assert "Register a version" in look(client, "/w/default/models/churn").links
    send(client, "/w/default/models/churn/register-version", {"name": "mine"})
    assert team.model.versions.get().name == "mine"
    links = look(client, "/w/default/models/churn/versions/1").links.values()
    assert "/w/default/models/churn/versions/1/change-stage" in links
    assert "Register a version" in look(client, "/models?view=table").links
    assert scopes_open_to(team.viewer) == [Scope.READ, Scope.WRITE, Scope.DECIDE, Scope.CHECKS]


def test_a_model_is_registered_private_on_its_page(team):
    client = browser(team.reviewer)
    sent = {"name": "secret", "private": "on", "metric_directions": "cost = lower"}
    assert send(client, "/w/default/register-model", sent) == "/w/default/models/secret"
    made = RegisteredModel.objects.get(name="secret")
    assert (made.private, made.owner, made.metric_directions) == (True, team.reviewer, {"cost": "lower"})
    look(browser(team.engineer), "/w/default/models/secret", 404)

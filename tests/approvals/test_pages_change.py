"""Asking for a stage change on the pages: what is shown before, and what comes of it."""

import pytest

from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from registry.services import archive_model, edit_version, lock_version
from tests.cast import caller, make_team
from tests.log import activities, no_activity
from tests.pages import Page, browser, flashes, look, send

pytestmark = pytest.mark.django_db
ADDRESS = "/w/default/models/churn/versions/1/change-stage"


@pytest.fixture
def team():
    return make_team()


def preview(client, to_stage):
    """The fragment that htmx puts in place as a stage is chosen."""
    return client.get(ADDRESS, {"to_stage": to_stage}, headers={"HX-Request": "true"}).content.decode()


def seen(client, to_stage):
    """What the page sends along once the move has been shown."""
    return look(client, f"{ADDRESS}?to_stage={to_stage}").values["seen"]


def test_every_stage_is_offered_but_the_one_where_the_version_is(team):
    team.move(team.version(), "staging")
    page = browser(team.engineer).get(ADDRESS).content.decode()
    offered = [
        key
        for key in ("unassigned", "development", "staging", "production", "archived")
        if f'value="{key}" required hx-get' in page
    ]
    assert offered == ["unassigned", "development", "production", "archived"]
    assert 'value="staging" required disabled' in page


def test_a_move_that_skips_stages_is_told_as_the_stage_is_chosen(team):
    team.version()
    shown = " ".join(preview(browser(team.engineer), "production").split())
    assert "<span>skips Development and Staging</span>" in shown


def test_a_move_back_is_told_as_the_stage_is_chosen(team):
    team.move(team.version(), "staging")
    assert "<span>moves back</span>" in preview(browser(team.engineer), "development")


def test_the_preview_names_who_will_be_asked(team):
    team.version()
    page = look(browser(team.engineer), f"{ADDRESS}?to_stage=development")
    assert "Needs 1 approval by somebody other than you; then it takes effect at once." in page.words
    assert "Will be asked: Admin, bot, Reviewer, Second Reviewer" in page.words


def test_the_preview_says_when_too_few_may_approve(team):
    team.version()
    team.policy("development", 3)
    team.let_go(team.second_reviewer)
    page = look(browser(team.engineer), f"{ADDRESS}?to_stage=development")
    assert "Too few people may approve this now. An admin can add an editor to the workspace." in page.words


def test_the_preview_says_when_the_change_takes_effect_at_once(team):
    team.version()
    team.policy("development", 0)
    page = look(browser(team.engineer), f"{ADDRESS}?to_stage=development")
    assert "Takes effect at once. A move into Development needs no approval." in page.words
    assert "Change stage" in page.words


def test_asking_files_the_request_and_leads_to_it(team):
    team.version()
    client = browser(team.engineer)
    with activities("stage_change.requested"):
        where = send(client, ADDRESS, {"to_stage": "production", "comment": "shadow run", "seen": seen(client, "production")})
    filed = StageChangeRequest.objects.get()
    assert (where, filed.comment, filed.skipped_stages) == (f"/requests/{filed.pk}", "shadow run", ["development", "staging"])
    assert flashes(client, where) == ["Asked. The change waits for 1 approval."]


def test_without_javascript_the_move_is_shown_before_it_is_asked_for(team):
    team.version()
    client = browser(team.engineer)
    with no_activity():
        page = send(client, ADDRESS, {"to_stage": "production", "comment": "shadow run"}, 200)
    assert ("skips Development and Staging" in page.words, page.values["comment"]) == (True, "shadow run")
    assert send(client, ADDRESS, page.values) == f"/requests/{StageChangeRequest.objects.get().pk}"


def test_another_stage_than_the_one_that_was_shown_is_shown_first(team):
    team.version()
    client = browser(team.engineer)
    with no_activity():
        page = send(client, ADDRESS, {"to_stage": "archived", "seen": seen(client, "development")}, 200)
    assert "skips Development, Staging and Production" in page.words


def test_content_edited_since_the_move_was_shown_shows_it_again(team):
    version, client = team.version(), browser(team.engineer)
    shown = seen(client, "development")
    with unit_of_work():
        edit_version(version_id=version.pk, changes={"metrics": {"auc": 0.9}}, by=caller(team.reviewer))
    with no_activity():
        send(client, ADDRESS, {"to_stage": "development", "seen": shown}, 200)


def test_where_no_approval_is_needed_the_version_moves_at_once(team):
    version, client = team.version(), browser(team.engineer)
    team.policy("development", 0)
    with activities("stage_change.requested", "stage_change.applied"):
        where = send(client, ADDRESS, {"to_stage": "development", "seen": seen(client, "development")})
    assert ModelVersion.objects.get(pk=version.pk).stage == "development"
    assert flashes(client, where) == ["v1 is now in Development."]


def test_a_pending_request_is_linked_instead_of_a_form(team):
    change_request = team.ask(team.version())
    page = look(browser(team.reviewer), ADDRESS)
    assert page.links[f"Open request {change_request.pk}"] == f"/requests/{change_request.pk}"
    assert "comment" not in page.values


@pytest.mark.parametrize("level", ["redact", "closed"])
def test_a_lock_is_told_instead_of_a_form(team, level):
    version = team.version()
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock(level), by=caller(team.admin))
    page = look(browser(team.engineer), ADDRESS)
    assert f"v1 is locked ({level}), so its stage stays. An admin can lower the lock." in page.words
    assert "comment" not in page.values


def test_an_archived_model_is_told_instead_of_a_form(team):
    team.version()
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.admin))
    assert (
        "churn is archived. An admin can take it out of the archive in its settings."
        in look(browser(team.engineer), ADDRESS).words
    )


def test_a_viewer_reads_why_they_cannot_ask(team):
    team.version()
    page = look(browser(team.viewer), ADDRESS)
    assert (
        "You are a viewer of this workspace and this takes an editor. Ask an admin of the workspace for the role." in page.words
    )


@pytest.mark.parametrize("address", [ADDRESS, "/w/default/models/churn/change-stage"])
def test_a_stranger_finds_nothing(team, address):
    team.version()
    assert browser(team.stranger).get(address).status_code == 404


@pytest.mark.parametrize("versions", [1, 3])
def test_the_page_takes_the_same_queries_whatever_else_there_is(team, django_assert_num_queries, versions):
    for _ in range(versions):
        team.version()
    client = browser(team.engineer)
    with django_assert_num_queries(11):
        client.get(ADDRESS, {"to_stage": "production"}, headers={"HX-Request": "true"})


def test_the_picker_lists_versions_newest_first_each_leading_to_its_stages(team):
    for name in ("v1", "v2"):
        team.version(name=name)
    page = look(browser(team.engineer), "/w/default/models/churn/change-stage")
    chosen = [address for text, address in page.links.items() if text in ("v2", "v1")]
    assert chosen == [ADDRESS.replace("/1/", "/2/"), ADDRESS]


def test_the_picker_finds_versions_by_a_part_of_their_name(team):
    for name in ("alpha-1", "beta-1", "beta-2"):
        team.version(name=name)
    page = look(browser(team.engineer), "/w/default/models/churn/change-stage?q=BETA")
    assert [text for text in page.links if text.startswith(("alpha", "beta"))] == ["beta-2", "beta-1"]


def test_the_picker_says_when_nothing_has_that_name(team):
    team.version()
    assert (
        "No version has that in its name" in look(browser(team.engineer), "/w/default/models/churn/change-stage?q=zzz%00").words
    )


def test_the_picker_says_how_to_begin_where_there_is_no_version(team):
    assert (
        look(browser(team.engineer), "/w/default/models/churn/change-stage")
        .links["Register a version"]
        .endswith("/register-version")
    )


@pytest.mark.parametrize("versions", [1, 3])
def test_the_picker_takes_the_same_queries_for_one_version_and_three(team, django_assert_num_queries, versions):
    for _ in range(versions):
        team.version()
    client = browser(team.engineer)
    with django_assert_num_queries(7):
        client.get("/w/default/models/churn/change-stage")


@pytest.fixture
def anywhere(team):
    """A version where any name becomes a stage."""
    team.workspace.open_stages = True
    team.workspace.save()
    return team.version()


def test_where_any_name_becomes_a_stage_a_new_one_is_typed(team, anywhere):
    client = browser(team.engineer)
    with activities("lifecycle.changed", "stage_change.requested"):
        send(client, ADDRESS, {"new_stage": "canary", "comment": "A tenth of the traffic."})
    asked = StageChangeRequest.objects.get()
    assert (asked.version_id, asked.to_stage.key, asked.comment) == (anywhere.pk, "canary", "A tenth of the traffic.")
    assert "new_stage" not in look(browser(team.engineer), ADDRESS).values  # it waits already


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"new_stage": "canary", "to_stage": "staging"}, "Choose a stage or name a new one, not both"),
        ({"comment": ""}, "Choose a stage to move to."),
        ({"new_stage": "a b"}, "has letters, digits, - and _ only, 40 at most, so nothing was asked"),
        ({"new_stage": "c" * 41}, "40 at most"),
        ({"new_stage": "staging"}, "There is that stage already, so nothing was asked."),
        ({"new_stage": "Staging"}, "There is a stage called “Staging” already, so nothing was changed."),
    ],
)
@pytest.mark.usefixtures("anywhere")
def test_what_cannot_become_a_stage_is_refused(team, sent, said):
    client = browser(team.engineer)
    values = {**sent, "seen": seen(client, sent["to_stage"])} if "to_stage" in sent else sent
    with no_activity():
        answer = client.post(ADDRESS, values)
    assert (answer.status_code in (400, 409), said in Page(answer).words) == (True, True)


def test_elsewhere_no_new_stage_is_typed(team):
    team.version()
    client = browser(team.engineer)
    assert "new_stage" not in look(client, ADDRESS).values
    with no_activity():
        send(client, ADDRESS, {"new_stage": "canary"}, status=400)

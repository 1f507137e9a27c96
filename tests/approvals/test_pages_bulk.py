"""Deciding on several requests at once: the summary, what is left out of it and why, and the result of each."""

import re

import pytest

from approvals.models import Review, StageChangeRequest
from tests.cast import make_team
from tests.log import activities, no_activity
from tests.pages import Page, browser, look, send

pytestmark = pytest.mark.django_db
PAGE = "/approvals/selected"


@pytest.fixture
def team():
    return make_team()


def ticked(client, query=""):
    """What the boxes of the inbox would send."""
    content = client.get(f"/approvals{query}").content.decode()
    return re.findall(r'<input type="checkbox" name="requests" value="([^"]+)"', content)


def summary(client, action, chosen, **more):
    response = client.get(PAGE, {"action": action, "requests": chosen, **more})
    assert response.status_code == 200
    return Page(response)


def statuses():
    return list(StageChangeRequest.objects.order_by("pk").values_list("status", flat=True))


def about(page):
    """The rows that name a version, without what surrounds them."""
    return [row for row in page.rows if row and row[0].startswith("churn")]


def test_the_boxes_of_the_inbox_carry_what_was_seen(team):
    team.ask(team.version())
    (box,) = ticked(browser(team.reviewer))
    number, _, seen = box.partition(".")
    asked = StageChangeRequest.objects.get()
    assert int(number) == asked.pk
    assert asked.digest.removeprefix("sha256:").startswith(seen)
    assert len(seen) == 12


def test_only_what_i_may_decide_can_be_ticked(team):
    team.ask(team.version(), by=team.reviewer)
    assert ticked(browser(team.reviewer), "?tab=all") == []
    assert "data-selection-bar" not in browser(team.reviewer).get("/approvals?tab=all").content.decode()


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_what_was_edited_after_it_was_ticked_is_left_out_of_the_summary(team, action):
    changed, same = team.version(), team.version()
    team.ask(changed)
    team.ask(same)
    client = browser(team.reviewer)
    boxes = ticked(client)
    team.edit(changed, metrics={"auc": 0.1})
    page = summary(client, action, boxes)
    (able, left_out) = about(page)
    assert (able[0], left_out[0]) == ("churn v2", "churn v1")
    assert left_out[2] == "It was edited after you ticked it, so it is left out. Look at what stands there now, then decide."
    assert len([name for name in page.values if name.startswith("digest-")]) == 1


def test_a_mistake_loses_neither_the_selection_nor_what_was_seen_nor_the_list(team):
    version = team.version()
    asked = [team.ask(version), team.ask(team.version())]
    digests = {f"digest-{row.pk}": row.digest for row in asked}
    form = {"action": "reject", "requests": [row.pk for row in asked], "comment": " ", "back": "tab=all&model=chu", **digests}
    client = browser(team.reviewer)
    with no_activity():
        page = send(client, PAGE, form, 400)
    assert [row[0] for row in about(page)] == ["churn v1", "churn v2"]
    assert page.values | digests == page.values
    assert page.values["back"] == "tab=all&model=chu"
    assert page.links["Cancel"] == "/approvals?tab=all&model=chu"
    team.edit(version, metrics={"auc": 0.1})
    page = send(client, PAGE, form, 400)
    assert [row[-1].partition(",")[0] for row in about(page)] == [
        "ends; stays in Unassigned",
        "It was edited after you ticked it",
    ]


def test_the_way_back_stays_on_this_site(team):
    team.ask(team.version())
    page = summary(browser(team.reviewer), "approve", ticked(browser(team.reviewer)), back="//elsewhere.example/?a=1\n")
    assert page.links["Cancel"].startswith("/approvals?")


def test_the_same_sent_again_is_told_the_same(team):
    team.policy("staging", 2)
    first, second = team.ask(team.version()), team.ask(team.version(), "development")
    own = team.ask(team.version(), by=team.reviewer)
    form = {"action": "approve", "requests": [first.pk, second.pk, own.pk], "comment": "fine"}
    client = browser(team.reviewer)
    with activities("stage_change.approval_given", "stage_change.approval_given", "stage_change.applied"):
        told = send(client, PAGE, form, 200)
    with no_activity():
        again = send(client, PAGE, form, 200)
    assert about(told) == about(again)
    assert [row[1].partition(".")[0] for row in about(told)] == [
        "DoneApproved",
        "DoneApproved: v2 is now in Development",
        "RefusedYou asked for this change, so someone else must decide on it",
    ]


def test_a_rejection_sent_again_is_told_the_same(team):
    form = {"action": "reject", "requests": [team.ask(team.version()).pk], "comment": "Not measured."}
    client = browser(team.reviewer)
    told = send(client, PAGE, form, 200)
    with no_activity():
        assert about(send(client, PAGE, form, 200)) == about(told)
    assert Review.objects.count() == 1


def test_results_are_counted_and_lead_back_to_what_was_refused_with_the_comment_kept(team):
    good, own = team.ask(team.version()), team.ask(team.version(), by=team.reviewer)
    form = {"action": "approve", "requests": [good.pk, own.pk], "comment": "Well measured.", "back": "model=churn"}
    page = send(browser(team.reviewer), PAGE, form, 200)
    assert page.words.startswith("Approvals 1 approved, 1 refused")
    assert "Your comment, keptWell measured." in page.words
    assert page.links["Look again at what was refused"] == f"{PAGE}?action=approve&requests={own.pk}"
    assert page.links["Back to the approvals"] == "/approvals?model=churn"
    assert statuses() == ["applied", "pending"]


def test_at_most_100_are_decided_at_once_and_the_page_says_so(team):
    asked = team.ask(team.version())
    chosen = [str(asked.pk), *(str(number) for number in range(asked.pk + 1, asked.pk + 103))]
    page = summary(browser(team.reviewer), "approve", chosen)
    assert "At most 100 are decided at once. You selected 3 more, to which nothing happens now." in page.words
    assert "99 of those selected are not there, or not yours to see." in page.words


def test_nothing_left_to_decide_says_why(team):
    ended = team.approve(team.ask(team.version()), by=team.second_reviewer)
    client = browser(team.reviewer)
    page = summary(client, "approve", [str(ended.pk)])
    assert page.words.startswith("Approvals Approve selected requests Nothing here can be decided now")
    assert [row[2].partition(".")[0] for row in about(page)] == [
        f"This request was applied by {team.second_reviewer.display_name}"
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_summary_takes_the_same_queries_for_one_and_three(team, django_assert_num_queries, count):
    chosen = [str(team.ask(team.version()).pk) for _ in range(count)]
    client = browser(team.reviewer)
    with django_assert_num_queries(10):
        summary(client, "approve", chosen)


def test_a_decision_on_several_needs_a_person(team):
    asked = team.ask(team.version())
    with no_activity():
        assert browser().post(PAGE, {"action": "approve", "requests": [asked.pk]}).status_code == 302
    assert statuses() == ["pending"]


def test_the_summary_names_who_asked_and_what_for(team):
    team.ask(team.version(), comment="Launch is on Monday.")
    (row,) = about(look(browser(team.reviewer), f"{PAGE}?action=reject&requests={ticked(browser(team.reviewer))[0]}"))
    assert row[1].endswith("“Launch is on Monday.”")
    assert row[2].startswith("Engineer")
    assert row[3] == "ends; stays in Unassigned"

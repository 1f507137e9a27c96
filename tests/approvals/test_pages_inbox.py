"""The inbox: what stands in which tab and why, the filters, and deciding on several at once."""

import pytest

from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import reject_stage_change
from registry.models import ModelVersion
from registry.services import edit_version, lock_version, register_model, register_version
from tests.cast import caller, make_team
from tests.log import activities, no_activity
from tests.pages import browser, look, send

pytestmark = pytest.mark.django_db
TABS = ("turn", "asked", "review", "decided", "all")


@pytest.fixture
def team():
    return make_team()


def version_of_another_model(team, name):
    with unit_of_work():
        model = register_model(workspace_id=team.workspace.pk, name=name, by=caller(team.engineer))
        return register_version(model_id=model.pk, by=caller(team.engineer))


def listed(client, query=""):
    """The numbers of the requests that a tab shows, in order."""
    response = client.get(f"/approvals{query}")
    return [row.change_request.pk for row in response.context["rows"]]


def whys(client, query=""):
    return [row.why.text for row in client.get(f"/approvals{query}").context["rows"]]


def test_each_tab_holds_what_it_says(team):
    mine = team.ask(team.version(), by=team.reviewer)
    waiting = team.ask(team.version())
    decided = team.approve(team.ask(team.version()))
    assert {tab: listed(browser(team.reviewer), f"?tab={tab}") for tab in TABS} == {
        "turn": [waiting.pk],
        "asked": [mine.pk],
        "review": [],
        "decided": [decided.pk],
        "all": [decided.pk, waiting.pk, mine.pk],
    }


def test_what_waits_is_listed_oldest_first(team):
    first, second = (team.ask(team.version()) for _ in range(2))
    assert listed(browser(team.reviewer)) == [first.pk, second.pk]
    assert listed(browser(team.viewer), "?tab=all&status=pending") == [first.pk, second.pk]
    assert listed(browser(team.viewer), "?tab=all") == [second.pk, first.pk]


def test_a_row_says_why_it_is_mine(team):
    team.ask(team.version())
    assert whys(browser(team.reviewer)) == ["asked of any editor of Default"]
    assert whys(browser(team.admin)) == ["asked of any editor of Default; you are an admin"]


def test_a_row_whose_content_changed_after_my_approval_is_mine_again(team):
    team.policy("staging", 2)
    version = team.version()
    team.approve(team.ask(version))
    assert whys(browser(team.reviewer)) == []
    with unit_of_work():
        edit_version(version_id=version.pk, changes={"metrics": {"auc": 0.5}}, by=caller(team.engineer))
    assert whys(browser(team.reviewer)) == ["you approved, then metrics.auc changed: your approval no longer counts"]
    page = look(browser(team.reviewer), "/approvals")
    changed = look(browser(team.reviewer), page.links["See what changed"])
    assert ["metrics.auc", "–", "0.5"] in changed.rows


def test_a_row_says_what_i_decided(team):
    team.approve(team.ask(team.version()))
    rejected = team.ask(team.version())
    with unit_of_work():
        reject_stage_change(change_request_id=rejected.pk, comment="no", by=caller(team.reviewer))
    assert whys(browser(team.reviewer), "?tab=decided") == ["you rejected", "you approved"]


def test_what_i_decided_comes_in_the_order_of_my_last_decisions_each_once(team):
    team.policy("staging", 2)
    first, second = (team.approve(team.ask(team.version())) for _ in range(2))
    assert listed(browser(team.reviewer), "?tab=decided") == [second.pk, first.pk]
    team.approve(team.withdraw(first))
    assert listed(browser(team.reviewer), "?tab=decided") == [first.pk, second.pk]
    assert listed(browser(team.reviewer), "?tab=decided&to_stage=production") == []
    assert listed(browser(team.reviewer), "?tab=decided&model=chu") == [first.pk, second.pk]


def test_a_filter_by_a_name_that_very_many_models_have_finds_the_same(team, monkeypatch):
    monkeypatch.setattr("approvals.querysets.FEW_MODELS", 0)
    asked = team.ask(team.version())
    assert (listed(browser(team.reviewer), "?model=CHU"), listed(browser(team.reviewer), "?model=zzz")) == ([asked.pk], [])


def test_more_than_99_are_told_as_such(team, monkeypatch):
    monkeypatch.setattr("approvals.querysets.COUNTED", 2)
    monkeypatch.setattr("registry.presentation.MANY", 2)
    for _ in range(3):
        team.ask(team.version())
    response = browser(team.reviewer).get("/approvals")
    assert response.context["tabs"][0]["count"] == "99+"


def test_a_row_tells_move_flags_comment_requester_and_how_far_it_is(team):
    team.policy("production", 2)
    team.approve(team.ask(team.version(), "production", comment="Launch is on Monday."))
    (row,) = look(browser(team.admin), "/approvals").rows[1:]
    assert row[1:5] == [
        "v1churnAsked of any editor of Default; you are an admin",
        "UnassignedtoProduction⚠skips Development and Staging“Launch is on Monday.”",
        row[3],
        "1 of 2 approvals",
    ]
    assert row[3].startswith("Engineerwaitingunder a minute (since ")


def test_a_row_tells_what_stands_in_the_way(team):
    version = team.version()
    team.ask(version)
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock.CLOSED, by=caller(team.engineer))
    (row,) = look(browser(team.reviewer), "/approvals?tab=all").rows[1:]
    assert row[4] == "0 of 1 approvalv1 is locked (closed), so its stage stays. An admin can lower the lock."


def test_the_tab_and_the_navigation_count_what_waits_for_me(team):
    for _ in range(2):
        team.ask(team.version())
    response = browser(team.reviewer).get("/approvals")
    assert [tab["count"] for tab in response.context["tabs"]] == [2, 0, 0, 0, 0]
    assert (
        'data-live-count="waiting"><span class="visually-hidden">, </span><span data-live-number>2<' in response.content.decode()
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("model=CHUR", ["churn"]),
        ("model=fraud", ["fraud"]),
        ("model=nothing", []),
        ("workspace=default", ["churn", "fraud"]),
        ("workspace=elsewhere", []),
        ("to_stage=production", ["fraud"]),
        ("to_stage=production&model=churn", []),
        ("to_stage=no-such-stage", []),
        ("model=%00", []),
    ],
)
def test_filters_stand_in_the_address(team, query, found):
    team.ask(team.version())
    team.ask(version_of_another_model(team, "fraud"), "production")
    response = browser(team.reviewer).get(f"/approvals?tab=turn&{query}")
    assert [row.model_name for row in response.context["rows"]] == found


def test_a_filter_that_finds_nothing_offers_to_clear_it(team):
    team.ask(team.version())
    assert look(browser(team.reviewer), "/approvals?model=zzz").links["Clear the filters"] == "/approvals?tab=turn"


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("turn", "Nothing is waiting for you"),
        ("asked", "You are not waiting for anybody"),
        ("decided", "You have not decided on anything yet"),
        ("all", "No requests yet"),
    ],
)
def test_an_empty_tab_says_so_and_what_comes_next(team, tab, words):
    assert words in look(browser(team.reviewer), f"/approvals?tab={tab}").words


def test_an_empty_turn_shows_what_was_decided_last(team):
    team.approve(team.ask(team.version()))
    assert "You decided last on churn v1" in look(browser(team.reviewer), "/approvals").words


def test_pages_follow_one_another_by_key(team, monkeypatch):
    monkeypatch.setattr("approvals.views.inbox.SHOWN", 2)
    asked = [team.ask(team.version()).pk for _ in range(3)]
    client = browser(team.reviewer)
    following = client.get("/approvals").context["page"].next
    assert (listed(client), listed(client, f"?{following.partition('?')[2]}")) == (asked[:2], asked[2:])


def test_a_stranger_sees_no_request_of_others(team):
    team.ask(team.version())
    assert listed(browser(team.stranger), "?tab=all") == []


@pytest.mark.parametrize("requests", [1, 3])
@pytest.mark.parametrize("tab", TABS)
def test_a_tab_takes_the_same_queries_for_one_row_and_three(team, django_assert_num_queries, tab, requests):
    team.policy("staging", 2, break_glass_roles=["admin"])
    for _ in range(requests):
        team.bypass(team.ask(team.version()))
        team.approve(team.ask(team.version(), by=team.reviewer), by=team.admin)
        team.approve(team.ask(team.version()), by=team.reviewer)
        team.ask(team.version(), "development")
    client = browser(team.reviewer)
    with django_assert_num_queries({"turn": 17, "decided": 16}.get(tab, 15)):
        client.get(f"/approvals?tab={tab}")


def test_what_was_selected_is_summed_up_first_and_what_i_may_not_decide_is_left_out(team):
    able, own = team.ask(team.version()), team.ask(team.version(), by=team.reviewer)
    with no_activity():
        page = look(browser(team.reviewer), f"/approvals/selected?action=approve&requests={able.pk}&requests={own.pk}")
    (able, left_out) = (row for row in page.rows if "churn" in row[0])
    assert [able[0], able[1], able[3]] == ["churn v1", "UnassignedtoStaging⚠skips Development", "takes effect at once"]
    assert [left_out[0], left_out[2]] == [
        "churn v2",
        "You asked for this change, so someone else must decide on it. You can revoke it.",
    ]


def test_several_are_approved_each_on_its_own_and_each_has_a_result(team):
    first, second, third = (team.ask(team.version()) for _ in range(3))
    client, chosen = browser(team.reviewer), f"requests={first.pk}&requests={second.pk}&requests={third.pk}"
    digests = {f"digest-{row.pk}": row.digest for row in (first, second, third)}
    look(client, f"/approvals/selected?action=approve&{chosen}")
    with unit_of_work():
        edit_version(version_id=second.version_id, changes={"metrics": {"auc": 0.1}}, by=caller(team.engineer))
    form = {"action": "approve", "requests": [first.pk, second.pk, third.pk], "comment": "all measured", **digests}
    with activities(*["stage_change.approval_given", "stage_change.applied"] * 2):
        page = send(client, "/approvals/selected", form, 200)
    assert [row[1].partition(":")[0].split(",")[0] for row in page.rows[1:]] == [
        "DoneApproved",
        "Refusedv2 or what its move needs was edited after you opened this",
        "DoneApproved",
    ]
    assert list(StageChangeRequest.objects.order_by("pk").values_list("status", flat=True)) == ["applied", "pending", "applied"]


def test_several_are_rejected_with_one_reason(team):
    asked = [team.ask(team.version()).pk for _ in range(2)]
    send(browser(team.reviewer), "/approvals/selected", {"action": "reject", "requests": asked, "comment": "Not measured."}, 200)
    ended = StageChangeRequest.objects.values_list("status", "closing_comment")
    assert list(ended) == [("rejected", "Not measured.")] * 2


def test_rejecting_several_without_a_reason_does_nothing(team):
    asked = [team.ask(team.version()).pk for _ in range(2)]
    with no_activity():
        page = send(browser(team.reviewer), "/approvals/selected", {"action": "reject", "requests": asked, "comment": " "}, 400)
    assert "A rejection needs a comment that says why, so nothing was done." in page.words


@pytest.mark.parametrize("chosen", ["", "&requests=999", "&requests=x", "&requests=99999999999999999999"])
def test_nothing_selected_says_so(team, chosen):
    assert "Nothing to decide here" in look(browser(team.reviewer), f"/approvals/selected?action=approve{chosen}").words


def test_requests_of_others_cannot_be_selected(team):
    change_request = team.ask(team.version())
    with no_activity():
        page = send(browser(team.stranger), "/approvals/selected", {"action": "approve", "requests": [change_request.pk]}, 200)
    assert page.rows[1:] == []

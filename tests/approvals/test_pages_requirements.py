"""Why not yet: what a request needs, as its pages say it, and what machines reported."""

import pytest

from activity.unit import unit_of_work
from approvals.services import report_check
from registry.templatetags.stageward import gates
from tests.cast import caller, make_team
from tests.pages import browser, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def report(team, change_request, name, status, by=None, **more):
    with unit_of_work():
        report_check(change_request_id=change_request.pk, name=name, status=status, by=caller(by or team.reviewer, "api"), **more)


def words(team, address, by=None):
    return look(browser(by or team.viewer), address).words


def test_what_is_missing_comes_first_and_what_is_kept_is_folded(team):
    change_request = team.ask(team.version())
    page = browser(team.viewer).get(f"/requests/{change_request.pk}").content.decode()
    missing, folded = page.index("Missing: </span>0 of 1 approval"), page.index('<details class="settled">')
    assert missing < folded < page.index("Satisfied: </span>The version is not locked")
    assert "4 kept, 1 does not apply" in " ".join(page.split())


def test_nothing_is_folded_where_all_is_kept():
    kept = [{"status": "satisfied", "detail": str(number)} for number in range(5)]
    assert gates(kept)["fold"] is False
    assert gates([*kept, {"status": "unsatisfied", "detail": "x"}])["fold"] is True


@pytest.mark.parametrize("address", ["/requests/{pk}", "/requests/{pk}/approve", "/w/default/models/churn/versions/1"])
def test_each_page_of_a_request_says_why_not_yet_and_who_could_settle_it(team, address):
    team.group("risk", team.second_reviewer, team.admin)
    team.policy("production", 2, groups=[{"group": "risk", "minimum": 1}], required_checks=[{"name": "tests", "reporter": "bot"}])
    change_request = team.ask(team.version(), "production")
    told = words(team, address.format(pk=change_request.pk), by=team.reviewer)
    assert "Why not yet" in told
    assert "Missing: 0 of 1 from risk admin, bot, second_reviewer" in told
    assert "Missing: The check “tests” has not been reported yet, from bot" in told


def test_a_check_is_shown_with_its_verdict_reporter_summary_and_link(team):
    team.policy("staging", 1, required_checks=[{"name": "tests"}])
    change_request = team.ask(team.version())
    report(team, change_request, "tests", "failed", url="https://ci.example.org/1", summary="3 of 212 failed")
    page = look(browser(team.viewer), f"/requests/{change_request.pk}")
    assert "tests Failed required 3 of 212 failed Reviewer · just now" in page.words
    assert page.links["See the report of tests"] == "https://ci.example.org/1"
    assert "The check “tests” has failed, says Reviewer; it can be reported again See the report 3 of 212 failed" in page.words


def test_a_check_that_nobody_reported_says_from_whom_it_comes(team):
    team.policy("staging", 1, required_checks=[{"name": "bias"}, {"name": "tests", "reporter": "bot"}])
    told = words(team, f"/requests/{team.ask(team.version()).pk}")
    assert "bias Not reported yet required Comes from any account but the requester's." in told
    assert "tests Not reported yet required Comes from bot." in told


def test_the_last_report_stands_and_the_earlier_ones_are_folded(team):
    change_request = team.ask(team.version())
    for status in ("pending", "failed", "passed"):
        report(team, change_request, "tests", status)
    told = words(team, f"/requests/{change_request.pk}")
    assert (
        told.index("tests Passed")
        < told.index("2 earlier reports")
        < told.index("Failed Reviewer")
        < told.index("Pending Reviewer")
    )


def test_a_report_on_content_edited_since_is_shown_as_not_counting(team):
    team.policy("staging", 2, required_checks=[{"name": "tests"}])
    version = team.version()
    change_request = team.ask(version)
    report(team, change_request, "tests", "passed")
    assert "does not count" not in words(team, f"/requests/{change_request.pk}")
    team.edit(version, metrics={"auc": 0.5})
    assert "It is of content that was edited since, so it does not count." in words(team, f"/requests/{change_request.pk}")


def test_a_report_of_the_requester_that_became_required_is_shown_as_not_counting(team):
    change_request = team.ask(team.version())
    report(team, change_request, "tests", "passed", by=team.engineer)
    team.policy("staging", 1, required_checks=[{"name": "tests"}])
    assert "It comes from the requester's side, so it does not count." in words(team, f"/requests/{change_request.pk}")


def test_how_to_report_is_told_to_who_may_while_it_waits(team):
    change_request = team.ask(team.version())
    address = f"/requests/{change_request.pk}"
    assert f"curl http://testserver/api/v1/stage-change-requests/{change_request.pk}/checks" in words(
        team, address, team.reviewer
    )
    assert "How to report a check" not in words(team, address)
    team.approve(change_request)
    assert "How to report a check" not in words(team, address, team.reviewer)


def test_what_was_reported_stays_readable_after_the_end(team):
    change_request = team.ask(team.version())
    report(team, change_request, "tests", "passed")
    team.approve(change_request)
    assert "tests Passed Reviewer" in words(team, f"/requests/{change_request.pk}")


@pytest.mark.parametrize("reports", [1, 3])
def test_the_page_takes_the_same_queries_whatever_was_reported(team, django_assert_num_queries, reports):
    change_request = team.ask(team.version())
    for number in range(reports):
        report(team, change_request, f"check {number}", "passed", by=(team.reviewer, team.admin, team.second_reviewer)[number])
    client = browser(team.viewer)
    with django_assert_num_queries(16):
        client.get(f"/requests/{change_request.pk}")


def test_an_approval_that_is_not_the_last_thing_says_what_the_change_then_waits_for(team):
    team.policy("staging", 1, required_checks=[{"name": "tests"}])
    change_request = team.ask(team.version())
    told = words(team, f"/requests/{change_request.pk}/approve", by=team.reviewer)
    assert "Yours is the last approval needed. v1 moves to Staging when the check tests has passed." in told
    report(team, change_request, "tests", "passed")
    assert "Takes effect at once." in words(team, f"/requests/{change_request.pk}/approve", by=team.reviewer)


def test_an_approval_that_leaves_a_group_open_is_not_called_the_last(team):
    team.group("risk", team.second_reviewer, team.admin)
    team.policy("production", 2, groups=[{"group": "risk", "minimum": 1}])
    change_request = team.approve(team.ask(team.version(), "production"), by=team.reviewer)
    told = words(team, f"/requests/{change_request.pk}/approve", by=team.second_reviewer)
    assert "Takes effect at once." in told
    team.withdraw(change_request)
    told = words(team, f"/requests/{change_request.pk}/approve", by=team.reviewer)
    assert "It then waits for 1 more approval (1 from risk)." in told


def test_a_row_of_the_inbox_names_the_checks_in_short(team):
    team.policy("staging", 1, required_checks=[{"name": "bias"}, {"name": "tests"}])
    change_request = team.ask(team.version())
    report(team, change_request, "tests", "failed")
    (row,) = look(browser(team.reviewer), "/approvals?tab=all").rows[1:]
    assert row[4] == "0 of 1 approvalthe checks bias, tests (failed)"


def test_the_bulk_summary_says_what_each_would_wait_for(team):
    team.policy("staging", 1, required_checks=[{"name": "tests"}])
    change_request = team.ask(team.version())
    page = look(browser(team.reviewer), f"/approvals/selected?action=approve&requests={change_request.pk}")
    assert page.rows[1][3] == "approval 1 of 1then waits for the check tests"

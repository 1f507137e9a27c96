"""What changed under a request, read back from the log."""

import pytest

from activity.unit import unit_of_work
from approvals.differences import Difference, differences
from approvals.services.locking import read_situation
from registry.services import edit_version
from tests.cast import caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def edit(team, version, **changes):
    with unit_of_work():
        edit_version(version_id=version.pk, changes=changes, by=caller(team.engineer))


def digest_now(change_request):
    return read_situation(change_request.pk).digest


def test_nothing_changed(team):
    change_request = team.ask(team.version())
    assert differences(read_situation(change_request.pk), change_request.digest) == []


def test_each_name_that_changed_came_or_went(team):
    version = team.version(metrics={"auc": 0.9, "f1": 0.4}, parameters={"depth": 6})
    change_request = team.ask(version)
    edit(team, version, metrics={"auc": 0.8, "recall": 0.7}, artifact_uri="s3://models/2")
    assert differences(read_situation(change_request.pk), change_request.digest) == [
        Difference("artifact uri", "", "s3://models/2"),
        Difference("metrics.auc", 0.9, 0.8),
        Difference("metrics.f1", 0.4, None),
        Difference("metrics.recall", None, 0.7),
    ]


def test_only_what_changed_since_that_moment(team):
    version = team.version(metrics={"auc": 0.9})
    change_request = team.ask(version)
    edit(team, version, metrics={"auc": 0.8})
    seen = digest_now(change_request)
    edit(team, version, parameters={"depth": 7})
    assert differences(read_situation(change_request.pk), seen) == [Difference("parameters.depth", None, 7)]


def test_what_the_stage_demands_counts_too(team):
    change_request = team.ask(team.version())
    team.policy("staging", 2, exclude_last_editor=True)
    assert differences(read_situation(change_request.pk), change_request.digest) == [Difference("approvals required", 1, 2)]


def test_what_another_stage_demands_does_not(team):
    team.policy("production", 3)
    version = team.version()
    change_request = team.ask(version)
    edit(team, version, metrics={"auc": 0.8})
    team.policy("production", 2)
    assert differences(read_situation(change_request.pk), change_request.digest) == [Difference("metrics.auc", None, 0.8)]


def test_edits_of_what_is_not_governed_do_not(team):
    version = team.version()
    change_request = team.ask(version)
    edit(team, version, description="More words.", labels=["tabular"])
    edit(team, version, metrics={"auc": 0.8})
    assert differences(read_situation(change_request.pk), change_request.digest) == [Difference("metrics.auc", None, 0.8)]


def test_content_that_the_log_does_not_know(team):
    change_request = team.ask(team.version())
    assert differences(read_situation(change_request.pk), "sha256:" + "0" * 64) is None

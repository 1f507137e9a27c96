"""Tags and aliases: what they are, who may set them, what the log says of them."""

from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import User
from activity.errors import DomainError, Invalid
from activity.feed import feed_lines
from activity.unit import unit_of_work
from registry.errors import ModelArchived
from registry.models import Alias, ModelVersion, Tag
from registry.services import (
    archive_model,
    delete_version,
    register_model,
    register_version,
    remove_alias,
    remove_model_tag,
    remove_version_tag,
    set_alias,
    set_model_tag,
    set_version_tag,
)
from tests.cast import Team, caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def done(service: Any, by: User, **arguments: Any) -> Any:
    with unit_of_work():
        return service(by=caller(by), **arguments)


def point(team: Team, version: ModelVersion, name: str = "champion", by: User | None = None) -> Any:
    return done(set_alias, by or team.engineer, version_id=version.pk, name=name)


def test_a_tag_is_set_changed_and_taken_away_with_a_line_each(team: Team):
    version = team.version()
    with activities("model_version.tagged", "model_version.tagged", "model_version.untagged") as lines:
        done(set_version_tag, team.engineer, version_id=version.pk, key="a b/c", value="1")
        done(set_version_tag, team.engineer, version_id=version.pk, key="a b/c", value="2")
        done(remove_version_tag, team.engineer, version_id=version.pk, key="a b/c")
    assert Tag.objects.count() == 0
    assert [line.data for line in lines] == [
        '{"from":null,"tag":"a b/c","to":"1"}', '{"from":"1","tag":"a b/c","to":"2"}', '{"from":"2","tag":"a b/c"}',
    ]  # fmt: skip
    texts = [shown.text for shown in feed_lines(lines)]
    assert [text.split("</a>")[-1] for text in texts[:2]] == [" with <b>a b/c: 1</b>", " with <b>a b/c: 2</b>"]
    assert texts[2].startswith("took the tag <b>a b/c</b> from <a")


def test_the_same_tag_again_and_one_that_is_not_there_write_nothing(team: Team):
    done(set_model_tag, team.engineer, model_id=team.model.pk, key="a", value="")
    with no_activity():
        done(set_model_tag, team.engineer, model_id=team.model.pk, key="a", value="")
        done(remove_model_tag, team.engineer, model_id=team.model.pk, key="b")


def test_tags_of_a_model_and_of_its_versions_are_apart(team: Team):
    version = team.version()
    done(set_model_tag, team.engineer, model_id=team.model.pk, key="a", value="model")
    done(set_version_tag, team.engineer, version_id=version.pk, key="a", value="version")
    done(remove_model_tag, team.engineer, model_id=team.model.pk, key="a")
    assert list(Tag.objects.values_list("version", "value")) == [(version.pk, "version")]


def test_something_new_comes_with_its_tags_in_one_line(team: Team):
    with one_activity("model.registered") as lines:
        model = done(register_model, team.engineer, workspace_id=team.workspace.pk, name="x", tags={"b": "2", "a": "1"})
    assert lines[0].data == '{"name":"x","tags":{"a":"1","b":"2"}}'
    with one_activity("model_version.registered"):
        done(register_version, team.engineer, model_id=model.pk, tags={"a": "3"})
    assert list(Tag.objects.order_by("pk").values_list("key", "value")) == [("b", "2"), ("a", "1"), ("a", "3")]


@pytest.mark.parametrize(
    ("key", "value"),
    [("", "x"), ("a,b", "x"), ("é\x00", "x"), ("x" * 251, "x"), ("stageward.x", "x"), ("a", "x" * 100_001), ("a", "\x00")],
)
def test_a_tag_that_cannot_be_kept_is_refused(team: Team, key: str, value: str):
    with no_activity(), pytest.raises(Invalid):
        done(set_model_tag, team.engineer, model_id=team.model.pk, key=key, value=value)


def test_a_lock_or_an_approval_does_not_hold_tags(team: Team):
    version = team.version()
    asked = team.ask(version)
    team.lock(version, "closed")
    done(set_version_tag, team.engineer, version_id=version.pk, key="a", value="1")
    asked.refresh_from_db()
    assert asked.is_pending
    with no_activity(), pytest.raises(ModelArchived):
        done(archive_then_tag, team.admin, team=team)


def archive_then_tag(*, by: Any, team: Team) -> None:
    """Both in one unit of work, which the refusal undoes."""
    archive_model(model_id=team.model.pk, by=by)
    set_model_tag(model_id=team.model.pk, key="a", value="1", by=by)


def test_an_alias_points_at_one_version_and_every_move_is_in_the_log(team: Team):
    first, second = team.version(), team.version()
    with activities("alias.moved", "alias.moved", "alias.removed") as lines:
        point(team, first)
        point(team, second)
        point(team, second)
        done(remove_alias, team.engineer, model_id=team.model.pk, name="champion")
        done(remove_alias, team.engineer, model_id=team.model.pk, name="champion")
    assert [line.data for line in lines] == [
        '{"alias":"champion","from":null,"to":1}', '{"alias":"champion","from":1,"to":2}', '{"alias":"champion","from":2}',
    ]  # fmt: skip
    assert [line.version_id for line in lines] == [first.pk, second.pk, second.pk]
    assert feed_lines(lines)[1].text.endswith("churn v2</a> (before: version 1)")


@pytest.mark.parametrize("name", ["", "a b", "latest", "LATEST", "v1", "V22", "x" * 256, "a/b"])
def test_a_name_that_programs_would_misread_is_no_alias(team: Team, name: str):
    version = team.version()
    with no_activity(), pytest.raises(Invalid):
        point(team, version, name)


def test_pointing_at_or_away_from_what_is_protected_takes_an_admin(team: Team):
    live, other = team.version(), team.version()
    point(team, other)
    team.move(live, "production")
    with no_activity(), pytest.raises(Forbidden):
        point(team, live)
    point(team, live, by=team.admin)
    for refused in (
        lambda: point(team, other),
        lambda: done(remove_alias, team.engineer, model_id=team.model.pk, name="champion"),
    ):
        with no_activity(), pytest.raises(DomainError) as told:
            refused()
        assert told.value.detail.startswith("v1 is in Production, so only an admin points “champion” at it or away from it.")
    point(team, other, by=team.admin)
    point(team, team.version())


def test_the_aliases_of_a_deleted_version_are_gone_and_in_its_line(team: Team):
    version = team.version()
    point(team, version)
    with one_activity("model_version.deleted") as lines:
        done(delete_version, team.engineer, version_id=version.pk)
    assert Alias.objects.count() == 0
    assert lines[0].data == '{"aliases":["champion"],"name":"v1","number":1}'

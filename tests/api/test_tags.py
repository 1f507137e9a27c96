"""Tags and aliases in the API."""

from tests.api.conftest import MODEL, Callers, problem
from tests.cast import Team
from tests.log import no_activity, one_activity

VERSION = f"{MODEL}/versions/1"


def test_a_tag_is_set_listed_and_removed(api: Callers, team: Team):
    team.version()
    for place, verb in ((MODEL, "model"), (VERSION, "model_version")):
        with one_activity(f"{verb}.tagged"):
            assert api.engineer.put(f"{place}/tags/a/b%20c", {"value": "1"}).json() == {"key": "a/b c", "value": "1"}
        assert api.viewer.get(f"{place}/tags").json()["results"] == [{"key": "a/b c", "value": "1"}]
        with one_activity(f"{verb}.untagged"):
            assert api.engineer.delete(f"{place}/tags/a/b%20c").status_code == 204
        with no_activity():
            assert api.engineer.delete(f"{place}/tags/a/b%20c").status_code == 204
            assert problem(api.engineer.put(f"{place}/tags/stageward.x", {"value": "1"})) == (400, "invalid")


def test_an_alias_is_pointed_listed_and_removed(api: Callers, team: Team):
    team.version()
    with one_activity("alias.moved"):
        assert api.engineer.put(f"{MODEL}/aliases/champion", {"version": 1}).json() == {"alias": "champion", "version": 1}
    assert api.viewer.get(f"{MODEL}/aliases").json()["results"] == [{"alias": "champion", "version": 1}]
    team.move(team.version(), "production")
    with no_activity():
        assert problem(api.engineer.put(f"{MODEL}/aliases/champion", {"version": 2})) == (403, "forbidden")
        assert problem(api.engineer.put(f"{MODEL}/aliases/champion", {"version": 9})) == (404, "not-found")
        assert problem(api.engineer.put(f"{MODEL}/aliases/latest", {"version": 1})) == (400, "invalid")
    assert api.admin.put(f"{MODEL}/aliases/champion", {"version": 2}).status_code == 200
    assert problem(api.engineer.delete(f"{MODEL}/aliases/champion")) == (403, "forbidden")
    assert api.admin.delete(f"{MODEL}/aliases/champion").status_code == 204

"""Lists are read as far as somebody looks."""

import pytest

from stageward import Client, Invalid, LazyList, NotFound, RegisteredModel
from tests.client.flaky import Flaky


@pytest.fixture
def through(people, flaky: Flaky, model: RegisteredModel) -> RegisteredModel:
    """A model with three versions, looked at through a server that counts."""
    for number in range(3):
        model.create_version(f"try-{number + 1}", metrics={"auc": 0.9 + number / 100})
    found = people("engineer", flaky.host, workspace="default").get_registered_model(model.name)
    flaky.seen.clear()
    return found


def small(versions: LazyList) -> LazyList:
    """The same in pages of one."""
    return versions.filter(limit=1)


def test_nothing_is_asked_before_somebody_looks(through: RegisteredModel, flaky: Flaky):
    versions = small(through.versions)
    assert flaky.seen == []
    assert versions[0].name == "try-3"
    assert len(flaky.seen) == 1
    assert bool(versions) is True
    assert len(flaky.seen) == 1


def test_a_list_is_read_page_by_page(through: RegisteredModel, flaky: Flaky):
    versions = small(through.versions)
    assert [each.number for each in versions] == [3, 2, 1]
    assert len(flaky.seen) == 3
    assert (len(versions), versions[-1].number, versions[1:], next(reversed(versions)).number) == (3, 1, versions[1:3], 1)
    assert len(flaky.seen) == 3


def test_a_slice_reads_no_further_than_it_reaches(through: RegisteredModel, flaky: Flaky):
    assert [each.number for each in small(through.versions)[:2]] == [3, 2]
    assert len(flaky.seen) == 2


def test_the_next_page_is_asked_of_the_same_host(through: RegisteredModel, flaky: Flaky, host: str):
    """What the server calls itself is another address than this one."""
    assert len(small(through.versions)) == 3
    assert {headers["host"] for _, _, headers in flaky.seen} == {flaky.host.removeprefix("http://")}


def test_an_index_beyond_the_end_says_how_many_there_are(through: RegisteredModel):
    with pytest.raises(IndexError, match="There are 3 here, so none has the index 3"):
        through.versions[3]
    with pytest.raises(IndexError):
        through.versions.find("stage == production")[0]
    assert not through.versions.find("stage == production")


def test_versions_are_found_by_the_find_language(through: RegisteredModel):
    assert [each.name for each in through.versions.find("metrics.auc >= 0.91", "name != try-2")] == ["try-3"]
    assert [each.name for each in through.versions.find("metrics.auc >= 0.91").find("name != try-2")] == ["try-3"]
    with pytest.raises(Invalid) as refused:
        len(through.versions.find("stage ==="))
    assert refused.value.extras["column"] > 0


@pytest.mark.parametrize("name", ['a "quoted" name', "back\\slash", "it's 100 %", "v1.0.0"])
def test_a_version_is_found_by_any_name(model: RegisteredModel, name):
    made = model.get_or_create_version(name)
    assert (made.name, model.get_or_create_version(name), model.get_version(name)) == (name, made, made)
    with pytest.raises(NotFound, match="There is no version “another”"):
        model.get_version("another")


@pytest.mark.parametrize("name", ["Größe & Umsatz", "a b+c", "point.5", "50!"])
def test_a_model_is_found_by_any_name(engineer: Client, name):
    made = engineer.get_or_create_registered_model(name, description="Once.")
    again = engineer.get_or_create_registered_model(name, description="Twice.")
    assert (again.name, again.description, made.description) == (name, "Once.", "Once.")
    assert made.create_version().model == name


def test_models_are_narrowed_by_filters(engineer: Client, model: RegisteredModel):
    model.update(labels=[f"label-of-{model.name}"])
    assert [each.name for each in engineer.registered_models.filter(label=f"label-of-{model.name}")] == [model.name]
    assert model.name in [each.name for each in engineer.registered_models]
    with pytest.raises(Invalid):
        len(engineer.registered_models.filter(lable="misspelt"))

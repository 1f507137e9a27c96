"""The same answers on both databases: what a database finds is what plain Python finds."""

from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.models import ModelVersion
from registry.search import Term, condition
from tests.cast import Team, make_team

texts = st.text(alphabet="aAbBzZéÉßİ %_\\\"'0{}:😀", max_size=4)
names = st.just("auc") | st.sampled_from(["auc", "a b", 'a"b', "it's", "ImageNet-1K/acc@1", "é", "1", "a.b", "$", "%s", "{}"])
# At most 15 digits: beyond them SQLite 3.40 may round the last bit of a text otherwise than Python does.
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"), st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-30, 20)
)
scalars = numbers | texts | st.booleans() | st.none()
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(texts, scalars, max_size=2)
rows = st.fixed_dictionaries(
    {
        "metrics": st.dictionaries(names, numbers, max_size=3),
        "attributes": st.dictionaries(names, values, max_size=3),
        "labels": st.lists(texts.filter(str.strip), max_size=3),
        "description": texts,
    }
)
orders = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])


def spelled(number: float) -> str:
    return repr(number)


terms = st.one_of(
    st.builds(Term, key=st.just("metrics"), entry=names, operator=orders, text=numbers.map(spelled)),
    st.builds(Term, key=st.just("attributes"), entry=names, operator=orders, text=numbers.map(spelled)),
    st.builds(Term, key=st.just("attributes"), entry=names, operator=orders | st.just("~="), text=texts, quoted=st.just(True)),
    st.builds(
        Term,
        key=st.just("attributes"),
        entry=names,
        operator=st.sampled_from(["==", "!="]),
        text=st.sampled_from(["true", "false"]),
    ),
    st.builds(Term, key=st.just("labels"), operator=st.sampled_from(["==", "!=", "~="]), text=texts, quoted=st.just(True)),
    st.builds(Term, key=st.just("description"), operator=st.sampled_from(["==", "!=", "~="]), text=texts, quoted=st.just(True)),
)


def folded(text: str) -> str:
    """Without the case of A to Z, and of nothing else."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def compares(left: Any, operator: str, right: Any) -> bool:
    outcomes = {
        "==": lambda: left == right, "!=": lambda: left != right, ">": lambda: left > right, ">=": lambda: left >= right,
        "<": lambda: left < right, "<=": lambda: left <= right, "~=": lambda: folded(right) in folded(left),
    }  # fmt: skip
    return bool(outcomes[operator]())


def wanted(term: Term) -> Any:
    """The value of a term, as its type."""
    if term.quoted:
        return term.text
    return term.flag if term.flag is not None else term.number


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int | float) else type(value).__name__


def holds(term: Term, row: dict[str, Any]) -> bool:
    """What the term says of a row, in plain Python."""
    if term.key == "labels":
        if term.operator == "~=":
            return any(compares(label, "~=", term.text) for label in row["labels"])
        return (term.text in row["labels"]) is (term.operator == "==")
    if term.key == "description":
        return compares(row["description"], term.operator, term.text)
    if term.entry not in row[term.key]:
        return False
    value = row[term.key][term.entry]
    return kind(value) == kind(wanted(term)) and compares(value, term.operator, wanted(term))


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=4), st.lists(terms, min_size=1, max_size=3))
def test_a_database_finds_what_plain_python_finds(team: Team, given_rows: list[dict[str, Any]], query: list[Term]):
    with transaction.atomic():
        ModelVersion.objects.bulk_create(_version(team, number, row) for number, row in enumerate(given_rows, start=1))
        numbers_found = set(ModelVersion.objects.filter(condition(query, [])).values_list("number", flat=True))
        transaction.set_rollback(True)
    expected = {number for number, row in enumerate(given_rows, start=1) if all(holds(term, row) for term in query)}
    assert numbers_found == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, terms)
def test_a_row_is_found_by_a_condition_or_by_its_opposite(team: Team, row: dict[str, Any], term: Term):
    """A condition is never neither true nor false, which SQL knows and we do not."""
    with transaction.atomic():
        ModelVersion.objects.bulk_create([_version(team, 1, row)])
        said = condition([term], [])
        answers = [ModelVersion.objects.filter(question).count() for question in (said, ~Q(said))]
        transaction.set_rollback(True)
    assert sorted(answers) == [0, 1]


def _version(team: Team, number: int, row: dict[str, Any]) -> ModelVersion:
    moment = team.model.created_at
    return ModelVersion(
        model=team.model, number=number, name=f"v{number}", stage="unassigned", created_by=team.engineer,
        content_edited_by=team.engineer, created_at=moment, updated_at=moment, **row,
    )  # fmt: skip

"""The find language: what a query finds, and what a wrong one is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from activity.triggers import drop_triggers
from registry.api.rows import version_bodies, version_values
from registry.models import ModelVersion, Stage
from registry.search import KEYS, OPERATORS, SearchError, Term, find, parse
from tests.cast import Team, make_team

STAGES = ["unassigned", "development", "staging", "production", "archived"]


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def found(team: Team, query: str) -> list[int]:
    """The numbers of the versions that a query finds."""
    stages = Stage.objects.filter(workspace=team.workspace)
    return list(
        ModelVersion.objects.filter(find(query, stages), model=team.model).order_by("number").values_list("number", flat=True)
    )


@pytest.fixture
def versions(team: Team) -> Team:
    """Three of them."""
    team.move(
        team.version(
            name="v1.0", description="Plain Ünder 100%", artifact_uri="s3://a/1", artifact_digest="sha256:" + "a" * 64,
            metrics={"auc": 0.9, "ImageNet-1K/acc@1": 80.858, "count": 3}, labels=["tabular", "EU"],
            parameters={"depth": 6, "name": "x", "flag": True}, attributes={"team": "risk", "grade": "b", "none": None},
        ),
        "staging",
    )  # fmt: skip
    team.version(
        name="v2.0-rc", metrics={"auc": 0.8}, labels=["tabular"], parameters={"depth": "6"}, attributes={"team": "Fraud"}
    )
    team.version(name="best of all", run_url="https://runs.example.org/3", parameters={"flag": False})
    ModelVersion.objects.filter(number=1).update(created_at=datetime(2026, 10, 3, 0, 0, tzinfo=UTC))
    ModelVersion.objects.filter(number=2).update(created_at=datetime(2026, 10, 3, 23, 59, 59, tzinfo=UTC), lock_level="closed")
    ModelVersion.objects.filter(number=3).update(created_at=datetime(2026, 10, 4, 0, 0, tzinfo=UTC))
    return team


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3]),
        ("  ", [1, 2, 3]),
        ("stage == staging", [1]),
        ("stage==Staging", [1]),
        ("stage != STAGING", [2, 3]),
        ("STAGE == staging", [1]),
        ("version == v1.0", [1]),
        ('version == "best of all"', [3]),
        ("version == 'best of all'", [3]),
        ("version != v1.0", [2, 3]),
        ("version ~= V", [1, 2]),
        ("name ~= rc", [2]),
        ("version ~= %", []),
        ("number == 2", [2]),
        ("number != 2", [1, 3]),
        ("number >= 2 and number < 3", [2]),
        ("number > 99999999999999999", []),
        ("number < 9999999999999999999", [1, 2, 3]),
        ("labels == tabular", [1, 2]),
        ("labels != eu", [1, 2, 3]),
        ("labels != EU", [2, 3]),
        ("labels ~= eu", [1]),
        ("labels ~= TAB", [1, 2]),
        ("lock == closed", [2]),
        ("lock != Closed", [1, 3]),
        ('description ~= "ÜNDER"', [1]),
        ("description ~= ünder", []),
        ("description ~= Ünd", [1]),
        ("description ~= 100%", [1]),
        ("created_by == engineer", [1, 2, 3]),
        ("created_by != engineer", []),
        ("created_by ~= ENGIN", [1, 2, 3]),
        ("run_url ~= runs.example", [3]),
        ("artifact_uri == s3://a/1", [1]),
        (f"artifact_digest == sha256:{'a' * 64}", [1]),
        ("created_at == 2026-10-03", [1, 2]),
        ("created_at != 2026-10-03", [3]),
        ("created_at > 2026-10-03", [3]),
        ("created_at >= 2026-10-03", [1, 2, 3]),
        ("created_at < 2026-10-03", []),
        ("created_at <= 2026-10-03", [1, 2]),
        ("created_at > 2026-10-03T00:00:00Z", [2, 3]),
        ("created_at <= 2026-10-03T02:00:00+02:00", [1]),
        ('created_at == "2026-10-04 00:00:00"', [3]),
        ("updated_at > 2020-01-01", [1, 2, 3]),
        ("metrics.auc >= 0.88", [1]),
        ("metrics.auc > 0.8", [1]),
        ("metrics.auc >= .8", [1, 2]),
        ("metrics.auc == 0.90", [1]),
        ("metrics.auc != 0.9", [2]),
        ("metrics.auc < 1e3", [1, 2]),
        ("metrics.auc > -1", [1, 2]),
        ("metrics.count == 3.0", [1]),
        ('metrics."ImageNet-1K/acc@1" >= 80', [1]),
        ("metrics.'ImageNet-1K/acc@1' == 80.858", [1]),
        ("metrics.missing != 1", []),
        ("parameters.depth == 6", [1]),
        ('parameters.depth == "6"', [2]),
        ("parameters.depth ~= 6", [2]),
        ("parameters.flag == true", [1]),
        ("parameters.flag != true", [3]),
        ('parameters.flag == "true"', []),
        ("attributes.team == risk", [1]),
        ("attributes.team != risk", [2]),
        ("attributes.team ~= FRA", [2]),
        ("attributes.team > risk", []),
        ("attributes.team < risk", [2]),
        ("attributes.grade >= b", [1]),
        ("attributes.none != x", []),
        ("attributes.team > 5", []),
        ("attributes.team != 5", []),
        ("parameters.depth > 5", [1]),
        ("parameters.flag >= 0", []),
        ('parameters.depth >= "5"', [2]),
        ("attributes.none == null", []),
        ("labels == tabular AND metrics.auc > 0.85 and stage == staging", [1]),
        ("labels==tabular and\n metrics.auc\t>0.85", [1]),
        ("version == and", []),
        ("attributes.and == android", []),
        ('version == "a \\"quoted\\" \\\\ name"', []),
    ],
)
def test_a_query_finds(versions: Team, query: str, numbers: list[int]):
    assert found(versions, query) == numbers


NAMES = ("did you mean stage? There are: " + ", ".join(KEYS), KEYS)


@pytest.mark.parametrize(
    ("query", "column", "detail", "expected"),
    [
        ("stagee == x", 1, f"There is no “stagee” to look for; did you mean stage? There are: {', '.join(KEYS)}.", KEYS),
        ("xyzzy == 1", 1, f"There is no “xyzzy” to look for; there are: {', '.join(KEYS)}.", KEYS),
        (
            "number > 1 and stage == stagin", 25,
            f"There is no stage “stagin”; did you mean staging? There are: {', '.join(STAGES)}.", STAGES,
        ),
        ("stage == moon", 10, f"There is no stage “moon”; there are: {', '.join(STAGES)}.", STAGES),
        ("lock == shut", 9, "There is no lock “shut”; there are: open, redact, closed.", ("open", "redact", "closed")),
        ("stage > staging", 7, "stage cannot be compared with >; expected == !=.", ("==", "!=")),
        ("metrics.auc ~= 1", 13, "metrics.auc cannot be compared with ~=; expected == != > >= < <=.", ("==", "!=", ">", ">=", "<", "<=")),
        ("metrics.auc > high", 15, "“high” is not a number, and metrics are numbers.", ("a number",)),
        ('metrics.auc > "1"', 15, "“1” is not a number, and metrics are numbers.", ("a number",)),
        ("metrics.auc > 1e999", 15, "1e999 is too large a number.", ("a number",)),
        ("metrics > 1", 1, "metrics is not something to look for; expected a name after it, such as metrics.accuracy.",
         ("a name after it, such as metrics.accuracy",)),
        ("stage.x == 1", 1, "stage.x is not something to look for; expected stage alone.", ("stage alone",)),
        ("number == 1.5", 11, "“1.5” is not a whole number.", ("a whole number",)),
        ("created_at > soon", 14,
         "“soon” is not a date. Write 2026-10-03, or a moment such as 2026-10-03T14:00:00Z.", ("a date",)),
        ("created_at > 9999-12-31", 14,
         "“9999-12-31” is not a date. Write 2026-10-03, or a moment such as 2026-10-03T14:00:00Z.", ("a date",)),
        ("stage =", 7, "“=” cannot stand here; expected an operator: == != > >= < <= ~= (a name with other characters goes into quotes).",
         ("an operator",)),
        ("stage ==", 9, "the query ends here; expected a value.", ("a value",)),
        ("stage == staging and", 21, f"the query ends here; expected one of {', '.join(KEYS)}.", ("a name",)),
        ("labels == a or labels == b", 13,
         "“or” cannot stand here; expected and or the end (a value with spaces goes into quotes; there is no or, and there are no"
         " brackets).", ("and", "the end")),
        ("(stage == staging)", 1, f"“(” cannot stand here; expected one of {', '.join(KEYS)}.", ("a name",)),
        ('version == "open', 12, "“\"” cannot stand here; expected the closing \" of a value that begins here.", ("a value",)),
        ("metrics.acc@1 > 1", 12,
         "“@” cannot stand here; expected an operator: == != > >= < <= ~= (a name with other characters goes into quotes).",
         ("an operator",)),
        ("version == a\x00b", 13, "A control character stands here. Remove it.", ()),
        ("version == " + "x" * 2000, 2000, "The query has more than 2,000 characters. Shorten it.", ()),
        (" and ".join(["number > 1"] * 31), 451, "The query has more than 30 terms. Shorten it.", ()),
    ],
)  # fmt: skip
def test_a_wrong_query_is_told_where_and_what_was_expected(
    team: Team, query: str, column: int, detail: str, expected: tuple[str, ...]
):
    with pytest.raises(SearchError) as refused:
        found(team, query)
    error = refused.value
    assert (error.extras["column"], error.detail) == (column, f"Column {column}: {detail}")
    assert (error.extras["expected"], error.field, error.code) == (list(expected), "find", "invalid")


def test_the_stages_are_read_only_when_a_stage_is_named(team: Team, django_assert_num_queries: Any):
    stages = Stage.objects.filter(workspace=team.workspace)
    with django_assert_num_queries(0):
        find("metrics.auc > 1 and labels == x", stages)
    with django_assert_num_queries(1):
        find("stage == staging", stages)


def test_finding_by_stage_walks_the_index(team: Team):
    """The guard that lets versions begin in no stage but unassigned is lifted: the rollback puts it back."""
    drop_triggers(connection, "registry")
    ModelVersion.objects.bulk_create(
        ModelVersion(
            model=team.model, number=number, name=f"v{number}", stage="unassigned" if number % 500 else "staging",
            created_by=team.engineer, content_edited_by=team.engineer, created_at=team.model.created_at,
            updated_at=team.model.created_at,
        )
        for number in range(1, 2001)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    stages = Stage.objects.filter(workspace=team.workspace)
    query = version_values(ModelVersion.objects.alive().filter(find("stage == staging", stages), model=team.model)).order_by(
        "-id"
    )[:51]
    assert "version_by_stage" in query.explain()
    assert len(version_bodies(list(query))) == 4


word = st.text(alphabet="aAéß _%\\\"'0.😀-", min_size=1, max_size=6)


@given(
    key=st.sampled_from(KEYS),
    entry=word,
    operator=st.sampled_from(["==", "!=", ">", ">=", "<", "<=", "~="]),
    text=st.text(alphabet="aAé \\\"'0.()=and\n", max_size=8),
    space=st.sampled_from(["", " ", "   "]),
)
def test_what_is_quoted_is_read_back(key: str, entry: str, operator: str, text: str, space: str):
    entry_part = f".{quoted(entry)}" if entry else ""
    query = f"{space}{key}{entry_part}{space}{operator}{space}{quoted(text)}{space}"
    (term,) = parse(query)
    assert (term.key, term.entry, term.operator, term.text, term.quoted) == (key, entry, operator, text.replace("\n", " "), True)
    assert query[term.value_column - 1 :].startswith('"')
    assert query[term.operator_column - 1 :].startswith(operator)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.text(alphabet="stage metrics.\"'=!<>~()and\\0159-_\n\x00é", max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str):
    column = 1
    try:
        terms: tuple[Term, ...] = parse(text)
    except SearchError as refused:
        terms, column = (), refused.extras["column"]
    assert 1 <= column <= len(text) + 1
    assert all(term.key and term.operator in OPERATORS for term in terms)

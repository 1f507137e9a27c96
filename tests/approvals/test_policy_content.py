"""What a policy may say, what makes one weaker than another, and whether anybody could satisfy it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity.errors import Invalid
from approvals.models import POLICY_FIELDS, StagePolicy
from approvals.policy_content import CLEANERS, WEAKER, check_satisfiable, cleaned, weakened
from approvals.quorum import missing

STRICT = StagePolicy(
    approvals_required=2,
    groups=[{"group": "risk", "minimum": 2}],
    exclude_last_editor=True,
    skip_rule="comment",
    required_checks=[{"name": "bias", "reporter": "ci"}, {"name": "tests", "reporter": None}],
    expires_after_days=7,
    release_accounts=["ci"],
    break_glass_roles=["admin"],
).content
BIAS, TESTS = STRICT["required_checks"]
GOOD = [
    ("groups", [{"group": "b", "minimum": 2}, {"group": "a", "minimum": 1}], [{"group": "a", "minimum": 1}, {"group": "b", "minimum": 2}]),
    ("groups", [], []),
    ("exclude_last_editor", 1, True),
    ("skip_rule", "forbid", "forbid"),
    ("required_checks", [{"name": " tests "}], [{"name": "tests", "reporter": None}]),
    ("required_checks", [{"name": "b", "reporter": "ci"}, {"name": "a", "reporter": ""}],
     [{"name": "a", "reporter": None}, {"name": "b", "reporter": "ci"}]),
    ("expires_after_days", None, None),
    ("expires_after_days", 365, 365),
    ("release_accounts", ["b", "a", "b", " "], ["a", "b"]),
    ("break_glass_roles", ["admin", "editor", "admin"], ["admin", "editor"]),
]  # fmt: skip
BAD = [
    ("approvals_required", 21),
    ("groups", [{"group": "risk", "minimum": 0}]),
    ("groups", [{"group": "risk", "minimum": 1}, {"group": "risk", "minimum": 2}]),
    ("groups", [{"group": "a", "minimum": 11}, {"group": "b", "minimum": 10}]),
    ("skip_rule", "never"),
    ("required_checks", [{"name": ""}]),
    ("required_checks", [{"name": "a\nb"}]),
    ("required_checks", [{"name": "x" * 101}]),
    ("required_checks", [{"name": "tests"}, {"name": "tests ", "reporter": "ci"}]),
    ("required_checks", [{"name": str(number)} for number in range(21)]),
    ("expires_after_days", 0),
    ("expires_after_days", 366),
    ("expires_after_days", True),
    ("break_glass_roles", ["viewer"]),
    ("break_glass_roles", ["owner"]),
    ("stage", 1),
]


def test_every_field_of_a_policy_is_cleaned():
    assert set(CLEANERS) == set(POLICY_FIELDS)


@pytest.mark.parametrize(("field", "said", "kept"), GOOD)
def test_a_policy_is_kept_in_one_form(field, said, kept):
    assert cleaned({field: said}) == {field: kept}
    assert cleaned(cleaned({field: said})) == {field: kept}


@pytest.mark.parametrize(("field", "said"), BAD)
def test_what_a_policy_cannot_say_names_the_field(field, said):
    with pytest.raises(Invalid) as refused:
        cleaned({field: said})
    assert refused.value.field == field


AS_STRICT = {
    "the same": {},
    "more approvals": {"approvals_required": 3},
    "more of a group": {"groups": [{"group": "risk", "minimum": 3}]},
    "another group too": {"groups": [{"group": "legal", "minimum": 1}, {"group": "risk", "minimum": 2}]},
    "a stricter rule for skips": {"skip_rule": "extra_approval"},
    "no skips at all": {"skip_rule": "forbid"},
    "one check more": {"required_checks": [BIAS, TESTS, {"name": "x", "reporter": None}]},
    "no release accounts": {"release_accounts": []},
    "no break-glass": {"break_glass_roles": []},
    "another time": {"expires_after_days": None},
}
WEAKENED = {
    "fewer approvals": {"approvals_required": 1},
    "fewer of a group": {"groups": [{"group": "risk", "minimum": 1}]},
    "another group instead": {"groups": [{"group": "legal", "minimum": 2}]},
    "the last editor again": {"exclude_last_editor": False},
    "a weaker rule for skips": {"skip_rule": "flag"},
    "a check less": {"required_checks": [BIAS]},
    "a check under another name": {"required_checks": [BIAS, {"name": "test", "reporter": None}]},
    "a pin less": {"required_checks": [{"name": "bias", "reporter": None}, TESTS]},
    "another pin": {"required_checks": [{"name": "bias", "reporter": "me"}, TESTS]},
    "pinned, so that its owner vouches for themselves": {"required_checks": [BIAS, {"name": "tests", "reporter": "my-bot"}]},
    "another release account": {"release_accounts": ["ci", "me"]},
    "another release account instead": {"release_accounts": ["me"]},
    "another role for break-glass": {"break_glass_roles": ["admin", "editor"]},
}


@pytest.mark.parametrize("change", AS_STRICT.values(), ids=AS_STRICT)
def test_what_is_as_strict_weakens_nothing(change):
    assert weakened(STRICT, STRICT | change) == []


@pytest.mark.parametrize("change", WEAKENED.values(), ids=WEAKENED)
def test_what_asks_for_less_names_the_field(change):
    assert weakened(STRICT, STRICT | change) == list(change)


def test_every_field_has_an_opinion_but_the_time_that_a_request_has():
    assert set(POLICY_FIELDS) - set(WEAKER) == {"expires_after_days"}


groups = st.dictionaries(st.sampled_from(["risk", "legal"]), st.integers(1, 3))
policies = st.builds(
    lambda required, groups: StagePolicy(
        approvals_required=required, groups=[{"group": key, "minimum": minimum} for key, minimum in groups.items()]
    ),
    st.integers(0, 4),
    groups,
)
teams = st.dictionaries(st.integers(1, 6), st.frozensets(st.sampled_from(["risk", "legal"])), max_size=6)


@given(policies, teams)
def test_a_policy_is_refused_exactly_where_no_requester_finds_enough_others(policy, deciding):
    need = policy.need(skips=False)
    can = not need.total or any(
        not missing(need, [groups for person, groups in deciding.items() if person != asking]) for asking in deciding
    )
    if can:
        check_satisfiable(policy, deciding)
        return
    with pytest.raises(Invalid) as refused:
        check_satisfiable(policy, deciding)
    assert refused.value.field == ("groups" if policy.groups else "approvals_required")


@given(policies, policies, teams)
def test_whatever_satisfies_a_policy_satisfies_every_weaker_one(one, other, people):
    """Where `weakened` finds nothing, no set of approvals passes the new policy that would not have passed the old one."""
    if not weakened(one.content, other.content) and not missing(other.need(skips=False), list(people.values())):
        assert missing(one.need(skips=False), list(people.values())) == 0


def test_the_refusal_says_who_is_short():
    risk = StagePolicy(approvals_required=1, groups=[{"group": "risk", "minimum": 1}])
    with pytest.raises(Invalid, match=r"1 more would be missing \(risk has 0 who may decide\)"):
        check_satisfiable(risk, {1: frozenset(), 2: frozenset()})
    with pytest.raises(Invalid, match=r"1 more would be missing \(2 people may decide\)"):
        check_satisfiable(StagePolicy(approvals_required=2), {1: frozenset(), 2: frozenset()})

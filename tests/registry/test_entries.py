"""Metrics, parameters and attributes as people type them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activity.errors import Invalid
from registry.entries import read_entries, write_entries

texts = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def refusal(text):
    with pytest.raises(Invalid) as refused:
        read_entries(text, "metrics")
    assert refused.value.field == "metrics"
    return refused.value.detail


@given(st.dictionaries(texts, values, max_size=5))
@example({"a": ["\x85"], "b": "x\u2028y", "c\x1cd": "\r", "": 1})
@example({"a": ["\x85"], "b": "x\u2028y", "c": "\x1c"})
def test_what_is_written_reads_as_the_same(entries):
    assert read_entries(write_entries(entries), "attributes") == entries


def test_a_line_is_a_name_and_a_value():
    assert read_entries("acc@1 = 76.13\n\n  acc@5=92.862 \nlicence = BSD-3\nurl = https://a/?b=c", "metrics") == {
        "acc@1": 76.13,
        "acc@5": 92.862,
        "licence": "BSD-3",
        "url": "https://a/?b=c",
    }


def test_values_that_are_json_are_taken_as_such():
    assert read_entries('size = [63, 63]\nfrozen = true\ntext = "0.9"\nnothing = null', "attributes") == {
        "size": [63, 63],
        "frozen": True,
        "text": "0.9",
        "nothing": None,
    }


def test_an_object_is_json():
    assert read_entries('{"acc@1": 76.13, "nested": {"a": [1]}}', "attributes") == {"acc@1": 76.13, "nested": {"a": [1]}}


def test_what_nests_too_deep_for_the_reader_is_a_text():
    deep = "[" * 100_000
    assert read_entries(f"a = {deep}", "attributes") == {"a": deep}


def test_nothing_is_no_entries():
    assert read_entries(" \n ", "metrics") == {}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a = 1\nauc 0.9", "Line 2: “auc 0.9” has no “=”. Write each line as name = value."),
        ("= 1", "Line 1: there is no name before the “=”."),
        ("a =", 'Line 1: there is no value after the “=”. An empty text is written as "".'),
        ("a = 1\n\na = 2", "Line 3: “a” stands there twice. Keep one of the two."),
        ('{"a": }', "This is not JSON: line 1, column 7: expecting value."),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "This JSON cannot be taken: “c” stands in one object twice."),
        ('{"a": NaN}', "This JSON cannot be taken: NaN is not a number that can be stored."),
    ],
)
def test_a_mistake_is_named_with_its_place(text, detail):
    assert refusal(text) == detail

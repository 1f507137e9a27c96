"""What may be written into a version: checked once, for every door."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity.errors import Invalid
from registry import content
from registry.services.versions import CLEANERS

NUL, HALF = "a\x00b", "a\ud800b"


def refusal(clean, value) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        clean(value)
    return refused.value.field, refused.value.detail


def test_every_field_of_a_version_has_a_cleaner_and_all_governed_ones_do():
    assert set(CLEANERS) == {*content.GOVERNED, "name", "description", "labels", "run_url"}


@pytest.mark.parametrize("field", CLEANERS)
@pytest.mark.parametrize("text", [NUL, HALF, "a\x1bb", "a\x7fb"])
def test_no_field_takes_a_character_that_cannot_be_stored(field, text):
    value = {"labels": [text]}.get(field, text)
    if field in ("metrics", "parameters", "attributes"):
        value = {text: 1}
    blamed, detail = refusal(CLEANERS[field], value)
    assert blamed == field
    assert "control character" in detail or "half a character" in detail


@pytest.mark.parametrize("field", CLEANERS)
@pytest.mark.parametrize("value", [None, 7, True, b"x"])
def test_no_field_takes_a_value_of_another_kind(field, value):
    assert refusal(CLEANERS[field], value)[0] == field


@pytest.mark.parametrize("field", ["metrics", "parameters", "attributes"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 2**53, -(2**53)])
def test_no_object_takes_a_number_that_json_or_programs_disagree_about(field, number):
    blamed, detail = refusal(CLEANERS[field], {"x": number})
    assert blamed == field
    assert detail.startswith(f"{field}.x is ")


@pytest.mark.parametrize("field", ["metrics", "parameters", "attributes"])
@pytest.mark.parametrize("number", [0, -0.0, 1.5, 2**53 - 1, -(2**53 - 1), 1e17, 1.7e308, 5e-324])
def test_every_other_number_is_taken_as_it_is(field, number):
    assert CLEANERS[field]({"ImageNet-1K/acc@1": number}) == {"ImageNet-1K/acc@1": number}


@pytest.mark.parametrize("value", ["0.9", True, None, [0.9], {"auc": 0.9}])
def test_a_metric_is_a_number(value):
    field, detail = refusal(content.clean_metrics, {"auc": value})
    assert (field, detail[:38]) == ("metrics", "The metric “auc” is not a number. Metr")


@pytest.mark.parametrize("name", ["", "  ", "\n"])
def test_names_in_an_object_are_not_empty(name):
    assert refusal(CLEANERS["attributes"], {"a": {name: 1}}) == ("attributes", "A name in attributes.a is empty.")


def nested(depth: int) -> dict:
    return {"a": nested(depth - 1)} if depth else {}


def test_an_object_is_nested_at_most_eight_levels_deep():
    assert CLEANERS["attributes"](nested(8)) == nested(8)
    assert "nested deeper than 8 levels" in refusal(CLEANERS["attributes"], nested(9))[1]


def test_an_object_has_at_most_a_thousand_entries_at_each_level():
    wide = {f"k{number}": number for number in range(1000)}
    assert CLEANERS["parameters"](wide) == wide
    assert "parameters has 1,001 entries" in refusal(CLEANERS["parameters"], wide | {"one more": 1})[1]
    assert "parameters.x has 1,001 entries" in refusal(CLEANERS["parameters"], {"x": list(range(1001))})[1]


def test_texts_in_an_object_are_cleaned_too_and_the_place_is_named():
    field, detail = refusal(CLEANERS["attributes"], {"a": [1, {"b": NUL}]})
    assert (field, detail) == ("attributes", "attributes.a.1.b holds a control character, which cannot be stored. Remove it.")


DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize("digest", ["", DIGEST, DIGEST[:15], DIGEST.upper().replace("SHA", "sha"), f" {DIGEST} "])
def test_a_digest_is_sha256_and_8_to_64_hex_digits(digest):
    assert content.clean_digest(digest) == digest.strip().lower()


@pytest.mark.parametrize("digest", [DIGEST[:14], DIGEST + "0", "md5:0123456789", "sha256:xyz01234", "0123456789abcdef"])
def test_anything_else_is_no_digest(digest):
    assert refusal(content.clean_digest, digest)[0] == "artifact_digest"


@pytest.mark.parametrize("url", ["", "https://runs.example.org/1", "http://[::1]:8080/x?y#z", " https://example.org "])
def test_a_run_has_a_web_address(url):
    assert CLEANERS["run_url"](url) == url.strip()


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://example.org", "//example.org", "example.org", "https://", "http://[::1", "data:text/html,x"],
)
def test_anything_else_is_no_web_address(url):
    assert refusal(CLEANERS["run_url"], url)[0] == "run_url"


@pytest.mark.parametrize("name", ["churn", "a" * 250, "Modell für Abwanderung", "v1.2-rc_1", " spaced "])
def test_a_model_name_may_hold_almost_anything(name):
    assert content.clean_model_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a" * 251, *(f"a{banned}b" for banned in "/\\:?#%\n\t\r\u2028\x85")])
def test_a_model_name_that_an_address_cannot_hold_is_refused(name):
    assert refusal(content.clean_model_name, name)[0] == "name"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\tb", "a\u2029b", "a" * 251])
def test_a_version_name_stands_on_one_line(name):
    assert refusal(content.clean_version_name, name)[0] == "name"


def test_labels_are_sorted_without_doubles():
    assert content.clean_labels(["risk", " churn ", "risk", "Ärger"]) == ["churn", "risk", "Ärger"]


@pytest.mark.parametrize(
    "labels", [[""], [" "], ["a,b"], ["a\nb"], ["a\tb"], ["a" * 61], [1], "risk", [str(number) for number in range(101)]]
)
def test_a_label_is_short_and_without_a_comma(labels):
    assert refusal(content.clean_labels, labels)[0] == "labels"


@pytest.mark.parametrize(("field", "most"), [("description", 100_000), ("artifact_uri", 2000), ("run_url", 2000), ("name", 250)])
def test_a_text_is_only_so_long(field, most):
    start = "https://e.org/" if field == "run_url" else ""
    fits = start + "x" * (most - len(start))
    assert CLEANERS[field](fits) == fits
    assert f"has {most + 1:,} characters" in refusal(CLEANERS[field], fits + "x")[1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_whatever_is_taken_can_be_written_read_and_hashed(value):
    try:
        cleaned = CLEANERS["attributes"](value)
    except Invalid:
        cleaned = {}
    text = json.dumps(cleaned, ensure_ascii=False, allow_nan=False)
    text.encode()
    assert content.spelling(json.loads(text)) == content.spelling(cleaned)


def test_equal_json_has_one_spelling_whatever_the_order_of_its_keys():
    assert content.spelling({"b": 1, "a": [1.0, -0.0]}) == content.spelling({"a": [1, 0], "b": 1.0}) == b'{"a":[1,0],"b":1}'


def test_true_and_one_are_two_things():
    assert content.spelling({"a": True}) != content.spelling({"a": 1})


@pytest.mark.parametrize("number", [1e17, 1e20, 1.5e300, 2.0**53, -1e17])
def test_a_large_float_that_comes_back_as_an_integer_has_the_same_spelling(number):
    assert content.spelling({"x": [int(number)]}) == content.spelling({"x": [number]})

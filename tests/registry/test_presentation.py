"""What people see of stages, times, figures and Markdown."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from activity import clock
from registry.lifecycle import PRESETS

STAGES = [
    SimpleNamespace(position=position, **{name: getattr(spec, name) for name in ("key", "name", "kind", "colour")})
    for position, spec in enumerate(PRESETS["verta"])
]
BY_KEY = {stage.key: stage for stage in STAGES}


def shown(template: str, **context: object) -> str:
    return Template(template).render(Context({"stages_by_key": BY_KEY, **context}))


def test_a_stage_is_told_by_name_shape_and_colour():
    badge = shown("{% stage_badge stage %}", stage=BY_KEY["production"])
    assert "Production" in badge
    assert "<svg" in badge
    assert "c-green production" in badge


def test_every_stage_has_a_shape_of_its_own():
    assert len({shown("{% stage_icon stage %}", stage=stage) for stage in STAGES}) == len(STAGES)


@pytest.mark.parametrize(
    ("skipped", "words"),
    [(["staging"], "skips Staging"), (["development", "staging"], "skips Development and Staging"), ([], "")],
)
def test_a_skip_names_each_stage(skipped, words):
    change_request = {"status": "pending", "skipped_stages": skipped, "direction": "forward"}
    text = shown("{% flags change_request %}", change_request=change_request)
    assert (words in text, "flag" in text) == (True, bool(skipped))


def test_a_move_back_is_flagged_and_told_in_the_past_once_applied():
    assert "moves back" in shown("{% flags r %}", r={"status": "pending", "skipped_stages": [], "direction": "back"})
    assert "moved back" in shown("{% flags r %}", r={"status": "applied", "skipped_stages": [], "direction": "back"})


def test_a_name_cannot_smuggle_markup_into_the_page():
    user = {"username": "eve", "name": "<script>alert(1)</script>"}
    assert "<script>" not in shown("{% person user %}{% avatar user %}", user=user)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        '<a href="data:text/html,x" onclick="x()">x</a>',
        "![x](https://elsewhere.example/pixel.png)",
        "<style>*{display:none}</style>",
    ],
)
def test_markdown_is_sanitised(text):
    html = shown("{% markdown text %}", text=text)
    for danger in ("<script", 'javascript:alert(1)"', "<img src=x", '<a href="data:', "<style", " style="):
        assert danger not in html, html


def test_markdown_keeps_the_page_to_one_h1():
    html = shown("{% markdown text %}", text="# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<h1" not in html
    assert ("<h3" in html, "<table" in html) == (True, True)


def test_a_time_is_told_in_words_with_the_exact_moment_behind_it():
    html = shown("{% ago moment %}", moment=clock.now() - timedelta(hours=2))
    assert "2 hours ago" in html
    assert "UTC" in html
    assert shown("{% ago moment %}", moment=None) == '<span class="soft">never</span>'


@pytest.mark.parametrize(("value", "note"), [("sha256:" + "a" * 64, ""), ("sha256:deadbeef", "prefix"), ("", "unverified")])
def test_a_digest_says_when_it_proves_less(value, note):
    html = shown("{% digest value %}", value=value)
    assert ("prefix" in html, "unverified" in html) == (note == "prefix", note == "unverified")


def test_a_wrong_query_is_marked_where_it_went_wrong():
    assert "<mark>≈</mark>" in shown("{% find_caret query 7 %}", query="stage ≈ staging")

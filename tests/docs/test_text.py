"""What the documentation says without a command: links, names of commands, settings, words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from config.catalogue import PROBLEMS
from registry.search.terms import KEYS, OPERATORS
from tests.docs.blocks import PAGES, ROOT, RUN, blocks

OPERATING, API = ROOT / "docs" / "operating.md", ROOT / "docs" / "api.md"
SAID = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get on a code forge."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(page: Path, heading: str) -> Iterator[list[str]]:
    """The rows of the first table below a heading."""
    section = page.read_text().split(f"\n## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table
    for line in table[0].splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.mark.parametrize("document", SAID, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_documentation_leads_somewhere(document):
    targets = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    missing = []
    for target in targets:
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        if not target.startswith("http") and not (there.exists() and (not anchor or anchor in anchors(there))):
            missing.append(target)
    assert missing == []


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_is_a_command_or_its_answer(document):
    shown = [(block.line, block.language) for block in blocks(document)]
    played = {"ci.md": ("yaml",), "operating.md": ("yaml",)}.get(document.name, ())  # by `test_ci`, and by `test_metrics`
    assert [each for each in shown if each[1] not in ("bash", "python", "json", "text", *played)] == []


@pytest.mark.parametrize("document", SAID, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_named_exist(document):
    named = set(re.findall(r"manage\.py (\w+)", document.read_text()))
    assert named - set(get_commands()) == set()
    words = set(re.findall(r"`\./start (\w+)", document.read_text()))
    assert words <= {"dev", "test", "check", "bench", "clients"}


@pytest.mark.parametrize("document", SAID, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_log_is_never_called_more_than_it_is(document):
    assert re.findall(r"immutable|unalterable|tamper-proof|tamperproof", document.read_text(), re.IGNORECASE) == []


def settings_read() -> dict[str, str | None]:
    """Each setting that the code reads from the environment, with its default as it is written: None where it is worked out."""
    found: dict[str, str | None] = {}
    for file in ("config/settings.py", "config/gunicorn.py"):
        for call in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                name, reader = str(call.args[0].value), ast.unparse(call.func)
                if reader in ("required_secret", "os.environ.get") or re.fullmatch(r"env\.\w+", reader):
                    found[name] = found.get(name) or _default(call)
    return found


def _default(call: ast.Call) -> str | None:
    given = next((word.value for word in call.keywords if word.arg == "default"), call.args[1] if len(call.args) > 1 else None)
    if not isinstance(given, ast.Constant):
        return None
    return {"": "–", "True": "`1`", "False": "`0`"}.get(str(given.value), f"`{given.value!s}`")


def test_every_setting_is_explained_with_its_default():
    explained = {row[0].strip("`"): row[1] for row in rows(OPERATING, "Settings")}
    read = settings_read()
    assert set(explained) == set(read)
    assert {name: explained[name] for name, default in read.items() if default} == {
        name: default for name, default in read.items() if default
    }


def test_the_table_of_the_find_language_names_every_key_and_operator():
    keys, operators, _ = rows(API, "The find language")
    named = {name.removesuffix(".…") for name in re.findall(r"`([^`]+)`", keys[1])}
    assert named | {"version"} == set(KEYS)  # `version` is Verta's word for the name
    assert re.findall(r"`([^`]+)`", operators[1]) == list(OPERATORS)


def test_problems_shown_are_problems_of_the_catalogue():
    codes = set(re.findall(r'"code": "([\w-]+)"', API.read_text()))
    assert codes - set(PROBLEMS) == set()
    assert len(codes) > 1


def test_commands_are_shown_only_on_pages_that_a_test_runs():
    assert {page.name for page in PAGES if any(block.language in RUN for block in blocks(page))} == {
        "README.md",
        "client.md",
        "first-hour.md",
        "from-arthur.md",
        "from-chariot.md",
        "from-databricks.md",
        "from-mlflow.md",
        "from-verta.md",
        "api.md",
        "evidence.md",
        "operating.md",
        "webhooks.md",
    }

"""The house's limits: small files, small functions, no junk drawers, nothing about the machine it was written on."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
).stdout.splitlines()
FILES = sorted({path for name in LISTED if (path := ROOT / name).is_file()})
PYTHON = [path for path in FILES if (path.suffix == ".py" or path.name == "start") and "migrations" not in path.parts]
TEMPLATES = [path for path in FILES if path.suffix == ".html" and "templates" in path.parts]

# A folder of somebody's machine, or a package index other than the public one that pip itself uses by default.
FOREIGN = re.compile(
    r"(?<![\w.$}])/(?:work|root|home/\w+)/"
    r"|https?://[\w.-]*(?:pypi|pythonhosted|artifactory|nexus|npmjs|registry\.|mirror)[\w.-]*"
    r"|--(?:extra-)?index-url|--find-links"
)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path, *, first: frozenset[str] = frozenset()) -> Iterator[tuple[str, int]]:
    """Yield the name and length of every function and method, or of those whose first argument has one of these names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            argument = node.args.args[0].arg if node.args.args else ""
            if not first or argument in first:
                yield f"{named(path)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_a_python_file_has_at_most_300_lines_and_a_test_file_400():
    limit = {path: 400 if "tests" in path.parts else 300 for path in PYTHON}
    assert {named(path): lines(path) for path in PYTHON if lines(path) > limit[path]} == {}


def test_a_function_has_at_most_40_lines():
    assert {name: length for path in PYTHON for name, length in functions(path) if length > 40} == {}


def test_a_view_has_at_most_25_lines():
    modules = [path for path in PYTHON if "views" in (path.stem, path.parent.name) and "tests" not in path.parts]
    views = [view for path in modules for view in functions(path, first=frozenset({"request", "self"}))]
    assert {name: length for name, length in views if length > 25} == {}


def test_a_template_has_at_most_150_lines():
    assert {named(path): lines(path) for path in TEMPLATES if lines(path) > 150} == {}


def test_there_is_no_junk_drawer():
    assert [named(path) for path in FILES if path.stem in ("utils", "helpers", "common") and path.suffix == ".py"] == []


def test_no_file_speaks_of_the_machine_it_was_written_on():
    found = {}
    for path in FILES:
        if path != Path(__file__) and (hits := FOREIGN.findall(path.read_text(errors="ignore"))):
            found[named(path)] = sorted(set(hits))
    assert found == {}

"""The statements of a case as a script of pgbench, each transaction with a version of its own."""

import re
import subprocess
from pathlib import Path

import psycopg

from bench.places import Place
from bench.serving import CONNECTIONS
from bench.world import World

# What `bench.fill` numbered apart becomes a variable; a value that a statement returns is read by `\gset` below.
_VARIABLES = [
    (r"'model:2\d{9}'", "('model:' || :pool_model)"),
    (r"'model-\d+'", "':pool_name'"),
    (r'("registry_modelversion"\."number" =) \d+', r"\1 :pool_number"),
    (r"\b2\d{9}\b", ":pool_model"),
    (r"\b3\d{9}\b", ":pool_version"),
    (r"\b4\d{9}\b", ":request_id"),
    (r"\b5\d{9}\b", ":review_id"),
    (r"\b6\d{9}\b", ":line_id"),
    (r"\b7\d{9}\b", ":chain_id"),
    (r'(UPDATE "activity_chain" SET "seq" =) \d+', r"\1 :chain_seq + 1"),
    (r"(VALUES \(:chain_id,) \d+", r"\1 :chain_seq + 1"),
]
_KEPT = {
    'INSERT INTO "approvals_stagechangerequest"': "request_",
    'INSERT INTO "approvals_review"': "review_",
    'INSERT INTO "activity_activity"': "line_",
}
_POOL = """CREATE TABLE bench_pool (n bigserial PRIMARY KEY, model bigint, version bigint, name text, number integer);
 CREATE SEQUENCE bench_next"""
_FILL = """INSERT INTO bench_pool (model, version, name, number) SELECT m.id, v.id, m.name, v.number
 FROM registry_modelversion v JOIN registry_registeredmodel m ON m.id = v.model_id
 JOIN unnest(%s::text[], %s::int[]) AS t(name, number) ON t.name = m.name AND t.number = v.number ORDER BY random()"""
_NEXT = "SELECT model, version, name, number FROM bench_pool WHERE n = (SELECT nextval('bench_next')) \\gset pool_\n"


def program() -> Path | None:
    """Where pgbench is; None where it is not."""
    return max(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), default=None)


def make_pool(place: Place, world: World) -> None:
    """Set aside the versions that no load takes."""
    with psycopg.connect(place.url) as connection:
        connection.execute(_POOL)
        connection.execute(_FILL, [[name for name, _ in world.spare], [number for _, number in world.spare]])


def script(statements: list[str], *, moves: bool) -> str:
    """Return the script. A case that moves versions takes the next one from the pool, one that reads a random one."""
    head = _NEXT if moves else "\\set pool_number random(1, 1000)\n"
    return head + "".join(_line(statement, moves=moves) for statement in statements)


def _line(statement: str, *, moves: bool) -> str:
    for pattern, variable in _VARIABLES if moves else _VARIABLES[2:3]:
        statement = re.sub(pattern, variable, statement)
    if 'FROM "activity_chain"' in statement:
        return f"{statement} \\gset chain_\n"
    kept = next((prefix for start, prefix in _KEPT.items() if statement.startswith(start)), None)
    return f"{statement} \\gset {kept}\n" if kept else f"{statement};\n"


def transactions_per_second(place: Place, file: Path, limit: str) -> float:
    """Run a script with as many connections as the web server's load has; `limit` is `--time=…` or `--transactions=…` (for each)."""
    command = [str(program()), "--no-vacuum", "--client", str(CONNECTIONS), "--jobs", "2", limit]
    done = subprocess.run([*command, "--file", str(file), place.url], capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench could not run {file.name}: {done.stderr}")
    return float(found[1])

"""What was measured, as text: the same on the terminal and in `bench/results.md`."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles

from bench.places import VENDORS
from bench.serving import CONNECTIONS, Measured
from tests import machine

Row = Sequence[str]


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table of Markdown with its columns in line."""
    rows = list(rows)
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    ruler = ["-" * width for width in widths]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in [head, ruler, *rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


HEAD = (
    "case", "req/s", "p50 ms", "p95 ms", "CPU ms", "plain req/s", "plain CPU ms", "of plain", "of plain, by CPU", "pgbench /s",
    "of pgbench",
)  # fmt: skip


def speed(name: str, ours: list[Measured], plain: list[Measured], bare: list[float]) -> Row:
    """Return a case's row: medians of the rounds; each ratio is the median of the ratios of a round."""
    took = sorted(seconds * 1000 for measured in ours for seconds in measured.took)
    cuts = quantiles(took, n=20) if len(took) > 1 else took * 19
    pairs = list(zip(ours, plain, strict=True))
    return (
        name,
        f"{median(measured.rate for measured in ours):.0f}",
        f"{median(took):.1f}",
        f"{cuts[18]:.1f}",
        f"{median(measured.cost for measured in ours):.1f}",
        f"{median(measured.rate for measured in plain):.0f}",
        f"{median(measured.cost for measured in plain):.1f}",
        f"{median(here.rate / there.rate for here, there in pairs):.2f}",
        f"{median(there.cost / here.cost for here, there in pairs):.2f}",
        f"{median(bare):.0f}" if bare else "",
        f"{median(here.rate / there for here, there in zip(ours, bare, strict=True)):.2f}" if bare else "",
    )


def publish(said: list[str], measured: Callable[[str], Iterable[str]], only: str | None, path: Path | None) -> None:
    """Measure on both databases or on one; tell what was said and found, and write it there too."""
    for vendor in [only] if only else VENDORS:
        if vendor == "postgresql" and (reason := machine.lack_of("postgresql")):
            said.append(f"## PostgreSQL\n\nNOT RUN: {reason}")
        else:
            said += measured(vendor)
    text = "\n\n".join(said) + "\n"
    print(text)
    if path:
        path.write_text(text)


def introduction(rounds: int, seconds: float) -> str:
    """Return what all figures have in common."""
    return (
        f"Measured with {os.cpu_count()} cores, which load, server and database share: {CONNECTIONS} connections, gunicorn as"
        f" `manage.py up` runs it, {rounds} rounds of {seconds:g} s for each case, in turn with the others. Figures are medians, of"
        " lists the fastest of many answers (on SQLite in time of the processor); only ratios mean anything on another machine."
        " `CPU ms` is what the web server's processes used for one (not the database's, nor the client's), and hardly moves when"
        " neighbours take the cores.\n\n"
        "`plain` is the same statements through Django's ORM in plain views, without REST framework, rules, digests and hashes;"
        " `pgbench` the same SQL without any Python. request + approve is two requests by two people, counted as one."
    )

"""Measure Stageward: `./start bench`. `--quick` only shows that everything runs; its figures mean nothing."""

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import pgbench, report
from bench.errands import Case, cases
from bench.pages import growth, reading
from bench.places import VENDORS, Place, places
from bench.serving import CONNECTIONS, Measured, Server, measure, serving
from bench.world import World

RESULTS = Path(__file__).parent / "results.md"
SMALL, LARGE, MODELS = 1_000, 100_000, 40


def arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(prog="./start bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds, on few versions: does it run at all?")
    parser.add_argument("--write", action="store_true", help="write bench/results.md too")
    parser.add_argument("--only", choices=VENDORS, help="measure on one database")
    parser.add_argument("--without-lists", action="store_true", help="leave out how lists grow")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round of each case")
    asked = parser.parse_args()
    asked.small, asked.large, asked.models, asked.times = SMALL, LARGE, MODELS, 12
    if asked.quick:
        asked.small, asked.large, asked.models, asked.times, asked.rounds, asked.seconds = 100, 2_000, 8, 1, 1, 0.3
    return asked


def say(line: str) -> None:
    """Tell the person at the terminal, at once, what takes so long."""
    print(line, file=sys.stderr, flush=True)


def speeds(place: Place, world: World, asked: Namespace, folder: Path) -> Iterator[str]:
    """Yield what there is to say of the speed on a database."""
    measured = cases(world, asked.large)
    captured = place.python("-m", "bench.statements", str(asked.large), told=vars(world))
    scripts = _scripts(place, world, measured, captured, folder)
    rounds: dict[str, Any] = {case.name: ([], [], []) for case in measured}
    with serving(place, "config.urls") as ours, serving(place, "bench.plain") as plain:
        done = 0
        for case in measured[:-1]:
            for server in (ours, plain):
                measure(server, case, asked.seconds / 4)  # whatever is done once only
        for turn in range(asked.rounds):
            for case in measured:
                say(f"  round {turn + 1}: {case.name}")
                for server, results in zip((ours, plain), rounds[case.name], strict=False):
                    results.append(_measured(server, case, asked.seconds, skip=done if case.once else 0))
                    done += len(results[-1].took) if case.once else 0
                if script := scripts.get(case.name):
                    share = len(world.spare) // asked.rounds // CONNECTIONS
                    limit = f"--transactions={share}" if case.once else f"--time={max(1, round(asked.seconds))}"
                    rounds[case.name][2].append(pgbench.transactions_per_second(place, script, limit))
    yield report.table(report.HEAD, (report.speed(name, *results) for name, results in rounds.items()))
    yield report.table(("case", "statements", "plain", "difference"), (_statements(*pair) for pair in captured.items()))


def _measured(server: Server, case: Case, seconds: float, *, skip: int) -> Measured:
    result = measure(server, case, seconds, skip=skip)
    if not result.took:
        sys.exit(f"Nothing of “{case.name}” was done in {seconds} s, so there is nothing to say.")
    return result


def _scripts(place: Place, world: World, measured: list[Case], captured: Any, folder: Path) -> dict[str, Path]:
    """Write the scripts for pgbench; none where there is nothing to run them."""
    if place.vendor != "postgresql":
        return {}
    if not pgbench.program():
        say("  NOT RUN: pgbench, which is not on this machine")
        return {}
    pgbench.make_pool(place, world)
    written = {}
    for number, case in enumerate(measured):
        written[case.name] = folder / f"{number}.pgbench"
        written[case.name].write_text(pgbench.script(captured[case.name]["statements"], moves=case.once))
    return written


def _statements(name: str, captured: dict[str, Any]) -> report.Row:
    differences = [f"{kind}: {', '.join(captured[kind])}" for kind in ("only here", "only there") if captured[kind]]
    return (name, str(len(captured["statements"])), str(captured["plain"]), "; ".join(differences) or "none")


def lists(small: tuple[Place, World], large: tuple[Place, World], asked: Namespace) -> Iterator[str]:
    """Yield how lists grow."""
    rows = []
    with reading(*small) as few, reading(*large) as many:
        for name, took in growth(few, many, asked.rounds, asked.times):
            ratios = (f"{took.large / took.small:.2f}", f"{took.ratio_of_p95:.2f}")
            rows.append((name, f"{took.small:.1f}", f"{took.large:.1f}", *ratios, f"{took.anew:.1f}"))
            say(f"  {' · '.join(rows[-1])}")
    yield report.table(
        ("list", f"{asked.small:,} ms", f"{asked.large:,} ms", "ratio", "ratio of p95", "nothing remembered, ms"), rows
    )


def results(vendor: str, asked: Namespace) -> Iterator[str]:
    """Yield the sections of one database."""
    with tempfile.TemporaryDirectory(prefix="stageward-bench-") as path, places(vendor, Path(path), "small", "large") as made:
        say(f"{VENDORS[vendor]}: filling two databases, with {asked.small:,} and {asked.large:,} versions in one model …")
        for place in made:
            place.workers = 1 if asked.quick else 2
        worlds = [place.fill(size, asked.models) for place, size in zip(made, (asked.small, asked.large), strict=True)]
        yield f"## {VENDORS[vendor]}"
        if not asked.without_lists:
            yield from lists((made[0], worlds[0]), (made[1], worlds[1]), asked)
        yield from speeds(made[1], worlds[1], asked, Path(path))


def main() -> None:
    """Measure on both databases and tell."""
    asked = arguments()
    said = ["# How fast Stageward is", report.introduction(asked.rounds, asked.seconds)]
    if asked.quick:
        said.append("A quick run, which only shows that everything works: its figures mean nothing.")
    report.publish(said, lambda vendor: results(vendor, asked), asked.only, RESULTS if asked.write else None)


if __name__ == "__main__":
    main()

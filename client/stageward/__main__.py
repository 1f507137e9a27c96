"""`python -m stageward`."""

from stageward.cli import run

run()

"""The words that the command line understands. Each module of commands adds its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stageward.cli.context import Context
from stageward.cli.exits import MEANINGS
from stageward.version import VERSION

Run = Callable[[Context], int]
ABOUT = "Model versions, their stages, and who approves the next one."
EXITS = "\n".join(f"  {code}  {meaning}" for code, meaning in MEANINGS.items())
EPILOG = f"""how a command ends:
{EXITS}

environment:
  STAGEWARD_HOST, STAGEWARD_TOKEN, STAGEWARD_WORKSPACE, STAGEWARD_CA_BUNDLE, NO_COLOR

begin with: stageward login https://stageward.example.org
"""


class Commands:
    """Where modules add their commands."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(
            prog="stageward", description=ABOUT, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        self.parser.add_argument("--version", action="version", version=f"stageward {VERSION}")
        self._added = self.parser.add_subparsers(title="commands", metavar="command", required=True)
        self._shared = argparse.ArgumentParser(add_help=False)
        shared = self._shared.add_argument_group("where and how")
        shared.add_argument("--host", help="the server, instead of STAGEWARD_HOST")
        shared.add_argument("-w", "--workspace", help="the workspace, instead of STAGEWARD_WORKSPACE")
        shared.add_argument("--json", action="store_true", dest="as_json", help="print what the API says, for scripts")

    def add(self, name: str, run: Run, about: str, examples: str = "") -> argparse.ArgumentParser:
        """Add a command, and return it for its own words."""
        epilog = f"for example:\n{examples.strip(chr(10))}" if examples else None
        formatter = argparse.RawDescriptionHelpFormatter
        command = self._added.add_parser(
            name, help=about, description=about, epilog=epilog, parents=[self._shared], formatter_class=formatter
        )
        command.set_defaults(run=run)
        return command

    def words(self) -> dict[str, list[str]]:
        """Return every command with the options and the choices that it knows."""
        words = {}
        for name, command in self._added.choices.items():
            actions = command._actions
            choices = [str(each) for action in actions for each in action.choices or ()]
            words[name] = [*(option for action in actions for option in action.option_strings), *choices]
        return words


def add_limit(command: argparse.ArgumentParser) -> None:
    """Let a list be cut."""
    command.add_argument("--limit", type=positive, metavar="N", help="this many rows (default: 50, with --json all)")


def positive(text: str) -> int:
    """Read a number of things."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return int(text)

"""The command line: `stageward`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Callable

from stageward.cli import asking, catalogue, completion, deciding, importing, reading, signing_in
from stageward.cli.console import Console
from stageward.cli.context import Context, UsageError
from stageward.cli.exits import FAILED, INTERRUPTED, USAGE, code_of_error
from stageward.cli.parser import Commands
from stageward.errors import Refusal, StagewardError

# Each adds its commands; a new family of commands is one module and one name here.
FAMILIES: tuple[Callable[[Commands], None], ...] = (
    signing_in.add,
    catalogue.add,
    asking.add,
    deciding.add,
    reading.add,
    importing.add,
    completion.add,
)


def run() -> None:
    """What the installed command `stageward` does; a letter that the terminal lacks is shown as `?` and stops nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(main())


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; return how it ended, as `stageward --help` lists it."""
    commands = Commands()
    for add in FAMILIES:
        add(commands)
    try:
        arguments = commands.parser.parse_args(words)
    except SystemExit as end:  # help, or words that make no sense: argparse has said so
        return int(end.code or 0)
    console = Console(sys.stdout, sys.stderr, as_json=arguments.as_json)
    context = Context(arguments, console)
    try:
        code = int(arguments.run(context))
        sys.stdout.flush()
    except UsageError as error:
        console.note(f"stageward: {error}")
        return USAGE
    except StagewardError as error:
        return _refused(console, error)
    except BrokenPipeError:  # whoever reads this has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        console.note(f"stageward: {error}")
        return FAILED
    except KeyboardInterrupt:
        console.note("Interrupted. What was filed stays filed.")
        return INTERRUPTED
    finally:
        context.close()
    return code


def _refused(console: Console, error: StagewardError) -> int:
    """Say why not: a sentence to a person, all that is known to a script."""
    if console.as_json and isinstance(error, Refusal):
        console.problem(
            {"code": error.code, "status": error.status, "detail": error.detail, "errors": error.errors, **error.extras}
        )
    elif console.as_json:
        console.problem({"code": "", "detail": str(error)})
    else:
        console.note(f"stageward: {error}")
    return code_of_error(error)

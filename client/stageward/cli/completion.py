"""`completion`: a script for the shell."""

from __future__ import annotations

from stageward.cli.context import Context
from stageward.cli.exits import OK
from stageward.cli.parser import Commands

BASH = """_stageward() {{
  local word=${{COMP_WORDS[COMP_CWORD]}}
  case $COMP_CWORD in
    1) COMPREPLY=($(compgen -W "{commands}" -- "$word"));;
    *) case ${{COMP_WORDS[1]}} in
{options}
      esac;;
  esac
}}
complete -o default -F _stageward stageward
"""


def add(commands: Commands) -> None:
    """Add it."""

    def print_script(context: Context) -> int:
        """Print the script."""
        start = "autoload -U +X bashcompinit && bashcompinit\n" if context.arguments.shell == "zsh" else ""
        lines = "\n".join(
            f'        {name}) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$word"));;'
            for name, words in commands.words().items()
        )
        context.console.text(start + BASH.format(commands=" ".join(commands.words()), options=lines))
        return OK

    completion = commands.add(
        "completion",
        print_script,
        "Print the completion of commands and options for your shell.",
        '  eval "$(stageward completion bash)"\n',
    )
    completion.add_argument("shell", choices=["bash", "zsh"])

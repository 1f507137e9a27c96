"""What a policy says, in words: for pages, the log and proposals alike."""

from collections.abc import Callable, Mapping
from typing import Any


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _checks(lines: Any) -> str:
    named = [line["name"] + (f" (from {line['reporter']})" if line.get("reporter") else "") for line in lines]
    return f"the checks {', '.join(named)}" if named[1:] else f"the check {named[0]}" if named else ""


SKIPS = {"comment": "a comment when stages are skipped", "extra_approval": "one approval more when stages are skipped"}
WORDS: dict[str, Callable[[Any], str]] = {
    "approvals_required": lambda number: _count(number, "approval") if number else "no approval",
    "groups": lambda lines: ", ".join(f"at least {line['minimum']} from {line['group']}" for line in lines),
    "exclude_last_editor": lambda excluded: "not by who last edited the content" if excluded else "",
    "skip_rule": lambda rule: "no stage skipped" if rule == "forbid" else SKIPS.get(rule, ""),
    "required_checks": _checks,
    "expires_after_days": lambda days: f"a decision within {_count(days, 'day')}" if days else "",
    "release_accounts": lambda names: f"nothing from {', '.join(names)}" if names else "",
    "break_glass_roles": lambda roles: f"break-glass by {' and '.join(f'{role}s' for role in roles)}" if roles else "",
}


def in_words(content: Any) -> str:
    """Return what a policy demands, as one phrase; lines of the log from before a field was known leave it out."""
    if not isinstance(content, Mapping):
        return ""
    return ", ".join(words for field, tell in WORDS.items() if field in content and (words := tell(content[field])))

"""What a policy says, in words: for pages, the log and proposals alike."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
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


LABELS = {
    "approvals_required": "Approvals",
    "groups": "From groups",
    "exclude_last_editor": "Last editor",
    "skip_rule": "Skipped stages",
    "required_checks": "Checks",
    "expires_after_days": "Expiry",
    "release_accounts": "Release accounts",
    "break_glass_roles": "Break-glass",
}
# What a field says that says nothing.
NOTHING = {
    "groups": "from no group in particular",
    "exclude_last_editor": "also by who last edited the content",
    "skip_rule": "skipped stages are flagged",
    "required_checks": "no check",
    "expires_after_days": "no end",
    "release_accounts": "no release account",
    "break_glass_roles": "no break-glass",
}


@dataclass(frozen=True)
class Change:
    """One field as it was and as it is to be; `weakens`: that is less than before."""

    label: str
    before: str
    after: str
    weakens: bool


def changes_in_words(before: Mapping[str, Any], after: Mapping[str, Any], weakens: Collection[str] = ()) -> list[Change]:
    """Return what differs, field by field; `after` may name only some. Fields that are no policy's are told as they are."""
    return [
        Change(
            LABELS.get(field, field.replace("_", " ").capitalize()),
            _field(field, before.get(field)),
            _field(field, value),
            field in weakens,
        )
        for field, value in after.items()
        if before.get(field) != value
    ]


def _field(field: str, value: Any) -> str:
    if field in WORDS:
        return WORDS[field](value) or NOTHING.get(field, "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)

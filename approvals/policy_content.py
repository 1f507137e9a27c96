"""What a policy may say, in one form for all doors; what weakens it; whether anybody could satisfy it. No queries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.models import Role
from activity.errors import Invalid
from approvals.models import POLICY_FIELDS, StagePolicy
from approvals.quorum import Need, missing

MOST_APPROVALS, MOST_CHECKS, MOST_DAYS = 20, 20, 365
SKIP_RULES = [str(rule) for rule in StagePolicy.SkipRule]  # from the weakest to the strictest


def cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes in the one form that is kept: lists in order, each thing once. Raises Invalid, naming the field."""
    if unknown := set(changes) - set(POLICY_FIELDS):
        raise Invalid(f"A policy has no field “{min(unknown)}”. It has: {', '.join(POLICY_FIELDS)}.", field=min(unknown))
    return {field: CLEANERS[field](value) for field, value in changes.items()}


def _number(field: str, least: int, most: int, *, optional: bool = False) -> Callable[[Any], int | None]:
    def clean(value: Any) -> int | None:
        if value is None and optional:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Invalid(f"{field} is a whole number from {least} to {most}{', or nothing' if optional else ''}.", field=field)
        return value

    return clean


def _groups(value: Any) -> list[dict[str, Any]]:
    lines = {str(line["group"]): _number("groups", 1, MOST_APPROVALS)(line["minimum"]) for line in value}
    if len(lines) < len(value):
        raise Invalid("A group stands in this policy twice. Ask for the larger number once.", field="groups")
    if sum(number or 0 for number in lines.values()) > MOST_APPROVALS:
        raise Invalid(f"The groups together ask for more than {MOST_APPROVALS} approvals.", field="groups")
    return [{"group": group, "minimum": minimum} for group, minimum in sorted(lines.items())]


def _checks(value: Any) -> list[dict[str, Any]]:
    lines = {check_name(line["name"], "required_checks"): str(line.get("reporter") or "") for line in value}
    if len(lines) < len(value):
        raise Invalid("A check stands in this policy twice. Name each once.", field="required_checks")
    if len(lines) > MOST_CHECKS:
        raise Invalid(f"A policy requires {MOST_CHECKS} checks at most.", field="required_checks")
    return [{"name": name, "reporter": reporter or None} for name, reporter in sorted(lines.items())]


def check_name(value: Any, field: str = "name") -> str:
    """Return the name of a check, cleaned. Raises Invalid."""
    name = str(value).strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Invalid("A check's name has 1 to 100 printable characters.", field=field)
    return name


def _names(value: Any) -> list[str]:
    return sorted({str(name).strip() for name in value} - {""})


def _roles(value: Any) -> list[str]:
    roles = _names(value)
    if wrong := set(roles) - {Role.EDITOR, Role.ADMIN}:
        raise Invalid(f"Break-glass is for editors or admins, not for “{min(wrong)}”.", field="break_glass_roles")
    return roles


def _skip_rule(value: Any) -> str:
    if value not in SKIP_RULES:
        raise Invalid(f"skip_rule is one of: {', '.join(SKIP_RULES)}.", field="skip_rule")
    return str(value)


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "approvals_required": _number("approvals_required", 0, MOST_APPROVALS),
    "groups": _groups,
    "exclude_last_editor": bool,
    "skip_rule": _skip_rule,
    "required_checks": _checks,
    "expires_after_days": _number("expires_after_days", 1, MOST_DAYS, optional=True),
    "release_accounts": _names,
    "break_glass_roles": _roles,
}


def weakened(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the fields by which the second policy asks for less than the first (decision 28); none when it is as strict."""
    return [field for field, weaker in WEAKER.items() if weaker(before[field], after[field])]


def _fewer_of_groups(before: Any, after: Any) -> bool:
    now = {line["group"]: line["minimum"] for line in after}
    return any(now.get(line["group"], 0) < line["minimum"] for line in before)


def _fewer_checks(before: Any, after: Any) -> bool:
    """Pinned to another account, or to one at all: whoever owns that account could then vouch for their own requests (decision 29)."""
    now = {line["name"]: line["reporter"] for line in after}
    return any(line["name"] not in now or now[line["name"]] != line["reporter"] for line in before)


WEAKER: dict[str, Callable[[Any, Any], bool]] = {
    "approvals_required": lambda before, after: after < before,
    "groups": _fewer_of_groups,
    "exclude_last_editor": lambda before, after: before and not after,
    "skip_rule": lambda before, after: SKIP_RULES.index(after) < SKIP_RULES.index(before),
    "required_checks": _fewer_checks,
    "release_accounts": lambda before, after: bool(set(after) - set(before)),
    "break_glass_roles": lambda before, after: bool(set(after) - set(before)),
}


def check_satisfiable(policy: StagePolicy, deciding: Mapping[int, frozenset[str]]) -> None:
    """Somebody must be able to ask and the others to approve. `deciding`: the groups of each person who decides. Raises Invalid."""
    need = policy.need(skips=False)
    if why := shortfall(need, deciding):
        raise Invalid(
            f"Nobody could satisfy this policy, so it was not saved: {why}. Add people first, or ask for fewer.",
            field="groups" if need.groups else "approvals_required",
        )


def shortfall(need: Need, deciding: Mapping[int, frozenset[str]]) -> str:
    """Say why these people could not satisfy a policy, whoever of them asks; nothing when they could."""
    if not need.total:
        return ""
    short = min(
        (missing(need, [groups for other, groups in deciding.items() if other != asking]) for asking in deciding),
        default=need.total,
    )
    return _too_few(need, list(deciding.values()), short) if short else ""


def _too_few(need: Need, people: Sequence[frozenset[str]], shortest: int) -> str:
    sizes = {group: sum(group in groups for groups in people) for group in need.groups}
    short = [f"{group} has {size} who may decide" for group, size in sizes.items() if size <= need.groups[group]]
    return f"whoever asks cannot approve, and {shortest} more would be missing ({'; '.join(short) or f'{len(people)} people may decide'})"

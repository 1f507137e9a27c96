"""The checks of a request as a page lists them: each name once, with its last report and the earlier ones. No queries."""

from dataclasses import dataclass

from approvals.eligibility import Situation
from approvals.models import Check
from approvals.verdicts import Verdict, verdicts


@dataclass(frozen=True)
class CheckLine:
    """A check by name: the report that stands for it (none yet: nothing), those before, and why it does not count, where it does not."""

    name: str
    required: bool
    reporter: str
    last: Check | None
    earlier: tuple[Check, ...]
    note: str = ""


def check_lines(situation: Situation) -> list[CheckLine]:
    """Return the required checks in the policy's order, then the others; of a request that has ended, what was reported."""
    required = {verdict.name: verdict for verdict in verdicts(situation)} if situation.change_request.is_pending else {}
    names = dict.fromkeys([*required, *(check.name for check in situation.checks)])
    return [_line(name, required.get(name), [check for check in situation.checks if check.name == name]) for name in names]


def _line(name: str, verdict: Verdict | None, reports: list[Check]) -> CheckLine:
    last = verdict.check if verdict and verdict.check else reports[-1] if reports else None
    earlier = tuple(check for check in reversed(reports) if check is not last)
    return CheckLine(name, verdict is not None, (verdict.reporter or "") if verdict else "", last, earlier, _note(verdict, last))


def _note(verdict: Verdict | None, last: Check | None) -> str:
    """Why the report on a required check does not count; nothing when it does, or when there is none."""
    if verdict is None or verdict.check or last is None:
        return ""
    if verdict.outdated:
        return "It is of content that was edited since, so it does not count. It has to be reported again."
    whose = f"The policy takes it from {verdict.reporter} alone" if verdict.reporter else "It comes from the requester's side"
    return f"{whose}, so it does not count."

"""What the required checks of a request say: plain Python over a `Situation`, no queries."""

from dataclasses import dataclass

from approvals.eligibility import Situation
from approvals.models import Check


@dataclass(frozen=True)
class Verdict:
    """A required check, who must report it (nothing: anybody but the requester), and the last report that counts."""

    name: str
    reporter: str | None
    check: Check | None

    @property
    def passed(self) -> bool:
        """Whether it lets the change through."""
        return self.check is not None and self.check.status == Check.Status.PASSED


def report_counts(situation: Situation, check: Check, reporter: str | None) -> bool:
    """A pinned check counts from that account or token alone; any other from everybody but the requester (decision 29)."""
    if reporter:
        return reporter in (check.reporter.username, f"token:{check.token_id}")
    return check.principal_id != situation.change_request.requester_principal_id


def verdicts(situation: Situation) -> list[Verdict]:
    """Return each required check with its last report that counts, in the policy's order."""
    return [
        Verdict(line["name"], line["reporter"], _last(situation, line["name"], line["reporter"]))
        for line in situation.policy.required_checks
    ]


def _last(situation: Situation, name: str, reporter: str | None) -> Check | None:
    reports = [check for check in situation.checks if check.name == name and report_counts(situation, check, reporter)]
    return reports[-1] if reports else None


def all_passed(situation: Situation) -> bool:
    """Whether every required check has passed."""
    return all(verdict.passed for verdict in verdicts(situation))

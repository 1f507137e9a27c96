"""What the required checks of a request say: plain Python over a `Situation`, no queries."""

from dataclasses import dataclass

from approvals.eligibility import Situation, rests_on_requester
from approvals.models import Check
from approvals.snapshot import content_digest


@dataclass(frozen=True)
class Verdict:
    """A required check, who must report it (nothing: anybody but the requester), and the last report that counts.

    `outdated`: there are reports, but of content that was edited since.
    """

    name: str
    reporter: str | None
    check: Check | None
    outdated: bool = False

    @property
    def passed(self) -> bool:
        """Whether it lets the change through."""
        return self.check is not None and self.check.status == Check.Status.PASSED


def report_counts(situation: Situation, check: Check, reporter: str | None) -> bool:
    """A pinned check counts from that account or token alone; any other from everybody but the requester (decision 29).

    Nor from somebody whom the requester gave the role for it after asking (decision 27).
    """
    if reporter:
        return reporter in (check.reporter.username, f"token:{check.token_id}")
    member = situation.members.get(check.reporter_id)
    if member and rests_on_requester(situation, member):
        return False
    return check.principal_id != situation.change_request.requester_principal_id


def verdicts(situation: Situation) -> list[Verdict]:
    """Return each required check with its last report that counts, in the policy's order."""
    required = situation.policy.required_checks
    content = content_digest(situation.version) if required else ""
    return [_verdict(situation, line["name"], line["reporter"], content) for line in required]


def _verdict(situation: Situation, name: str, reporter: str | None, content: str) -> Verdict:
    reports = [check for check in situation.checks if check.name == name and report_counts(situation, check, reporter)]
    current = [check for check in reports if check.content == content]
    return Verdict(name, reporter, current[-1] if current else None, outdated=bool(reports) and not current)


def awaited_checks(situation: Situation) -> list[str]:
    """Return the names of the required checks that have not passed."""
    return [verdict.name for verdict in verdicts(situation) if not verdict.passed]


def checks_in_words(names: list[str]) -> list[str]:
    """Return what a request waits for, of checks: one phrase, or none."""
    return [f"the check{'s' if names[1:] else ''} {', '.join(names)}"] if names else []


def all_passed(situation: Situation) -> bool:
    """Whether every required check has passed."""
    return not awaited_checks(situation)

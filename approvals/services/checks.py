"""A machine's verdict on a stage change."""

from accounts.caller import Caller, Scope
from accounts.models import Membership, Role
from activity import clock
from activity.errors import Invalid
from approvals.eligibility import Situation, given_by_requester
from approvals.errors import NotEligible
from approvals.models import Check, StageChangeRequest
from approvals.policy_content import check_name
from approvals.rules import check_open
from approvals.services.effects import take_effect_if_ready
from approvals.services.locking import locked_situation, read_request, read_situation, tell_log
from approvals.services.voiding import up_to_date
from approvals.snapshot import content_digest
from approvals.verdicts import report_counts, verdicts
from registry.access import authorise_on
from registry.content import clean_text, clean_url

SAME = ("status", "url", "summary", "token_id", "content")


def report_check(
    *, change_request_id: int, name: str, status: str, by: Caller, url: str = "", summary: str = ""
) -> StageChangeRequest:
    """Report how a check went; with the last one that is required, the change takes effect in the same transaction (rule 11).

    It may come before or after the approvals, and be reported again. The same report again answers the same and writes nothing.
    Effects, in order: the check, activity `stage_change.check_reported`; with the last one then those of `put_into_effect`. Raises
    NotFound, Forbidden, Invalid, NotPending, NotEligible for whoever's report could not count.
    """
    situation = locked_situation(change_request_id, by, Scope.CHECKS)
    member = authorise_on(by, situation.version.model, Role.EDITOR, Scope.CHECKS).member
    check_open(situation)
    report = _report(situation, by, name, status, url, summary)
    _check_counts(situation, report, member)
    before = [check for check in situation.checks if (check.name, check.reporter_id) == (report.name, report.reporter_id)]
    if before and all(getattr(before[-1], field) == getattr(report, field) for field in SAME):
        return situation.change_request
    situation = up_to_date(situation, by)
    report.save(force_insert=True)
    told = {"check": report.pk, "name": report.name, "status": report.status, "url": report.url, "summary": report.summary}
    tell_log("stage_change.check_reported", situation.change_request, by, **told)
    situation = read_situation(change_request_id, situation.members)
    last = report.pk in [verdict.check.pk for verdict in verdicts(situation) if verdict.check]
    if last:
        take_effect_if_ready(situation, by)
    return read_request(change_request_id)


def _report(situation: Situation, by: Caller, name: str, status: str, url: str, summary: str) -> Check:
    if status not in Check.Status.values:
        raise Invalid(f"A check is {', '.join(Check.Status.values)}, so nothing was recorded.", field="status")
    return Check(
        change_request=situation.change_request,
        name=check_name(name),
        status=status,
        url=clean_url(url, "url"),
        summary=clean_text(summary, "summary", 10_000).strip(),
        reporter=by.person,
        principal_id=by.person.principal_id,
        token_id=by.token.pk if by.token else None,
        content=content_digest(situation.version),
        created_at=clock.now(),
    )


def _check_counts(situation: Situation, report: Check, member: Membership) -> None:
    """A report on a required check that could not count is refused, so that no pipeline takes it for done. Raises NotEligible.

    `member` is who reports: a machine whose owner may not decide is not among those who may, and has its role from somebody all the same.
    """
    pinned = {line["name"]: line["reporter"] for line in situation.policy.required_checks}
    if report.name not in pinned:
        return
    gift = not pinned[report.name] and given_by_requester(situation, member)
    if not gift and report_counts(situation, report, pinned[report.name]):
        return
    if reporter := pinned[report.name]:
        raise NotEligible(
            f"The policy takes the check “{report.name}” from {reporter} alone, so nothing was recorded. Report it from there.",
            reason="check-pinned",
        )
    if report.principal_id != situation.change_request.requester_principal_id:
        raise NotEligible(
            f"Your role was given by the requester after they asked, so your report of “{report.name}” does not count and nothing was"
            " recorded. Have it reported by another account.",
            reason="own-check",
        )
    raise NotEligible(
        f"You asked for this change, so your own report of “{report.name}” does not count and nothing was recorded. Have it reported by"
        " another account, or have an admin pin this one in the policy.",
        reason="own-check",
    )

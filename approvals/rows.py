"""Requests as the pages show them: each with what it needs, what the caller may do, and why not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from accounts.caller import Caller
from accounts.models import User
from approvals.eligibility import Situation
from approvals.models import StageChangeRequest
from approvals.outlook import Outlook, Voice, outlook, voices
from approvals.reasons import Reason, waits_on, why_mine
from approvals.requirements import Requirement, requirements, too_few
from approvals.rules import ACTIONS, refusal
from approvals.situations import load_situations
from approvals.verdicts import Verdict, verdicts
from registry.models import Stage
from registry.views.addresses import model_url, version_url


@dataclass(frozen=True)
class RequestRow:
    """One request, ready to be shown.

    `reasons` says, for each action that the caller may not take, why; `stages` are by key; `voices` are the names
    in which they may decide, and `outlook` is what their approval would do in the first; `why` and `waits` say, in somebody's own
    list, what brought the row there and on whom it waits.
    """

    change_request: StageChangeRequest
    situation: Situation
    requirements: list[Requirement]
    actions: list[str]
    reasons: dict[str, str]
    waiting_since: datetime
    stages: dict[str, Stage]
    outlook: Outlook | None = None
    voices: tuple[Voice, ...] = ()
    why: Reason | None = None
    waits: Reason | None = None

    @property
    def why_not(self) -> str:
        """The sentence where the button to approve would be; nothing when it is there, or the request has ended."""
        return self.reasons.get("approve", "") if self.change_request.is_pending else ""

    @property
    def expired(self) -> bool:
        """Whether its time is over, also where the sweep has not come by yet."""
        return self.situation.has_expired or self.change_request.status == StageChangeRequest.Status.EXPIRED

    @property
    def again_url(self) -> str:
        """Where the same is asked for again, with the comment kept; nothing when the version was deleted."""
        comment = self.change_request.comment[:1000]
        query = urlencode({"to_stage": self.change_request.to_stage.key, **({"comment": comment} if comment else {})})
        return f"{version_url(self.change_request.version, 'change-stage')}?{query}" if self.version_url else ""

    @property
    def why_not_sign_off(self) -> str:
        """The sentence where the form to sign off would be."""
        return self.reasons.get("sign-off", "")

    @property
    def decidable(self) -> bool:
        """Whether the caller may approve or reject it."""
        return "approve" in self.actions or "reject" in self.actions

    @property
    def to_review(self) -> bool:
        """Whether somebody put it into effect alone, and nobody signed it off yet."""
        alone = self.change_request.effect == StageChangeRequest.Effect.BREAK_GLASS
        return alone and not hasattr(self.change_request, "sign_off")

    @property
    def seen(self) -> str:
        """What a list says of the content that it was ticked for: the beginning of its digest, short enough for many in one address."""
        return brief(self.situation.digest)

    @property
    def address(self) -> str:
        """The request's own page."""
        return reverse("request", args=[self.change_request.pk])

    @property
    def version_name(self) -> str:
        """What the version is called."""
        return self.change_request.version.name

    @property
    def version_url(self) -> str:
        """The version's page; nothing when it was deleted."""
        version = self.change_request.version
        return "" if version.deleted_at or version.model.deleted_at else version_url(version)

    @property
    def model_name(self) -> str:
        """What the model is called."""
        return self.change_request.version.model.name

    @property
    def model_url(self) -> str:
        """The model's page; nothing when it was deleted."""
        model = self.change_request.version.model
        return "" if model.deleted_at else model_url(model)

    @property
    def approvals(self) -> str:
        """How far it is: `1 of 2`."""
        return f"{min(len(self.situation.given), self.situation.need.total)} of {self.situation.need.total}"

    @property
    def obstacles(self) -> list[str]:
        """What approvals alone would not settle: a lock, a move meanwhile, too few people."""
        states = {requirement.code: requirement for requirement in self.requirements}
        if self.situation.has_expired:
            return []
        told = [states[code].detail for code in ("unlocked", "in-place") if states[code].status == "unsatisfied"]
        told += [each.detail for each in self.requirements if each.code == "skip" and each.status == "unsatisfied"]
        waiting = [_in_short(verdict) for verdict in verdicts(self.situation) if not verdict.passed]
        told += [f"the check{'s' if waiting[1:] else ''} {', '.join(waiting)}"] if waiting else []
        return [*told, "Too few people may approve it."] if too_few(self.situation) else told


def _in_short(verdict: Verdict) -> str:
    """A check that has not passed, and how it stands when it was reported."""
    return f"{verdict.name} ({verdict.check.status})" if verdict.check else verdict.name


def brief(digest: str) -> str:
    """The beginning of a digest: enough to tell one content from another, where many stand in one address."""
    return digest.removeprefix("sha256:")[:12]


def request_rows(requests: Iterable[StageChangeRequest], caller: Caller) -> list[RequestRow]:
    """Return a row for each request, in the same order; they must come from `with_everything()`. Two queries more than theirs."""
    situations = load_situations(requests)
    stages: dict[int, dict[str, Stage]] = {}
    for stage in Stage.objects.filter(workspace_id__in={_workspace_id(situation) for situation in situations}):
        stages.setdefault(stage.workspace_id, {})[stage.key] = stage
    return [_row(situation, caller, stages[_workspace_id(situation)]) for situation in situations]


def with_why(rows: list[RequestRow], user: User) -> list[RequestRow]:
    """Rows that wait for this person, each with the reason. One query more when a vote of theirs went stale."""
    reasons = why_mine((row.situation for row in rows), user)
    return [replace(row, why=reasons[row.change_request.pk]) for row in rows]


def with_waits(rows: list[RequestRow], user: User) -> list[RequestRow]:
    """Rows, each with on whom it waits while it does. No query."""
    return [replace(row, waits=waits_on(row.situation, user)) if row.change_request.is_pending else row for row in rows]


def _workspace_id(situation: Situation) -> int:
    return situation.version.model.workspace_id


def _row(situation: Situation, caller: Caller, stages: dict[str, Stage]) -> RequestRow:
    refusals = {action: refusal(situation, caller, action) for action in ACTIONS}
    mine = voices(situation, caller) if None in (refusals["approve"], refusals["reject"]) else []
    return RequestRow(
        change_request=situation.change_request,
        situation=situation,
        requirements=requirements(situation),
        actions=[action for action, refused in refusals.items() if refused is None],
        reasons={action: _beforehand(refused.detail) for action, refused in refusals.items() if refused},
        waiting_since=situation.change_request.created_at,
        stages=stages,
        outlook=outlook(situation, mine[0].seat) if mine else None,
        voices=tuple(mine),
    )


def _beforehand(sentence: str) -> str:
    """A refusal is told after a try; beside a missing button nobody has tried yet."""
    return sentence.replace(", so nothing was done", "")

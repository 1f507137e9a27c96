"""Who hears of a line of the log, and why: one table, read by mail and by the pages alike.

It is asked when somebody is about to be told. Who may not see the thing any more, or has nothing to decide any more, hears nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.caller import Caller
from accounts.models import Delegation, Membership, Role, User
from activity.errors import DomainError
from activity.models import Activity
from approvals.eligibility import Situation
from approvals.models import Comment, StageChangeRequest
from approvals.outlook import voices
from approvals.reasons import power_of, why_mine
from approvals.rules import check_may_sign_off
from approvals.situations import load_situations
from notifications.reasons import (
    ALONE,
    CHECK,
    COMMENT,
    DECIDE,
    DELEGATION,
    ENDED,
    PROPOSAL,
    REMINDER,
    WEBHOOK,
    Reason,
)
from registry.models import ModelVersion, Proposal, RegisteredModel


class Happening:
    """A line of the log, with what is needed to say who hears of it; read when it is asked for."""

    def __init__(self, line: Activity) -> None:
        self.line = line
        self.data: dict[str, Any] = json.loads(line.data)

    @cached_property
    def change_request(self) -> StageChangeRequest:
        """The request that the line is about."""
        return StageChangeRequest.objects.with_everything().get(pk=self.line.request_id or 0)

    @cached_property
    def situation(self) -> Situation:
        """How that request stands."""
        (situation,) = load_situations([self.change_request])
        return situation


@dataclass(frozen=True)
class Heard:
    """Somebody hears, and why: `because` goes on after the word."""

    person: User
    reason: Reason
    because: str


Told = Iterator[tuple[User, str]]


def deciders(happening: Happening) -> Told:
    """Those whose approval would count now, in their own name or in that of somebody away, and who have not decided."""
    situation = happening.situation
    if not happening.change_request.is_pending or situation.has_expired:
        return
    decided = {
        review.principal_id for review in situation.reviews if not review.withdrawn_at and review.digest == situation.digest
    }
    for member in situation.members.values():
        if member.user.principal_id not in decided and voices(situation, Caller(member.user, "page")):
            yield member.user, _why(situation, member.user)


def _why(situation: Situation, user: User) -> str:
    """Why a decision is asked of somebody, as the inbox says it."""
    if any(review.principal_id == user.principal_id for review in situation.reviews):
        return why_mine([situation], user)[situation.change_request.pk].text
    power = power_of(situation, user)
    return f"your approval would count{f', as that of a {power}' if power else ''}"


def requester(happening: Happening) -> Told:
    """Whoever asked."""
    yield happening.change_request.requester, "you asked for this change"


def requester_of_failed(happening: Happening) -> Told:
    """Whoever asked, when a check has failed."""
    if happening.data.get("status") == "failed":
        yield from requester(happening)


def those_passed_over(happening: Happening) -> Told:
    """Whoever could have approved what somebody put into effect alone; the line holds who that was."""
    for user in User.objects.filter(pk__in=happening.data.get("eligible", [])).order_by("pk"):
        yield user, "you could have approved this change"


def those_who_may_sign_off(happening: Happening) -> Told:
    """Whoever may look at it as the second person."""
    for member in happening.situation.members.values():
        try:
            check_may_sign_off(happening.situation, Caller(member.user, "page"))
        except DomainError:
            continue
        yield member.user, "it waits for a second person to sign it off, and you may"


def who_broke_the_glass(happening: Happening) -> Told:
    """Whoever put it into effect alone."""
    if happening.change_request.decided_by:
        yield happening.change_request.decided_by, "you put this change into effect alone"


def participants(happening: Happening) -> Told:
    """Who asked, decided, reported or said something before; about a version, who registered it and who spoke of it."""
    if happening.line.request_id:
        change_request = happening.change_request
        yield change_request.requester, "you asked for this change"
        for review in change_request.reviews.all():
            yield review.reviewer, "you decided on this request"
    else:
        version = ModelVersion.objects.select_related("created_by").get(pk=happening.line.version_id or 0)
        if version.deleted_at:
            return
        yield version.created_by, "you registered this version"
    said = Comment.objects.filter(version=happening.line.version_id, change_request=happening.line.request_id)
    for comment in said.select_related("author"):
        yield comment.author, "you took part in this discussion"


def _admins(happening: Happening) -> Iterable[Membership]:
    people = Membership.objects.of_the_active().filter(workspace=happening.line.workspace_id, role=Role.ADMIN, user__owner=None)
    return people.select_related("user", "workspace").order_by("user_id")


def other_admins(happening: Happening) -> Told:
    """Admins who may confirm a proposal that still waits: the same rules as `registry.services.proposals`."""
    proposal = Proposal.objects.pending().select_related("proposed_by").filter(pk=happening.data.get("proposal", 0)).first()
    if proposal is None:
        return
    proposer_id = proposal.proposed_by.principal_id
    for member in _admins(happening):
        made_by_them = member.given_by_principal_id == proposer_id and member.given_at >= proposal.created_at
        if member.user_id != proposer_id and not made_by_them:
            yield member.user, f"you are an admin of {member.workspace.title}, and may confirm it"


def proposer(happening: Happening) -> Told:
    """Whoever proposed what was confirmed or declined."""
    for proposal in Proposal.objects.select_related("proposed_by").filter(pk=happening.data.get("proposal", 0)):
        yield proposal.proposed_by, "you proposed it"


def the_other_of_two(happening: Happening) -> Told:
    """The other person of a delegation: told who is away and until when, or that it is over."""
    row = Delegation.objects.select_related("delegator", "delegate").filter(pk=happening.data.get("delegation", 0)).first()
    if row is None:
        return
    if row.delegate_id == happening.line.person_id:
        yield (
            row.delegate,
            f"you {'were' if row.withdrawn_at else 'are'} delegate of {row.delegator.display_name} until {row.ends_at:%-d %B}",
        )
    else:
        yield row.delegator, f"{row.delegate.display_name} decided for you"


def admins(happening: Happening) -> Told:
    """The admins of the workspace."""
    for member in _admins(happening):
        yield member.user, f"you are an admin of {member.workspace.title}"


ENDS = tuple(f"stage_change.{end}" for end in ("applied", "rejected", "revoked", "expired", "superseded"))
WHO_HEARS: tuple[tuple[tuple[str, ...], Reason, Callable[[Happening], Told]], ...] = (
    (("stage_change.requested", "stage_change.approvals_voided"), DECIDE, deciders),
    (("stage_change.expires_soon",), REMINDER, deciders),
    (("stage_change.expires_soon",), REMINDER, requester),
    (ENDS, ENDED, requester),
    (("stage_change.check_reported",), CHECK, requester_of_failed),
    (("stage_change.bypassed",), ALONE, those_passed_over),
    (("stage_change.bypassed",), ALONE, those_who_may_sign_off),
    (("stage_change.signed_off",), ALONE, who_broke_the_glass),
    (("comment.added",), COMMENT, participants),
    (("proposal.made",), PROPOSAL, other_admins),
    (("proposal.declined", "policy.changed", "lifecycle.changed"), PROPOSAL, proposer),
    (("delegation.given", "delegation.withdrawn"), DELEGATION, the_other_of_two),
    (("webhook.disabled",), WEBHOOK, admins),
)


def who_hears(line: Activity) -> list[Heard]:
    """Return who hears of a line now, each once, for the first reason of the table that they have.

    A service account has no mailbox, so its owner hears. Nobody hears of their own act, nor of what they may not see any more.
    """
    happening, heard = Happening(line), dict[int, tuple[Reason, str]]()
    for verbs, reason, who in WHO_HEARS:
        for user, because in who(happening) if line.verb in verbs else ():
            if line.actor_id not in (user.pk, user.principal_id):
                heard.setdefault(user.principal_id, (reason, because))
    people = _who_may_see(line, heard) if heard else ()
    return [Heard(person, *heard[person.pk]) for person in people]


def _who_may_see(line: Activity, people: Iterable[int]) -> Iterable[User]:
    """Of these people the active ones; about something in a workspace, its members; about a private model, who is let in to it."""
    there = User.objects.filter(pk__in=list(people), is_active=True)
    if line.workspace_id:
        there = there.filter(memberships__workspace=line.workspace_id)
    if not line.model_id or not RegisteredModel.objects.filter(pk=line.model_id, private=True).exists():
        return there.order_by("pk")
    hidden = RegisteredModel.objects.filter(pk=line.model_id)
    return [person for person in there.order_by("pk") if not hidden.hidden_from(person).exists()]

"""Deciding on a stage change request, one or many, and talking about it."""

import json
from collections.abc import Callable

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import Caller
from accounts.models import Delegation
from activity.errors import Conflict, DomainError, Invalid
from activity.unit import unit_of_work
from approvals.api.requests import answer_body, find_request, request_body
from approvals.models import StageChangeRequest
from approvals.serializers.requests import Bypass, Decide, DecideMany, OutcomesSerializer, ReportCheck, RequestSerializer, Say
from approvals.services import (
    add_comment,
    approve_stage_change,
    bypass_stage_change,
    reject_stage_change,
    report_check,
    revoke_stage_change,
    sign_off_bypass,
    withdraw_approval,
)
from config.endpoint import Endpoint, Json
from config.operation import operation
from config.problems import note_refusal, problem_of

Service = Callable[..., StageChangeRequest]
SERVICES: dict[str, Service] = {
    "approve": approve_stage_change,
    "reject": reject_stage_change,
    "withdraw": withdraw_approval,
    "revoke": revoke_stage_change,
}


class Decision(Endpoint):
    """One action on one request."""

    def decide(self, pk: int, service: Service) -> Response:
        """Do it with what was sent, and answer with the request."""
        found, sent = find_request(self.request.user, pk), self.sent
        if "on_behalf_of" in sent:
            sent["on_behalf_of"] = delegator_of(self.by, sent["on_behalf_of"])
        return self.change(
            lambda: service(change_request_id=found.pk, by=self.by, **sent), lambda decided: answer_body(decided, self.by)
        )


class Approve(Decision):
    """Saying yes."""

    @operation("approve_stage_change", body=Decide, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Approve. With the last approval that is needed, the change takes effect at once."""
        return self.decide(pk, approve_stage_change)


class Reject(Decision):
    """Saying no."""

    @operation("reject_stage_change", body=Decide, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Reject, with a comment that says why. One rejection ends the request."""
        return self.decide(pk, reject_stage_change)


class Withdraw(Decision):
    """Taking back one's approval."""

    @operation("withdraw_approval", body=Say, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take back your own approval, while the request is pending."""
        return self.decide(pk, withdraw_approval)


class Revoke(Decision):
    """Taking back one's request."""

    @operation("revoke_stage_change", body=Say, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take back your own request, while it is pending."""
        return self.decide(pk, revoke_stage_change)


class BypassRequest(Decision):
    """Break-glass."""

    @operation("bypass_stage_change", body=Bypass, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Put a change into effect alone, with the reason, where the policy lets your role break the glass. It is marked everywhere."""
        return self.decide(pk, bypass_stage_change)


class SignOffRequest(Decision):
    """A second look at break-glass."""

    @operation("sign_off_bypass", body=Say, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Say that you looked at a change which somebody put into effect alone."""
        return self.decide(pk, sign_off_bypass)


class Checks(Decision):
    """Machines' verdicts."""

    @operation("report_check", body=ReportCheck, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Report how a check went. It may come before or after the approvals; with the last that is needed, the change takes effect."""
        return self.decide(pk, report_check)


def delegator_of(by: Caller, username: str) -> int:
    """Return the id of somebody who let the caller decide for them. Raises Invalid."""
    held = Delegation.objects.in_force().filter(delegate=by.person, delegator__username=username).first()
    if held is None:
        raise Invalid(f"“{username}” has not let you decide for them now, so nothing was done.", field="on_behalf_of")
    return held.delegator_id


class RequestComment(Endpoint):
    """Talking about a request."""

    @operation("comment_on_stage_change", body=Say, answer=RequestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Say something about a request, whatever its status; it stands among the comments of its version."""
        found, sent = find_request(request.user, pk), self.sent
        return self.change(
            lambda: add_comment(version_id=found.version_id, body=sent["comment"], by=self.by, change_request_id=found.pk),
            lambda comment: request_body(found, self.by),
        )


class Bulk(Endpoint):
    """One decision for several requests, each in its own unit of work."""

    @operation("decide_many_stage_changes", body=DecideMany, answer=OutcomesSerializer)
    def post(self, request: Request) -> Response:
        """Do the same with up to 100 requests. Each is checked and done by itself; the answer has one result for each id, in order."""
        with unit_of_work(self.idempotency_key()):
            pass  # a key that was used with another body is refused before anything is done
        return Response({"results": [self._outcome(pk) for pk in self.sent["ids"]]})

    def _outcome(self, pk: int) -> Json:
        """What became of one; with a key, what became of it the first time."""
        try:
            with unit_of_work(self.idempotency_key(str(pk))) as unit:
                if unit.stored:
                    return dict(json.loads(unit.stored.body))
                outcome = {"id": pk, "done": True, "request": answer_body(self._decide(pk), self.by), "problem": None}
                unit.remember(200, outcome)
                return outcome
        except DomainError as error:
            note_refusal(self.request, error.code, error.detail)
            return self._refused(pk, error)

    def _decide(self, pk: int) -> StageChangeRequest:
        sent = self.sent
        seen = {"digest": sent["digests"][str(pk)]} if str(pk) in sent["digests"] else {}
        found = find_request(self.request.user, pk)
        return SERVICES[sent["action"]](change_request_id=found.pk, by=self.by, comment=sent["comment"], **seen)

    def _refused(self, pk: int, error: DomainError) -> Json:
        """A refusal is an answer like any other: whoever sends the same again is told the same."""
        outcome = {"id": pk, "done": False, "request": None, "problem": problem_of(error)}
        if type(error) is Conflict:  # somebody else was there at the same moment: the next time may do
            return outcome
        with unit_of_work(self.idempotency_key(str(pk))) as unit:
            if unit.stored:
                return dict(json.loads(unit.stored.body))
            rendered = dict(json.loads(JSONRenderer().render(outcome)))
            unit.remember(200, rendered)
            return rendered

"""How a request is locked and read: model, the people whose decisions count, request, version, always in that order."""

from collections.abc import Iterable
from typing import Any

from accounts.access import hold_members
from accounts.caller import Caller, Scope
from accounts.models import Delegation, Role, User
from activity.errors import NotFound
from activity.log import Subject, record
from activity.models import Activity
from activity.prepared import prepared
from approvals.eligibility import Situation
from approvals.models import Check, Review, StageChangeRequest
from approvals.querysets import RequestQuerySet
from approvals.situations import load_situations
from registry.access import authorise_on
from registry.models import RegisteredModel
from registry.querysets import ModelQuerySet


def locked_situation(change_request_id: int, by: Caller, scope: Scope) -> Situation:
    """Lock the model, let members in, then lock request and version and read all afresh. Raises NotFound, Forbidden.

    For a decision, the caller and those who decided before stay who they are until it is over.
    """
    model = lock_model_of.one(change_request_id)
    if model is None:
        raise NotFound("There is no such request.")
    people: set[int] = set()
    if scope in (Scope.DECIDE, Scope.CHECKS) and by.user:
        people = _people(change_request_id, by.user)
        hold_members(model.workspace_id, people)
    authorise_on(by, model, Role.VIEWER, scope)
    (situation,) = load_situations(_locked(change_request_id), people)
    return situation


@prepared
def lock_model_of(change_request_id: int) -> ModelQuerySet:
    """The model that a request is about, locked: the first lock of whatever happens to the request."""
    return RegisteredModel.objects.select_for_update(of=("self",)).filter(versions__change_requests=change_request_id)


@prepared
def _locked(change_request_id: int) -> RequestQuerySet:
    request = StageChangeRequest.objects.with_everything().filter(pk=change_request_id)
    return request.select_for_update(of=("self", "version"))


def _people(change_request_id: int, caller: User) -> set[int]:
    """The caller, those for whom they stand in, those who decided before, in whose name ever, and who reported checks.

    Of a service account its owner too: it decides only where that one may.
    """
    reviews = Review.objects.filter(change_request=change_request_id).values_list(
        "reviewer_id", "principal_id", "on_behalf_of_id"
    )
    away = Delegation.objects.in_force().filter(delegate_id=caller.pk).values_list("delegator_id", flat=True)
    reports = Check.objects.filter(change_request=change_request_id).values_list("reporter_id", "principal_id")
    named = {user_id for row in (*reviews, *reports) for user_id in row if user_id}
    return {caller.pk, caller.principal_id, *away, *named}


def read_situation(change_request_id: int, people: Iterable[int] = ()) -> Situation:
    """Read a request afresh with what a decision by these people depends on; its model is locked by the caller."""
    (situation,) = load_situations([read_request(change_request_id)], people)
    return situation


def read_request(change_request_id: int) -> StageChangeRequest:
    """Read a request afresh with all that is shown of it: what services answer with."""
    (change_request,) = _with_everything(change_request_id)
    return change_request


@prepared
def _with_everything(change_request_id: int) -> RequestQuerySet:
    return StageChangeRequest.objects.with_everything().filter(pk=change_request_id)


def request_subject(change_request: StageChangeRequest) -> Subject:
    """What a line about this request is about."""
    version = change_request.version
    return Subject(
        workspace_id=version.model.workspace_id, model_id=version.model_id, version_id=version.pk, request_id=change_request.pk
    )


def tell_log(verb: str, change_request: StageChangeRequest, by: Caller, **data: Any) -> Activity:
    """Write a line about a request: the move it asks for is always in it, its flags too."""
    move = {
        "from": change_request.from_stage.key,
        "to": change_request.to_stage.key,
        "direction": change_request.direction,
        "skipped_stages": change_request.skipped_stages,
    }
    return record(
        verb, by=by.actor, on=request_subject(change_request), data=move | {key: value for key, value in data.items() if value}
    )

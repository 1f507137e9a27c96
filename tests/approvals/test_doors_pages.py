"""The doors table of the pages: each refusal, its status, its sentence; nothing written, and what was typed is kept."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from accounts.models import Role
from accounts.services import remove_member, set_member
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import Comment, Review, StageChangeRequest
from approvals.services import reject_stage_change, revoke_stage_change
from registry.models import ModelVersion
from registry.services import archive_model, delete_version, edit_version, lock_version
from tests.cast import Team, caller, make_team
from tests.pages import Page, browser, look

pytestmark = pytest.mark.django_db
TYPED = "what I wanted to say"
CHANGE = "/w/default/models/churn/versions/1/change-stage"
OWN = "You asked for this change, so someone else must decide on it. You can revoke it."
ROLE = "You are a viewer of this workspace and this takes an editor, so nothing was done."


@dataclass(frozen=True)
class Door:
    """Who sends what to which address after what has happened, and the answer."""

    who: str
    address: str
    status: int
    sentence: str
    before: Callable[[Team], None] = lambda team: None
    to_stage: str = ""
    says: str = TYPED
    asked: bool = True


def version() -> ModelVersion:
    return ModelVersion.objects.get()


def request_id() -> int:
    return StageChangeRequest.objects.get().pk


def lock(team: Team) -> None:
    with unit_of_work():
        lock_version(version_id=version().pk, level=ModelVersion.Lock.CLOSED, by=caller(team.engineer))


def edit(team: Team) -> None:
    with unit_of_work():
        edit_version(version_id=version().pk, changes={"metrics": {"auc": 0.5}}, by=caller(team.engineer))


def edit_as_reviewer(team: Team) -> None:
    with unit_of_work():
        edit_version(version_id=version().pk, changes={"metrics": {"auc": 0.5}}, by=caller(team.reviewer))


def revoke(team: Team) -> None:
    with unit_of_work():
        revoke_stage_change(change_request_id=request_id(), by=caller(team.engineer))


def reject(team: Team) -> None:
    with unit_of_work():
        reject_stage_change(change_request_id=request_id(), comment="no", by=caller(team.reviewer))


def approve_by_two(team: Team) -> None:
    team.policy("staging", 2)
    team.approve(StageChangeRequest.objects.get())


def promote_the_viewer(team: Team) -> None:
    """The requester, made an admin, gives somebody the role that the request needs."""
    with unit_of_work():
        set_member(workspace_id=team.workspace.pk, user_id=team.engineer.pk, role=Role.ADMIN, by=caller(team.admin))
        set_member(workspace_id=team.workspace.pk, user_id=team.viewer.pk, role=Role.EDITOR, by=caller(team.engineer))


def remove_the_reviewer(team: Team) -> None:
    with unit_of_work():
        remove_member(workspace_id=team.workspace.pk, user_id=team.reviewer.pk, by=caller(team.admin))


def delete(team: Team) -> None:
    with unit_of_work():
        delete_version(version_id=version().pk, by=caller(team.engineer))


def archive(team: Team) -> None:
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.admin))


ASKING = {
    "a viewer asks": Door("viewer", CHANGE, 403, ROLE, to_stage="staging", asked=False),
    "a stranger asks": Door("stranger", CHANGE, 404, "churn has no version 1 that you may see.", to_stage="staging", asked=False),
    "a locked version": Door("engineer", CHANGE, 409, "v1 is locked (closed), so its stage stays.", lock, "staging", asked=False),
    "a request waits": Door(
        "reviewer", CHANGE, 409, "for v1 waits already (Unassigned → Staging), so no second", to_stage="production"
    ),
    "the same stage": Door(
        "engineer", CHANGE, 409, "v1 is in Unassigned already, so nothing was asked.", to_stage="unassigned", asked=False
    ),
    "an unknown stage": Door(
        "engineer", CHANGE, 400, "There is no stage “shadow” in this workspace", to_stage="shadow", asked=False
    ),
    "no stage": Door("engineer", CHANGE, 400, "Choose a stage to move to.", asked=False),
    "an archived model": Door("engineer", CHANGE, 409, "churn is archived", archive, "staging", asked=False),
    "a deleted version": Door(
        "engineer", CHANGE, 404, "churn has no version 1 that you may see.", delete, "staging", asked=False
    ),
}
DECIDING = {
    "own request, approved": Door("engineer", "approve", 403, OWN),
    "own request, rejected": Door("engineer", "reject", 403, OWN),
    "a viewer approves": Door("viewer", "approve", 403, "Only editors and admins of the workspace decide"),
    "a viewer rejects": Door("viewer", "reject", 403, "Only editors and admins of the workspace decide"),
    "a stranger approves": Door("stranger", "approve", 404, "There is no stage change request"),
    "a stranger rejects": Door("stranger", "reject", 404, "There is no stage change request"),
    "a stranger revokes": Door("stranger", "revoke", 404, "There is no stage change request"),
    "a stranger comments": Door("stranger", "comment", 404, "There is no stage change request"),
    "a role given by the requester": Door("viewer", "approve", 403, "Your role was given by the requester", promote_the_viewer),
    "the last editor": Door("reviewer", "approve", 403, "You last edited the content of v1", edit_as_reviewer),
    "removed meanwhile": Door("reviewer", "approve", 404, "There is no stage change request", remove_the_reviewer),
    "locked": Door("reviewer", "approve", 409, "v1 is locked (closed), so its stage stays.", lock),
    "edited meanwhile": Door("reviewer", "approve", 409, "v1 or what its move needs was edited after you opened this", edit),
    "edited meanwhile, rejected": Door("reviewer", "reject", 409, "v1 or what its move needs was edited after you opened", edit),
    "approved already": Door("reviewer", "approve", 302, "", approve_by_two),
    "revoked meanwhile": Door("reviewer", "approve", 409, "This request was revoked by Engineer, so nothing was done.", revoke),
    "rejected meanwhile": Door("second_reviewer", "approve", 409, "This request was rejected by Reviewer", reject),
    "rejected twice": Door("second_reviewer", "reject", 409, "This request was rejected by Reviewer", reject),
    "deleted meanwhile": Door("reviewer", "approve", 409, "This request was superseded by Engineer", delete),
    "no reason": Door("reviewer", "reject", 400, "A rejection needs a comment that says why, so nothing was done.", says="  "),
    "NUL in the comment": Door("reviewer", "approve", 400, "Null characters are not allowed.", says="a\x00b"),
    "too long a comment": Door(
        "reviewer", "approve", 400, "comment has 10,001 characters; the most is 10,000.", says="x" * 10_001
    ),
    "nothing to withdraw": Door("reviewer", "withdraw", 403, "You have not approved this, so there is nothing to withdraw."),
    "somebody else revokes": Door("reviewer", "revoke", 403, "Only the requester revokes a request."),
    "revoked after its end": Door("engineer", "revoke", 409, "This request was rejected by Reviewer", reject),
    "a viewer comments": Door("viewer", "comment", 403, ROLE),
    "an empty comment": Door("engineer", "comment", 400, "An empty comment says nothing, so none was added.", says=" "),
    "a comment on what is deleted": Door("engineer", "comment", 404, "There is no such version", delete),
}


def state() -> list[object]:
    """All that a change could have written."""
    models = (StageChangeRequest, Review, Comment, Activity, ModelVersion)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("door", [*ASKING.values(), *DECIDING.values()], ids=[*ASKING, *DECIDING])
def test_a_refusal_has_its_status_and_sentence_writes_nothing_and_keeps_what_was_typed(door):
    team = make_team()
    team.version()
    digest = team.ask(version()).digest if door.asked else ""
    door.before(team)
    before, client = state(), browser(getattr(team, door.who))
    address = door.address if door.to_stage or door.address == CHANGE else f"/requests/{request_id()}/{door.address}"
    sent = {"comment": door.says, "body": door.says, "digest": digest, "to_stage": door.to_stage}
    response = client.post(address, sent)
    assert (response.status_code, state()) == (door.status, before)
    if door.status != 302:
        page = Page(response)
        assert door.sentence in page.words
        assert door.says.strip() in page.words + " ".join(page.values.values())


@pytest.mark.parametrize("action", ["approve", "reject", "withdraw", "revoke"])
def test_opening_a_decision_that_one_may_not_make_gives_the_reason_and_no_form(action):
    team = make_team()
    change_request = team.ask(team.version())
    page = look(browser(team.viewer), f"/requests/{change_request.pk}/{action}")
    assert "digest" not in page.values
    assert page.links["See the request"] == f"/requests/{change_request.pk}"


@pytest.mark.parametrize("address", ["approve", "reject", "withdraw", "revoke", "bypass"])
def test_a_decision_is_never_made_by_looking(address):
    team = make_team()
    team.ask(team.version())
    before = state()
    for who in (team.reviewer, team.engineer):
        browser(who).get(f"/requests/{request_id()}/{address}")
    assert state() == before


def test_refused_attempts_stand_in_the_security_log(caplog):
    team = make_team()
    change_request = team.ask(team.version())
    browser(team.engineer).post(f"/requests/{change_request.pk}/approve", {"digest": change_request.digest})
    assert [record.getMessage().partition(" user=")[0] for record in caplog.records if record.name == "stageward.security"] == [
        "refused code=own-request"
    ]


def test_a_form_without_its_token_is_refused():
    team = make_team()
    change_request = team.ask(team.version())
    client = browser(team.reviewer)
    client.handler.enforce_csrf_checks = True
    response = client.post(f"/requests/{change_request.pk}/approve", {"comment": TYPED})
    assert (response.status_code, TYPED in response.content.decode()) == (403, True)
    assert StageChangeRequest.objects.get().is_pending

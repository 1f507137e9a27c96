"""Requests, activities and levels of permission as the SDK of Databricks reads them. Models and versions are MLflow's."""

from enum import StrEnum

from accounts.models import Role
from activity.models import Activity
from approvals.models import Comment, StageChangeRequest
from gateways.mlflow.stages import shown
from gateways.mlflow.wire import milliseconds
from gateways.protocol import Json
from gateways.webhooks import status_of
from notifications.models import Webhook
from registry.access import Standing


class Level(StrEnum):
    """What one may do with a model. Of Databricks' five, those that a role here is exactly as much as."""

    READ = "CAN_READ"
    EDIT = "CAN_MANAGE_PRODUCTION_VERSIONS"
    MANAGE = "CAN_MANAGE"


# What Databricks calls that which a caller may do with a request, or with a comment.
ACTIONS = {
    "approve": "APPROVE_TRANSITION_REQUEST",
    "reject": "REJECT_TRANSITION_REQUEST",
    "revoke": "CANCEL_TRANSITION_REQUEST",
    "edit": "EDIT_COMMENT",
    "delete": "DELETE_COMMENT",
}


def level_of(standing: Standing) -> Level:
    """What somebody may do with a model: whoever says who sees it manages it."""
    if standing.leads:
        return Level.MANAGE
    return Level.EDIT if standing.role.covers(Role.EDITOR) else Level.READ


def actions(available: list[str]) -> list[str]:
    """What may be done, as Databricks calls it; it has no word for the rest."""
    return [ACTIONS[action] for action in available if action in ACTIONS]


def transition_request(change_request: StageChangeRequest, available: list[str]) -> Json:
    """A request as who asked is told of it."""
    return {
        "creation_timestamp": milliseconds(change_request.created_at),
        "user_id": change_request.requester.username,
        "to_stage": shown(change_request.to_stage),
        "comment": change_request.comment,
        "available_actions": actions(available),
    }


def activity(line: Activity, kind: str, change_request: StageChangeRequest, by: str, said: str, told: str) -> Json:
    """A line of the log about a request: `by` is who did it, `said` what they said with it, and `told` what we say of it."""
    moment = milliseconds(line.created_at)
    return {
        "id": str(line.pk),
        "activity_type": kind,
        "creation_timestamp": moment,
        "last_updated_timestamp": moment,
        "user_id": by,
        "from_stage": shown(change_request.from_stage),
        "to_stage": shown(change_request.to_stage),
        "comment": said,
        "system_comment": told,
    }


def webhook_body(webhook: Webhook) -> Json:
    """A registry webhook; its secret and its authorization never. Certificates are always checked."""
    body = {
        "id": str(webhook.pk),
        "events": webhook.events,
        "status": status_of(webhook),
        "http_url_spec": {"url": webhook.url, "enable_ssl_verification": True},
        "creation_timestamp": milliseconds(webhook.created_at),
        "last_updated_timestamp": milliseconds(webhook.updated_at),
    }
    named = {"model_name": webhook.model.name} if webhook.model else {}
    return body | named | ({"description": webhook.description} if webhook.description else {})


def comment(said: Comment, available: list[str]) -> Json:
    """Something that was said about a version."""
    return {
        "id": str(said.pk),
        "comment": said.words,
        "user_id": said.author.username,
        "creation_timestamp": milliseconds(said.created_at),
        "last_updated_timestamp": milliseconds(said.edited_at or said.created_at),
        "available_actions": actions(available),
    }

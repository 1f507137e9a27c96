"""The only place that writes requests, reviews, policies and comments. Every function runs inside an open `unit_of_work`."""

from approvals.services.comments import add_comment
from approvals.services.policies import set_policy
from approvals.services.requests import request_stage_change, revoke_stage_change, supersede
from approvals.services.reviews import approve_stage_change, reject_stage_change, withdraw_approval
from approvals.services.voiding import void_if_changed

__all__ = [
    "add_comment",
    "approve_stage_change",
    "reject_stage_change",
    "request_stage_change",
    "revoke_stage_change",
    "set_policy",
    "supersede",
    "void_if_changed",
    "withdraw_approval",
]

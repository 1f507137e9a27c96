"""The only place that writes requests, reviews, checks, policies and comments. Every function runs inside an open `unit_of_work`."""

from approvals.services.break_glass import bypass_stage_change, sign_off_bypass
from approvals.services.checks import report_check
from approvals.services.comments import add_comment, delete_comment, edit_comment
from approvals.services.effects import supersede
from approvals.services.expiry import expire_stage_change, remind_of_expiry
from approvals.services.policies import confirm_policy, delete_group, set_policy
from approvals.services.requests import request_stage_change, revoke_stage_change
from approvals.services.reviews import approve_stage_change, reject_stage_change, withdraw_approval
from approvals.services.voiding import void_if_changed

__all__ = [
    "add_comment",
    "approve_stage_change",
    "bypass_stage_change",
    "confirm_policy",
    "delete_comment",
    "delete_group",
    "edit_comment",
    "expire_stage_change",
    "reject_stage_change",
    "remind_of_expiry",
    "report_check",
    "request_stage_change",
    "revoke_stage_change",
    "set_policy",
    "sign_off_bypass",
    "supersede",
    "void_if_changed",
    "withdraw_approval",
]

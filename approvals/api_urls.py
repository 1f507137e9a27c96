"""The API of stage change requests, comments, policies and proposals to weaken them."""

from django.urls import path

from approvals.api import comments, decisions, evidence, policies, proposals, requests
from registry.api_urls import VERSION

ONE = "stage-change-requests/<int:pk>"

urlpatterns = [
    path(f"{VERSION}/stage-change-requests", requests.VersionRequests.as_view(), name="api-version-requests"),
    path(f"{VERSION}/comments", comments.Comments.as_view(), name="api-comments"),
    path(f"{VERSION}/comments/<int:pk>", comments.OneComment.as_view(), name="api-comment"),
    path(f"{VERSION}/evidence", evidence.Evidence.as_view(), name="api-evidence"),
    path("stage-change-requests", requests.AllRequests.as_view(), name="api-requests"),
    path("stage-change-requests/bulk", decisions.Bulk.as_view(), name="api-requests-bulk"),
    path(ONE, requests.OneRequest.as_view(), name="api-request"),
    path(f"{ONE}/approve", decisions.Approve.as_view(), name="api-request-approve"),
    path(f"{ONE}/reject", decisions.Reject.as_view(), name="api-request-reject"),
    path(f"{ONE}/withdraw", decisions.Withdraw.as_view(), name="api-request-withdraw"),
    path(f"{ONE}/revoke", decisions.Revoke.as_view(), name="api-request-revoke"),
    path(f"{ONE}/bypass", decisions.BypassRequest.as_view(), name="api-request-bypass"),
    path(f"{ONE}/sign-off", decisions.SignOffRequest.as_view(), name="api-request-sign-off"),
    path(f"{ONE}/checks", decisions.Checks.as_view(), name="api-request-checks"),
    path(f"{ONE}/comment", decisions.RequestComment.as_view(), name="api-request-comment"),
    path("workspaces/<slug:ws>/stages/<str:key>/policy", policies.Policy.as_view(), name="api-policy"),
    path("workspaces/<slug:ws>/proposals", proposals.Proposals.as_view(), name="api-proposals"),
    path("proposals/<int:pk>/confirm", proposals.Confirm.as_view(), name="api-proposal-confirm"),
    path("proposals/<int:pk>/decline", proposals.Decline.as_view(), name="api-proposal-decline"),
]

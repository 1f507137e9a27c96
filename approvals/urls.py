"""Pages of stage change requests: asking, deciding, the inbox, and what each stage demands."""

from django.urls import path

from approvals.views import (
    break_glass,
    bulk,
    changes,
    comments,
    decisions,
    evidence,
    inbox,
    picker,
    policies,
    proposals,
    requests,
)

VERSION = "w/<slug:ws>/models/<str:name>/versions/<int:number>"

urlpatterns = [
    path("w/<slug:ws>/models/<str:name>/change-stage", picker.choose_version, name="model-change-stage"),
    path(f"{VERSION}/change-stage", changes.change_stage, name="change-stage"),
    path(f"{VERSION}/evidence", evidence.evidence, name="version-evidence"),
    path("w/<slug:ws>/stages/<slug:key>/policy", policies.change_policy, name="policy"),
    path("proposals/<int:pk>/confirm", proposals.confirm_proposal, name="proposal-confirm"),
    path("proposals/<int:pk>/decline", proposals.decline, name="proposal-decline"),
    path("requests/<int:pk>", requests.show_request, name="request"),
    path("requests/<int:pk>/approve", decisions.approve, name="request-approve"),
    path("requests/<int:pk>/reject", decisions.reject, name="request-reject"),
    path("requests/<int:pk>/withdraw", decisions.withdraw, name="request-withdraw"),
    path("requests/<int:pk>/revoke", decisions.revoke, name="request-revoke"),
    path("requests/<int:pk>/bypass", break_glass.bypass, name="request-bypass"),
    path("requests/<int:pk>/sign-off", break_glass.sign_off, name="request-sign-off"),
    path("comments/<int:pk>/edit", comments.edit, name="comment-edit"),
    path("comments/<int:pk>/delete", comments.delete, name="comment-delete"),
    path("requests/<int:pk>/comment", decisions.comment_on_request, name="request-comment"),
    path("approvals", inbox.show_inbox, name="approvals"),
    path("approvals/selected", bulk.decide_selected, name="approvals-selected"),
]

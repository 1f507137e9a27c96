"""The API of people, their workspaces' memberships and approver groups, delegations, and tokens."""

from django.urls import path

from accounts.api import delegations, groups, people, tokens

GROUP = "workspaces/<slug:ws>/groups/<str:key>"

urlpatterns = [
    path("me", people.Me.as_view(), name="api-me"),
    path("workspaces/<slug:ws>/members", people.Members.as_view(), name="api-members"),
    path("workspaces/<slug:ws>/members/<str:username>", people.Member.as_view(), name="api-member"),
    path("workspaces/<slug:ws>/groups", groups.Groups.as_view(), name="api-groups"),
    path(GROUP, groups.OneGroup.as_view(), name="api-group"),
    path(f"{GROUP}/members/<str:username>", groups.GroupPerson.as_view(), name="api-group-member"),
    path("delegations", delegations.Delegations.as_view(), name="api-delegations"),
    path("delegations/<int:pk>", delegations.OneDelegation.as_view(), name="api-delegation"),
    path("tokens", tokens.Tokens.as_view(), name="api-tokens"),
    path("tokens/<int:pk>", tokens.Token.as_view(), name="api-token"),
]

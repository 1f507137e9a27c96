"""The API of people, their workspaces' memberships, and tokens."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("me", api.Me.as_view(), name="api-me"),
    path("workspaces/<slug:ws>/members", api.Members.as_view(), name="api-members"),
    path("workspaces/<slug:ws>/members/<str:username>", api.Member.as_view(), name="api-member"),
    path("tokens", api.Tokens.as_view(), name="api-tokens"),
    path("tokens/<int:pk>", api.Token.as_view(), name="api-token"),
]

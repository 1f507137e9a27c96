"""The page of a workspace's repository of tags."""

from django.urls import path

from gto import views

urlpatterns = [
    path("w/<slug:ws>/git", views.tag_repository, name="tag-repository"),
    path("w/<slug:ws>/git/stop", views.stop, name="tag-repository-stop"),
    path("w/<slug:ws>/git/push", views.push, name="tag-repository-push"),
]

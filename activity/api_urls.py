"""The API of the log."""

from django.urls import path

from activity import api

urlpatterns = [path("activities", api.Activities.as_view(), name="api-activities")]

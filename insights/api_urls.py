"""The API of the figures."""

from django.urls import path

from insights import api

urlpatterns = [path("insights", api.Insights.as_view(), name="api-insights")]

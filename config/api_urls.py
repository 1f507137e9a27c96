"""The API's schema, and its page."""

from django.urls import path

from config import docs

urlpatterns = [
    path("schema", docs.Schema.as_view(), name="api-schema"),
    path("docs", docs.docs, name="api-docs"),
]

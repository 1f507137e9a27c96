"""The API of imports."""

from django.urls import path

from imports import api

ALL = "workspaces/<slug:ws>/imports"

urlpatterns = [
    path(ALL, api.Imports.as_view(), name="api-imports"),
    path(f"{ALL}/<int:pk>", api.OneImport.as_view(), name="api-import"),
    path(f"{ALL}/<int:pk>/resume", api.Resume.as_view(), name="api-import-resume"),
]

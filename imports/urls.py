"""The pages of imports."""

from django.urls import path

from imports import views

ALL = "w/<slug:ws>/imports"

urlpatterns = [
    path(ALL, views.imports, name="imports"),
    path(f"{ALL}/<int:pk>", views.one_import, name="import"),
    path(f"{ALL}/<int:pk>/resume", views.resume, name="import-resume"),
]

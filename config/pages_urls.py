"""Pages that belong to no app: health, and what each refusal means."""

from django.urls import path

from config import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("problems", views.problems, name="problems"),
    path("problems/<slug:code>", views.problem, name="problem"),
    path("favicon.ico", views.favicon, name="favicon"),
]

"""Pages that belong to no app: health, and what each refusal means."""

from django.urls import path

from config import live, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("live", live.live, name="live"),
    path("metrics", views.metrics, name="metrics"),
    path("problems", views.problems, name="problems"),
    path("problems/<slug:code>", views.problem, name="problem"),
    path("favicon.ico", views.favicon, name="favicon"),
]

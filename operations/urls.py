"""The page of queues and workers."""

from django.urls import path

from operations import views

urlpatterns = [
    path("operations", views.show, name="operations"),
    path("operations/try-lines", views.try_lines, name="operations-try-lines"),
    path("operations/try-messages", views.try_messages, name="operations-try-messages"),
]

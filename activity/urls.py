"""Pages of the activity log."""

from django.urls import path

from activity import views

urlpatterns = [
    path("activity", views.show_activity, name="activity"),
    path("activity/<int:pk>", views.show_line, name="activity-line"),
]

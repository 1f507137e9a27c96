"""The page of charts."""

from django.urls import path

from insights import views

urlpatterns = [path("insights", views.show_insights, name="insights")]

"""Addresses of the console."""

from django.urls import path

from interventions import views

urlpatterns = [
    path("", views.queue, name="queue"),
    path("status/", views.status_strip, name="status_strip"),
]

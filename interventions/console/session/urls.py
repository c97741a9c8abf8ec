"""Addresses of interventions/console/session."""

from django.urls import path

from interventions.console.session import views

urlpatterns = [
    path("session/", views.state, name="session_state"),
    path("session/back/", views.back, name="session_back"),
]

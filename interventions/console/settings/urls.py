"""Addresses of interventions/console/settings."""

from django.urls import path

from interventions.console.settings import views

urlpatterns = [
    path("settings/", views.own_settings, name="settings"),
    path("settings/keyboard/", views.keyboard, name="settings_keyboard"),
]

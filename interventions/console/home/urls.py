"""Addresses of interventions/console/home."""

from django.urls import path

from interventions.console.home import views

urlpatterns = [path("", views.home, name="home")]

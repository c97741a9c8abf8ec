"""Addresses of interventions/console/profile."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

"""Addresses of interventions/console/alerts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

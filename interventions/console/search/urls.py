"""Addresses of interventions/console/search."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

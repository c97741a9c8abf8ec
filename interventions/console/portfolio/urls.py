"""Addresses of interventions/console/portfolio."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

"""Addresses of interventions/console/portfolio."""

from django.urls import URLPattern, path

from interventions.console.portfolio import views

urlpatterns: list[URLPattern] = [path("portfolio/", views.portfolio, name="portfolio")]

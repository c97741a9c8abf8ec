"""Addresses of interventions/console/search."""

from django.urls import path

from interventions.console.search import views

urlpatterns = [path("search/", views.palette, name="palette")]

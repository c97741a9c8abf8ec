"""Addresses of the model page."""

from django.urls import path

from risk import views

urlpatterns = [
    path("", views.models, name="models"),
    path("now/", views.models_now, name="models_now"),
    path("<int:pk>/", views.models, name="model"),
]

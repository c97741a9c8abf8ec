"""Addresses for providers and customers; behind a proxy only these need to be public."""

from django.urls import path

from interventions.sending import provider_views

urlpatterns = [
    path("twilio/status/<uuid:key>/", provider_views.status, name="provider_status"),
    path("twilio/messages/", provider_views.message, name="provider_message"),
    path("unsubscribe/<str:token>/", provider_views.unsubscribe, name="provider_unsubscribe"),
]

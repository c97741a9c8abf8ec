"""Addresses of the customer's page, short enough for an SMS; like the providers', they need to be public."""

from django.urls import path

from interventions.answering import views
from interventions.answering.forms import FORMS

urlpatterns = [
    path("<str:token>", views.page, name="customer_page"),
    path("<str:token>/instalment", views.instalment, name="customer_page_instalment"),
    *(
        path(f"<str:token>/{name}", views.answer, {"name": name}, name=f"customer_page_{name}")
        for name in FORMS
    ),
    path("<str:token>/said/<int:pk>", views.thanks, name="customer_page_thanks"),
    path("<str:token>/said/<int:pk>/back", views.take_back, name="customer_page_take_back"),
]

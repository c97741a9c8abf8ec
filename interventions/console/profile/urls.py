"""Addresses of interventions/console/profile."""

from django.urls import URLPattern, path

from interventions.console.profile import views

urlpatterns: list[URLPattern] = [
    path("customers/", views.customers, name="customers"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/freshness/", views.freshness, name="customer_freshness"),
    path("customers/<int:pk>/way-out/", views.way_out, name="customer_way_out"),
    path("customers/<int:pk>/what-if/", views.what_if, name="customer_what_if"),
    path("customers/<int:pk>/brief/", views.brief, name="customer_brief"),
    path("customers/<int:pk>/notes/", views.note, name="customer_note"),
    path("customers/<int:pk>/receipts/<int:revision>/", views.receipt, name="customer_receipt"),
    path("customers/<int:pk>/charts/<slug:key>.csv", views.chart_file, name="customer_chart"),
    path("customers/<int:pk>/reveal/<str:what>/", views.reveal, name="customer_reveal"),
]

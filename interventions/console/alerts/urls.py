"""Addresses of the alerts."""

from django.urls import path

from interventions.console.alerts import views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/bell/", views.bell, name="alerts_bell"),
    path("alerts/panel/", views.panel, name="alerts_panel"),
    path("alerts/read/", views.read_all, name="alerts_read"),
    path("alerts/together/<str:kind>/", views.together, name="alerts_together"),
    path("alerts/<int:pk>/", views.open_alert, name="alert"),
    path("alerts/<int:pk>/read/", views.read, name="alert_read"),
    path("alerts/<int:pk>/acknowledge/", views.acknowledge, name="alert_acknowledge"),
    path("settings/alerts/", views.alert_settings, name="settings_alerts"),
]

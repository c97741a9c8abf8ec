"""Addresses of interventions/console/queue."""

from django.urls import path

from interventions.console.queue import views

urlpatterns = [
    path("queue/matching/", views.matching, name="queue_matching"),
    path("queue/export/", views.export_csv, name="queue_export"),
    path("queue/bulk/", views.bulk, name="queue_bulk"),
    path("queue/done/", views.done, name="queue_done"),
    path("queue/views/", views.saved, name="queue_views"),
    path("queue/views/save/", views.save, name="queue_view_save"),
    path("queue/views/begin/", views.begin, name="queue_view_begin"),
    path("queue/views/<int:pk>/", views.change, name="queue_view_change"),
    path("queue/views/<int:pk>/delete/", views.delete, name="queue_view_delete"),
]

"""Addresses of the console."""

from django.urls import path

from interventions.console import case_act, case_views, outbox_views, report_views, undo_views, views
from interventions.console.alerts import urls as alerts
from interventions.console.board import urls as board
from interventions.console.case_actions import ACTIONS
from interventions.console.home import urls as home
from interventions.console.portfolio import urls as portfolio
from interventions.console.profile import urls as profile
from interventions.console.queue import urls as queue
from interventions.console.search import urls as search
from interventions.console.session import urls as session
from interventions.console.settings import urls as settings

urlpatterns = [
    *home.urlpatterns,
    *portfolio.urlpatterns,
    *profile.urlpatterns,
    *alerts.urlpatterns,
    *search.urlpatterns,
    *session.urlpatterns,
    *settings.urlpatterns,
    *queue.urlpatterns,
    path("queue/", views.queue, name="queue"),
    path("status/", views.status_strip, name="status_strip"),
    *board.urlpatterns,
    path("cases/", case_views.centre, name="cases"),
    path("cases/next/", case_views.next_case, name="case_next"),
    path("cases/bulk/", case_views.bulk, name="cases_bulk"),
    path("cases/undo/<str:what>/<str:of>/", undo_views.undo, name="case_undo"),
    path("cases/<int:pk>/", case_views.case, name="case"),
    path("cases/<int:pk>/preview/", case_views.preview, name="case_preview"),
    path("cases/<int:pk>/freshness/", case_views.freshness, name="case_freshness"),
    path("cases/<int:pk>/spoken/<int:intervention_id>/", case_views.spoken, name="case_spoken"),
    path("cases/<int:pk>/reveal/<str:what>/", case_views.reveal, name="case_reveal"),
    path("cases/<int:pk>/pack/<str:form>/", report_views.case_pack, name="case_pack"),
    *(path(f"cases/<int:pk>/{name}/", case_act.act, {"name": name}, name=f"case_{name}") for name in ACTIONS),
    path("outbox/", outbox_views.outbox, name="outbox"),
    path("outbox/<uuid:pk>/dealt/", outbox_views.deal, name="outbox_dealt"),
    path("outbox/breaker/open/", outbox_views.open_breaker, name="breaker_open"),
    path("outbox/breaker/ask/", outbox_views.ask_reset, name="breaker_ask"),
    path("outbox/breaker/confirm/", outbox_views.confirm_reset, name="breaker_confirm"),
    path("measuring/", report_views.measuring, name="measuring"),
    path("what-if/", report_views.what_if, name="what_if"),
]

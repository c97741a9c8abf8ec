"""Addresses of the supervisors' board."""

from django.urls import path

from interventions.console.board import views

urlpatterns = [
    path("cases/board/", views.board, name="case_board"),
    path("cases/board/reassign/", views.reassign, name="case_board_reassign"),
    path("cases/board/back/<int:pk>/", views.is_back, name="case_board_back"),
]

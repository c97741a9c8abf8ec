"""What the settings ask of every connection to the database."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def test_connections_do_not_wait_in_a_transaction_for_ever() -> None:
    assert shown("idle_in_transaction_session_timeout") == "2min"
    assert shown("lock_timeout") == "0"


def test_silent_server_is_noticed() -> None:
    connection.ensure_connection()

    parameters = connection.connection.info.get_parameters()

    assert (parameters["connect_timeout"], parameters["tcp_user_timeout"]) == ("5", "15000")

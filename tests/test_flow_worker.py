"""The worker as a process: what a lost connection costs it."""

from pathlib import Path

import pytest
from celery import current_app
from django.db import connection

from customers.tests.factories import CustomerFactory
from risk.models import CurrentRisk, RiskTrendPoint
from risk.services import mark_dirty
from tests.programs import CELERY, Program

pytestmark = [
    pytest.mark.flow,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
END_THE_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def end_connections() -> int:
    """End everybody else's connections; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(END_THE_OTHERS)
        return int(cursor.fetchone()[0])


def test_a_child_whose_connection_was_lost_works_again(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    command = (*CELERY, "worker", "--concurrency", "1", "--loglevel", "ERROR")
    with Program(*command, environment=process_environment, output=tmp_path / "worker.log") as worker:
        current_app.send_task("risk.tasks.trend")
        worker.until(RiskTrendPoint.objects.exists)

        assert end_connections() == 1
        # Its query runs outside a transaction, where Django drops no broken connection by itself.
        current_app.send_task("risk.tasks.trend")
        worker.until(lambda: "OperationalError" in worker.said())
        mark_dirty([CustomerFactory.create().pk])
        current_app.send_task("risk.tasks.cycle")

        worker.until(CurrentRisk.objects.exists)

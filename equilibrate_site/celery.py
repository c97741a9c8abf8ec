"""The Celery application. Messages carry ids or nothing, never facts."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_failure, task_retry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "equilibrate_site.settings")
app = Celery("equilibrate")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_failure.connect  # type: ignore[untyped-decorator]  # celery ships no types
@task_retry.connect  # type: ignore[untyped-decorator]  # celery ships no types
def forget_connections(*, sender: Any, **kwargs: Any) -> None:
    """Let the next task connect anew: Django keeps a connection that the server has ended for as long as it may."""
    from django.db import connections

    if not sender.request.is_eager:
        connections.close_all()

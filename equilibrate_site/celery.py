"""The Celery application. Messages carry ids or nothing, never facts."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "equilibrate_site.settings")
app = Celery("equilibrate")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

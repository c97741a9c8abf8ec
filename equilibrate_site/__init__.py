"""The Django project: settings, entry points and the commands that see every app."""

from equilibrate_site.celery import app as celery_app

__all__ = ["celery_app"]

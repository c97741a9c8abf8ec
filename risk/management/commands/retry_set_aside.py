"""`manage.py retry_set_aside`: evaluate those once more whose evaluation failed."""

from typing import Any

from django.core.management.base import BaseCommand

from risk.services import set_aside_retry
from risk.wakes import Waker


class Command(BaseCommand):
    """For use after the cause was mended; safe to repeat, since who fails again is set aside again."""

    help = "Have the customers evaluated once more who were set aside because that failed."

    def handle(self, *args: Any, **options: Any) -> str:
        customers = set_aside_retry()
        Waker().wake()
        return f"{customers} customers will be evaluated again."

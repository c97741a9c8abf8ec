"""`manage.py rebuild_risk_cache`: fill the cache of features and risk from the database."""

import sys
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from risk.models import CurrentRisk
from risk.profile_cache import ProfileCache
from risk.rebuild import profiles_rebuild


class Command(BaseCommand):
    """Safe at any time and to repeat: it reads, and the cache refuses what is older than what it holds."""

    help = "Write the profile of every evaluated customer to the cache, for example after the cache was lost."

    def handle(self, *args: Any, **options: Any) -> str:
        columns = (TextColumn("profiles"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        done = 0
        try:
            with Progress(*columns, console=Console(file=sys.stderr)) as progress:
                bar = progress.add_task("profiles", total=CurrentRisk.objects.count())
                for done in profiles_rebuild(cache=ProfileCache()):
                    progress.update(bar, completed=done)
        except redis.RedisError as error:
            raise CommandError(f"The cache cannot be reached: {error}") from error
        return f"{done} profiles are in the cache."

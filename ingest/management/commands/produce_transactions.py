"""`manage.py produce_transactions`: the simulated portfolio's future, into the event log."""

import signal
import threading
from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import bank_clock
from ingest.models import SimulatedPortfolio
from ingest.simulator.pace import ClockPace, RatePace
from ingest.simulator.portfolio import PortfolioRefused, Recipe, recipe_of
from ingest.simulator.stream import StreamProducer


class Command(BaseCommand):
    """Produce what the simulated customers do next, until told to stop.

    It goes on where it stopped, and follows the bank's clock unless a rate is given. SIGTERM and SIGINT
    finish the batch at hand; while the event log or the database is away it waits.
    """

    help = "Stream the simulated portfolio's future to the event log until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rate",
            type=_rate,
            help="events a second instead of the bank's clock, at most a day ahead of it",
        )
        parser.add_argument("--seed", type=int, help="refuse to run unless the portfolio has this seed")
        parser.add_argument("--until", type=datetime.fromisoformat, help="end before this bank time")
        parser.add_argument("--limit", type=int, help="end after so many events")
        parser.add_argument("--topic", default=settings.KAFKA_TOPIC)

    def handle(self, *args: Any, **options: Any) -> None:
        recipe = self._recipe(seed=options["seed"])
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        until: datetime | None = options["until"]
        if until is not None and until.tzinfo is None:
            until = until.replace(tzinfo=bank_clock.zone())
        rate: float | None = options["rate"]
        producer = StreamProducer(
            recipe=recipe,
            topic=options["topic"],
            pace=ClockPace() if rate is None else RatePace(per_second=rate),
            stopping=stopping,
            until=until,
            limit=options["limit"],
        )
        producer.run()
        self.stdout.write(f"{producer.produced:,} events produced.")

    def _recipe(self, *, seed: int | None) -> Recipe:
        stored = SimulatedPortfolio.objects.first()
        if stored is None:
            raise CommandError("There is no simulated portfolio: make one with manage.py simulate_portfolio.")
        if seed is not None and seed != stored.seed:
            raise CommandError(
                f"The portfolio was made with seed {stored.seed}; no other seed continues its accounts."
            )
        try:
            return recipe_of(stored)
        except PortfolioRefused as refusal:
            raise CommandError(str(refusal)) from refusal


def _rate(text: str) -> float:
    rate = float(text)
    if rate <= 0:
        raise ArgumentTypeError("must be greater than 0")
    return rate

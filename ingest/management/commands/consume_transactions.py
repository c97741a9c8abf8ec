"""`manage.py consume_transactions`: the event log's transactions into the database."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.management.source_argument import add_source
from ingest.consumer import TransactionConsumer
from ingest.event_log import EventLogUnavailable, MembershipLost, PositionLost


class Command(BaseCommand):
    """Read the event log and store its transactions until told to stop.

    SIGTERM and SIGINT finish the batch at hand and leave the group. Exits with 1 where only a fresh start helps, so
    that a supervisor starts it again.
    """

    help = "Store the event log's transactions until stopped. Several may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--topic", default=settings.KAFKA_TOPIC)
        add_source(parser, help_text="the system the topic comes from")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        consumer = TransactionConsumer(topic=options["topic"], source=options["source"], stopping=stopping)
        try:
            consumer.run()
        except EventLogUnavailable as error:
            raise CommandError(f"{error}. Is Kafka running at KAFKA_BOOTSTRAP_SERVERS?") from error
        except (MembershipLost, PositionLost) as error:
            raise CommandError(f"start again: {error}") from error

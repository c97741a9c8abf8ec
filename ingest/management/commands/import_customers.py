"""`manage.py import_customers FILE`: customers and, where the file has the columns, their loans."""

from argparse import ArgumentTypeError
from collections.abc import Set
from typing import Any

from django.core.management.base import CommandParser

from customers.importers import customers, parsing
from customers.importers.customers import CustomerImporter
from customers.management.import_command import ImportCommand
from risk.services import mark_dirty


class Command(ImportCommand):
    """Create customers, complete provisional ones, change what differs; loans get their schedule."""

    help = "Import customers and their loans from a CSV file. docs/importing.md describes the fields."
    kind = "customers"
    fields = customers.FIELDS
    required = customers.REQUIRED

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--age-as-of", type=_day, help="YYYY-MM-DD on which the ages held; the bank's today unless given"
        )

    def make_importer(self, *, options: dict[str, Any], present: Set[str]) -> CustomerImporter:
        settings = customers.Settings(
            source=options["source"], age_as_of=options["age_as_of"], recorded_at=options["recorded_at"]
        )
        return CustomerImporter(settings=settings, present=present, mark_dirty=mark_dirty)


def _day(text: str) -> Any:
    try:
        return parsing.past_day(text)
    except parsing.InvalidRow as error:
        raise ArgumentTypeError(str(error)) from error

"""The option --source: the system that customers are of."""

import re
from argparse import ArgumentTypeError

from django.core.management.base import CommandParser

from customers.models.customer import DEFAULT_SOURCE, SOURCE_PATTERN


def add_source(parser: CommandParser, *, help_text: str) -> None:
    """Let a command take --source; anything but a plain word is refused."""
    parser.add_argument("--source", default=DEFAULT_SOURCE, type=_source, help=help_text)


def _source(text: str) -> str:
    if not re.fullmatch(SOURCE_PATTERN, text):
        raise ArgumentTypeError(f"{text!r} is no name of a source: 1 to 32 of small letters, digits, - and _")
    return text

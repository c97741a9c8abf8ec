"""Structured logs: one JSON line per event, with personal data masked."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys that hold personal data wherever they appear; their values never reach a log.
PERSONAL_KEYS = frozenset(
    {"full_name", "phone", "email", "birth_on", "account_id", "merchant", "raw", "value"}
)
# Written by ourselves or the library, or needed to find what a line is about.
PLAIN_KEYS = frozenset({"timestamp", "level", "logger", "customer_id", "bank_id"})
# Ten to fifteen digits, alone or in groups. Not the decimals of a number, a date with its time, or part of an id.
PHONE = re.compile(
    r"""
    (?<![\w.]) (?<![0-9a-f]{4}-) (?!\d{4}-\d\d-\d\d(?!\d))
    \+? (?:\((?=\d{1,5}\)))? \d (?:[\ ()-]{0,2}\d){9,14}
    (?!\w|\.\d|-[0-9a-f])
    """,
    re.VERBOSE,
)
# The secret part of the address of a customer's page (`interventions.contact.page_links`).
PAGE_TOKEN = re.compile(r"(?<=/h/)[0-9A-Za-z]{8,}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def mask_personal_data(
    logger: Any, method_name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace personal values by a mask: by key and, in every other text, by shape.

    A library's message, an error's text and a traceback may all quote what a customer wrote.
    """
    for key, value in event.items():
        if key in PERSONAL_KEYS:
            event[key] = "•••"
        elif isinstance(value, str) and key not in PLAIN_KEYS:
            event[key] = PAGE_TOKEN.sub("•••", EMAIL.sub("•••@•••", PHONE.sub("•••", value)))
    return event


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    mask_personal_data,
]
FINAL_PROCESSORS: list[Any] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.JSONRenderer(),
]


def configure() -> None:
    """Route structlog through the standard library, so that libraries and our own lines look alike."""
    structlog.configure(
        processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

"""Structured logs: one JSON line per event, with personal data masked."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys that hold personal data wherever they appear; their values never reach a log.
PERSONAL_KEYS = frozenset(
    {"full_name", "phone", "email", "birth_on", "account_id", "merchant", "raw", "value"}
)
PHONE = re.compile(r"\+?\d[\d\s-]{8,}\d")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def mask_personal_data(
    logger: Any, method_name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace personal values by a mask, by key and, in the message itself, by shape."""
    for key in PERSONAL_KEYS & event.keys():
        event[key] = "•••"
    message = event.get("event")
    if isinstance(message, str):
        event["event"] = EMAIL.sub("•••@•••", PHONE.sub("•••", message))
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

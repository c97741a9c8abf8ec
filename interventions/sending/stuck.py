"""A delivery that breaks whatever handles it: people are told, and the others go on."""

import traceback
import uuid

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_noop

from risk.alerts import raise_operational

log = structlog.get_logger(__name__)


def tell(delivery_id: uuid.UUID, error: Exception) -> None:
    """Tell of one delivery.

    Raises:
        OperationalError, InterfaceError: the database is away, which is no fault of the message.
    """
    if isinstance(error, OperationalError | InterfaceError):
        raise error
    # Without the exception's text, which may quote the row.
    frames = traceback.format_tb(error.__traceback__)
    log.error("a delivery is stuck", delivery=str(delivery_id), error=type(error).__name__, frames=frames)
    raise_operational(
        dedupe_key=f"delivery.stuck.{delivery_id}",
        message=gettext_noop(
            "A message cannot be handled and stays where it is; the log says where it breaks."
        ),
        detail={"delivery": str(delivery_id), "error": type(error).__name__},
    )

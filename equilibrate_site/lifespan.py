"""What a web process does as it starts: it makes the model ready, so that nobody who opens a row waits for that."""

import threading
from typing import Any

import structlog
from django.db import DatabaseError, connection

from risk.model.on_reading import process_reader

log = structlog.get_logger(__name__)


async def lifespan(_scope: Any, receive: Any, send: Any) -> None:
    """ASGI's lifespan. Requests are served meanwhile: loading XGBoost and a version takes a second or two."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            threading.Thread(target=_ready, name="model", daemon=True).start()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _ready() -> None:
    try:
        process_reader().ready()
    except DatabaseError as error:
        # The first who reads a customer's reasons loads it then.
        log.warning("model not made ready", error=str(error))
    finally:
        connection.close()

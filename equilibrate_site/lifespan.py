"""What a web process does as it starts: it makes ready what the first readers would wait for, the model above all."""

import gc
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
        # What a process has loaded stays: without this, every full collection would look through all of it again, and
        # whoever waits for a page meanwhile waits for that, too.
        gc.collect()
        gc.freeze()
    except DatabaseError as error:
        # The first who reads a customer's reasons loads it then.
        log.warning("model not made ready", error=str(error))
    finally:
        connection.close()

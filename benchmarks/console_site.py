"""The site as uvicorn serves it, with a clock around every answer: for `script/bench console` alone.

Each process appends one JSON line per answered request to `times-<pid>.jsonl` in BENCH_DIRECTORY: when it was answered,
the address, the status, and the milliseconds from the arrival of the request to the last byte of the answer, waiting
included.
"""

import json
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from equilibrate_site.asgi import application as site

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_times = (Path(os.environ["BENCH_DIRECTORY"]) / f"times-{os.getpid()}.jsonl").open("a", buffering=1)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve, and note how long it took."""
    if scope["type"] != "http":
        await site(scope, receive, send)
        return
    status = 0
    began = time.perf_counter()

    async def noting(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    try:
        await site(scope, receive, noting)
    finally:
        took_ms = 1000 * (time.perf_counter() - began)
        _times.write(
            json.dumps(
                {
                    "at": round(time.time(), 2),
                    "path": scope["path"],
                    "query": scope["query_string"].decode(),
                    "status": status,
                    "ms": round(took_ms, 2),
                }
            )
            + "\n"
        )

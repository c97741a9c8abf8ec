"""A browser's end of a WebSocket, in memory and in the test's own context and transaction."""

import asyncio
import json
from typing import Any

from equilibrate_site.asgi import application

SOON_SECONDS = 20


class Socket:
    """A WebSocket to the site."""

    def __init__(self, path: str, *, cookies: str = "", origin: str = "http://localhost") -> None:
        headers = [(b"host", b"localhost"), (b"origin", origin.encode()), (b"cookie", cookies.encode())]
        self._scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers}
        self._to_site: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_site: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def connect(self) -> int | None:
        """Connect; returns None when accepted, else the code with which it was refused."""
        self._task = asyncio.create_task(application(self._scope, self._to_site.get, self._from_site.put))
        await self._to_site.put({"type": "websocket.connect"})
        answer = await self.receive()
        return None if answer["type"] == "websocket.accept" else answer.get("code", 1000)

    async def receive(self) -> dict[str, Any]:
        """The next ASGI message from the site."""
        async with asyncio.timeout(SOON_SECONDS):
            return await self._from_site.get()

    async def hear(self) -> dict[str, Any]:
        """The next message in words."""
        output = await self.receive()
        assert output["type"] == "websocket.send", output
        message: dict[str, Any] = json.loads(output["text"])
        return message

    async def say(self, **frame: Any) -> None:
        """Send one frame, text or bytes."""
        await self._to_site.put({"type": "websocket.receive", **frame})

    async def disconnect(self) -> None:
        """Go away, and wait until the site has noticed."""
        await self._to_site.put({"type": "websocket.disconnect", "code": 1000})
        if self._task:
            async with asyncio.timeout(SOON_SECONDS):
                await self._task

"""HTTP by Django, each request in one thread from its first middleware to its last.

No view and no middleware of ours awaits anything. Served as Django would serve them, every middleware would be a hop
from the event loop to the request's thread and back, some thirty for a page, and each waits for the interpreter's lock
while other pages are being written.
"""

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http.response import HttpResponseBase


class OneThreadHandler(ASGIHandler):
    """Django's handler with a synchronous chain of middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]
        """Answer in the thread that this request has."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def application() -> OneThreadHandler:
    """Django with its apps loaded, as an ASGI application."""
    django.setup(set_prefix=False)
    return OneThreadHandler()

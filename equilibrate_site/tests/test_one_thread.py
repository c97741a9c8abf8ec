"""Under ASGI a request is answered by one thread, and by another than the event loop's."""

import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from pytest_django.fixtures import Settings

from equilibrate_site.one_thread import OneThreadHandler

seen: list[int] = []


class Noting(MiddlewareMixin):
    """Notes the thread at every step at which Django asks a middleware."""

    def process_request(self, request: HttpRequest) -> None:
        seen.append(threading.get_ident())

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, named: Any) -> None:
        seen.append(threading.get_ident())

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        seen.append(threading.get_ident())
        return response


@async_to_sync
async def answered(path: str) -> tuple[int, int]:
    """The status of an answer, and the thread of the event loop."""
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    asked = ApplicationCommunicator(OneThreadHandler(), {**scope, "headers": [(b"host", b"localhost")]})
    await asked.send_input({"type": "http.request", "body": b""})
    begun = await asked.receive_output(timeout=10)
    rest = await asked.receive_output(timeout=10)
    await asked.wait(timeout=10)
    assert rest["type"] == "http.response.body"
    return begun["status"], threading.get_ident()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "status"), [("/accounts/login/", 200), ("/nowhere/", 404)])
def test_request_has_one_thread(settings: Settings, path: str, status: int) -> None:
    seen.clear()
    noting = f"{__name__}.Noting"
    settings.MIDDLEWARE = [noting, *settings.MIDDLEWARE, noting]

    found, loop = answered(path)

    assert found == status
    assert len(seen) >= 4 and len(set(seen)) == 1 and loop not in seen

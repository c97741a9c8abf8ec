"""One id for everything that a request sets off: in its answer, in logs, in audit events, and in its Celery tasks.

A caller's own `X-Request-ID` is taken over where it is harmless, so that a gateway's log and ours can be joined.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse

from audit import request_context

HEADER = "X-Request-ID"
KEY = "request_id"
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class RequestIdMiddleware:
    """Gives each request its id, and its answer the same."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if self.is_async:
            return self._answer_async(request)
        request_id = id_of(request)
        token = _request.set(request)
        try:
            with (
                request_context.use(request_id),
                structlog.contextvars.bound_contextvars(request_id=request_id),
            ):
                response: HttpResponse = self.get_response(request)
        finally:
            _request.reset(token)
        response[HEADER] = request_id
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponse:
        request_id = id_of(request)
        token = _request.set(request)
        try:
            with (
                request_context.use(request_id),
                structlog.contextvars.bound_contextvars(request_id=request_id),
            ):
                response: HttpResponse = await self.get_response(request)
        finally:
            _request.reset(token)
        response[HEADER] = request_id
        return response


def id_of(request: HttpRequest) -> str:
    """The caller's id where it is harmless, else a new one."""
    given = request.headers.get(HEADER, "")
    return given if request_context.is_valid(given) else request_context.new()


def current_request() -> HttpRequest | None:
    """The request that is being answered; None outside of any."""
    return _request.get()


@before_task_publish.connect  # type: ignore[untyped-decorator]  # celery ships no types
def send_along(*, headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A task that a request sets off carries the request's id."""
    if headers is not None and request_context.current():
        headers[KEY] = request_context.current()


class TaskIds:
    """The id of the task that this process runs: the request's that set it off, else one of its own."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[Any, Mapping[str, Token[Any]]]] = {}

    def begin(self, *, task_id: str, task: Any, **_: Any) -> None:
        """The task begins."""
        given = getattr(task.request, KEY, None) or ""
        request_id = given if request_context.is_valid(given) else request_context.new()
        inside = request_context.use(request_id)
        inside.__enter__()
        self._tokens[task_id] = inside, structlog.contextvars.bind_contextvars(request_id=request_id)

    def end(self, *, task_id: str, **_: Any) -> None:
        """The task has ended."""
        begun = self._tokens.pop(task_id, None)
        if begun is not None:
            inside, tokens = begun
            inside.__exit__(None, None, None)
            structlog.contextvars.reset_contextvars(**tokens)


task_ids = TaskIds()
task_prerun.connect(task_ids.begin)
task_postrun.connect(task_ids.end)

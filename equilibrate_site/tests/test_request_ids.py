"""One id for a request: in its answer, in its audit events and in the tasks it sets off."""

from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from audit import request_context
from audit.models import AuditEvent
from equilibrate_site import request_ids
from equilibrate_site.request_ids import RequestIdMiddleware, TaskIds, current_request, send_along

GIVEN = "gateway-0001"


def test_harmless_id_of_a_caller_is_taken_over(client: Client) -> None:
    assert client.get("/accounts/login/", headers={"X-Request-ID": GIVEN})["X-Request-ID"] == GIVEN


@pytest.mark.parametrize("given", ["", "short", "a b c d e f g", "x" * 65, "<script>alert(1)</script>"])
def test_other_ids_are_replaced(client: Client, given: str) -> None:
    answered = client.get("/accounts/login/", headers={"X-Request-ID": given})["X-Request-ID"]

    assert answered != given
    assert request_context.is_valid(answered)


@pytest.mark.django_db
def test_event_of_a_request_carries_its_id() -> None:
    client = Client(headers={"X-Request-ID": GIVEN})
    client.post("/accounts/login/", {"login": "nobody", "password": "wrong"})

    assert AuditEvent.objects.get(action="accounts.login.failed").request_id == GIVEN


def test_id_and_request_are_those_of_the_answer_alone(rf: RequestFactory) -> None:
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.extend([request_context.current(), current_request() is request])
        return HttpResponse()

    RequestIdMiddleware(view)(rf.get("/", headers={"X-Request-ID": GIVEN}))

    assert seen == [GIVEN, True]
    assert (request_context.current(), current_request()) == ("", None)


def test_asynchronous_view_has_its_id(rf: RequestFactory) -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request_context.current())

    async def answer() -> HttpResponse:
        found: HttpResponse = await RequestIdMiddleware(view)(rf.get("/", headers={"X-Request-ID": GIVEN}))  # type: ignore[misc]
        return found

    response = async_to_sync(answer)()
    assert (response.content.decode(), response["X-Request-ID"]) == (GIVEN, GIVEN)


def test_under_asgi_it_is_the_same() -> None:
    async def answer() -> Any:
        return await AsyncClient().get("/accounts/login/", headers={"X-Request-ID": GIVEN})

    assert async_to_sync(answer)()["X-Request-ID"] == GIVEN


def test_task_gets_the_id_of_the_request_that_set_it_off() -> None:
    headers: dict[str, Any] = {}
    with request_context.use(GIVEN):
        send_along(headers=headers)
    ids, task = TaskIds(), SimpleNamespace(request=SimpleNamespace(**headers))

    ids.begin(task_id="1", task=task)
    inside = request_context.current()
    ids.end(task_id="1")
    ids.end(task_id="1")

    assert (inside, request_context.current()) == (GIVEN, "")


def test_task_of_nobody_gets_an_id_of_its_own() -> None:
    headers: dict[str, Any] = {}
    send_along(headers=headers)
    send_along()
    ids = TaskIds()

    ids.begin(task_id="1", task=SimpleNamespace(request=SimpleNamespace()))
    inside = request_context.current()
    ids.end(task_id="1")

    assert headers == {}
    assert request_context.is_valid(inside)


def test_celery_knows_them() -> None:
    from celery.signals import before_task_publish, task_postrun, task_prerun

    for signal in (before_task_publish, task_prerun, task_postrun):
        assert signal.receivers
    assert request_ids.KEY == "request_id"

"""A web process makes the model ready as it starts, and starts whatever comes of it."""

import threading
from typing import Any

import pytest
import structlog
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError

from equilibrate_site import lifespan
from equilibrate_site.asgi import application


class Reader:
    """Notes that it was made ready, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.threads: list[str] = []

    def ready(self) -> None:
        self.threads.append(threading.current_thread().name)
        if self.error:
            raise self.error


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader()
    monkeypatch.setattr(lifespan, "process_reader", lambda: made)
    return made


async def live() -> list[dict[str, Any]]:
    process = ApplicationCommunicator(application, {"type": "lifespan"})
    answers = []
    for event in ("startup", "shutdown"):
        await process.send_input({"type": f"lifespan.{event}"})
        answers.append(await process.receive_output(timeout=30))
    await process.wait(timeout=30)
    return answers


def finish() -> None:
    for thread in threading.enumerate():
        if thread.name == "model":
            thread.join(timeout=30)


def test_model_is_made_ready_beside_the_requests(reader: Reader) -> None:
    answers = async_to_sync(live)()
    finish()

    assert [answer["type"] for answer in answers] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert reader.threads == ["model"]


def test_process_starts_though_the_database_is_away(reader: Reader) -> None:
    reader.error = OperationalError("connection refused")

    with structlog.testing.capture_logs() as logs:
        async_to_sync(live)()
        finish()

    assert [line["event"] for line in logs] == ["model not made ready"]

"""The demonstration's own decisions: its port, what it may remove, when its check is content."""

import socket
from pathlib import Path
from typing import Any

import pytest

from demonstration.bank import choose_port
from demonstration.check import standing_still
from embedded import EmbeddedError, Services
from embedded.memory import Memory
from embedded.ports import free_port

MOVING: dict[str, Any] = {
    "customers": 5_000,
    "streamed": 40,
    "assessments": 5_100,
    "levels": {"LOW": 4_700, "MEDIUM": 250, "HIGH": 50},
    "cases": {"open": 300, "resolved": 0, "steps": 300, "messages_sent": 0},
    "event_to_risk_ms": {"p50": 90.0, "p99": 300.0},
}


def test_a_taken_port_that_was_asked_for_is_refused(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(EmbeddedError, match=str(port)):
        choose_port(Memory(tmp_path / "memory.json"), port)


def test_the_port_is_remembered_while_it_is_free(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    port = choose_port(memory, free_port())

    assert choose_port(memory, None) == port
    with socket.create_server(("127.0.0.1", port)):
        assert choose_port(memory, None) != port


def test_check_is_content_when_everything_moved() -> None:
    assert standing_still(MOVING) == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("customers", 0, "customer is stored"),
        ("streamed", 0, "stream"),
        ("assessments", 0, "assessed"),
        ("cases", {"open": 0, "resolved": 0, "steps": 0, "messages_sent": 0}, "case was opened"),
        ("event_to_risk_ms", {"p50": None, "p99": None}, "event to risk"),
        ("event_to_risk_ms", None, "event to risk"),
    ],
)
def test_check_says_what_stands_still(key: str, value: object, words: str) -> None:
    findings = standing_still({**MOVING, key: value})

    assert len(findings) == 1
    assert words in findings[0]


def test_reset_leaves_a_strangers_directory_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")

    with pytest.raises(EmbeddedError, match="something else"):
        Services(tmp_path, names=[], environ={}).erase()

    assert (tmp_path / "thesis.txt").exists()


def test_reset_removes_what_was_made_here(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    services = Services(directory, names=[], environ={})
    services.start()
    services.stop()

    services.erase()

    assert not directory.exists()

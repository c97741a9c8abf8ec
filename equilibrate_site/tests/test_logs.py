"""Logs: one JSON line per event, without personal data."""

import io
import json
import logging
from typing import Any

import pytest
import structlog

from equilibrate_site.logs import FINAL_PROCESSORS, PERSONAL_KEYS, SHARED_PROCESSORS, mask_personal_data


def masked(text: str) -> str:
    return str(mask_personal_data(None, "info", {"event": text})["event"])


@pytest.mark.parametrize(
    "phone",
    [
        "9876543210",
        "+919876543210",
        "+91 98765 43210",
        "+91-98765-43210",
        "98765-43210",
        "(022) 2345 6789",
        "+44 20 7946 0958",
    ],
)
def test_phone_numbers_are_masked(phone: str) -> None:
    assert masked(f"customer called from {phone}.") == "customer called from •••."
    assert masked(phone) == "•••"


@pytest.mark.parametrize(
    "text",
    [
        "Task risk.tasks.cycle succeeded in 0.1234567890s: None",
        "Task risk.tasks.cycle[550e8400-e29b-41d4-a716-446655440000] succeeded in 12.123456789012s",
        "evaluated as of 2026-02-17 12:30:00.123456+05:30",
        "from 2026-02-17 to 2026-02-18",
        "stored 20000 rows in 1.5 s, offset 123456789",
        "connecting to 192.168.100.200:6379",
        "hash 0450288fcb55201b346da4e2d56d2293ba7aac03",
    ],
)
def test_other_numbers_stay_readable(text: str) -> None:
    assert masked(text) == text


def test_addresses_are_masked() -> None:
    assert masked("sent to asha.rao+bank@example.co.in today") == "sent to •••@••• today"


@pytest.mark.parametrize("key", sorted(PERSONAL_KEYS))
def test_personal_keys_are_masked_whatever_they_hold(key: str) -> None:
    event = mask_personal_data(None, "info", {"event": "row refused", key: b"anything", "line": 7})

    assert event == {"event": "row refused", key: "•••", "line": 7}


def test_error_texts_are_masked_too() -> None:
    event = mask_personal_data(
        None, "warning", {"event": "not sent", "error": "no route to 9876543210", "timestamp": "9876543210"}
    )

    assert event == {"event": "not sent", "error": "no route to •••", "timestamp": "9876543210"}


@pytest.fixture
def lines() -> Any:
    """What the handler of the settings writes for a logger of its own."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=FINAL_PROCESSORS, foreign_pre_chain=SHARED_PROCESSORS)
    )
    logger = logging.getLogger("equilibrate_site.tests")
    logger.addHandler(handler)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.propagate = True
    logger.removeHandler(handler)


def test_line_of_ours_is_json_and_masked(lines: Any) -> None:
    structlog.get_logger("equilibrate_site.tests").warning("import refused", phone="9876543210", rows=3)

    (line,) = lines()
    assert line.items() >= {"event": "import refused", "phone": "•••", "rows": 3, "level": "warning"}.items()
    assert line["timestamp"].endswith("Z")


def test_line_of_a_library_and_its_traceback_are_masked(lines: Any) -> None:
    try:
        raise ValueError("duplicate key (phone)=(9876543210)")
    except ValueError:
        logging.getLogger("equilibrate_site.tests").exception("failed for %s", "asha@example.com")

    (line,) = lines()
    assert line["event"] == "failed for •••@•••"
    assert "(phone)=(•••)" in line["exception"]
    assert "9876543210" not in json.dumps(line)

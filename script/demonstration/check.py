"""`script/demo --check`: is everything moving? Measured on the running system."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demonstration.bank import Bank
from embedded import EmbeddedError
from embedded.processes import wait_until

STREAM_SECONDS = 30.0
FIRST_MOVE_WITHIN_SECONDS = 90.0
KEYS = (
    "event_log",
    "customers",
    "transactions_stored",
    "streamed",
    "dead_letters",
    "assessments",
    "levels",
    "hardships",
    "cases",
    "case_steps",
    "event_to_risk_ms",
    "url",
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was measured, and in words what did not move."""

    result: dict[str, Any]
    standing_still: list[str]


def watch_stream(bank: Bank, say: Callable[[str], None]) -> Finding:
    """Let the stream run and compare the system's own counts before and after.

    Args:
        bank: The demonstration, its programs running and its site answering.
        say: Told what is waited for.
    """
    before = bank.status()
    say("Waiting for the first transaction of the stream …")
    wait_until(
        lambda: bank.status()["transactions_stored"] > before["transactions_stored"],
        FIRST_MOVE_WITHIN_SECONDS,
        pause_seconds=1,
    )
    before = bank.status()
    say(f"Letting the stream run for {STREAM_SECONDS:.0f} s …")
    time.sleep(STREAM_SECONDS)
    # The stream as it runs, without the morning that the first start catches up with.
    after = bank.status(latency_seconds=STREAM_SECONDS)
    after["streamed"] = after["transactions_stored"] - before["transactions_stored"]
    after["case_steps"] = after["cases"]["steps"] - before["cases"]["steps"]
    after["url"] = bank.url
    missing = [key for key in KEYS if key not in after]
    if missing:
        raise EmbeddedError(f"`manage.py status --json` does not tell {', '.join(missing)}.")
    result = {key: after[key] for key in KEYS}
    return Finding(result=result, standing_still=standing_still(result))


def standing_still(result: Mapping[str, Any]) -> list[str]:
    """What should have moved and did not, in words; empty when all is well."""
    expectations = {
        "no customer is stored": result["customers"] > 0,
        "no transaction of the stream was stored": result["streamed"] > 0,
        "no customer was assessed": result["assessments"] > 0,
        "no case was opened": result["cases"]["open"] + result["cases"]["resolved"] > 0
        or not result["levels"]["MEDIUM"] + result["levels"]["HIGH"],
        "no time from event to risk was measured": (result["event_to_risk_ms"] or {}).get("p50") is not None,
    }
    return [words for words, holds in expectations.items() if not holds]

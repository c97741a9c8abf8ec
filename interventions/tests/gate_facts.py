"""Facts by which everything is allowed, and the shipped packs' rules, for tests and benchmarks of the gate."""

import datetime as dt
from typing import Any
from uuid import UUID

from interventions.contact import packs
from interventions.contact.contact_rules import Rules
from interventions.contact.digests import message_sha256
from interventions.contact.gate_facts import SEND, Facts

# A Tuesday noon in India.
NOON = dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)
DELIVERY = UUID("12345678-1234-5678-1234-567812345678")
BODY = "Dear Asha, we are there for you. Reply STOP to opt out."


def rules(name: str = "india", **changes: Any) -> Rules:
    """A shipped pack's rules, with changes to its data."""
    return packs.parse(packs.shipped(name) | changes, name=f"{name}-1", content_hash="0" * 64)


def lawful(**changes: Any) -> Facts:
    """An SMS that may be sent at NOON, with changes."""
    facts: dict[str, Any] = {
        "moment": SEND,
        "customer_id": 7,
        "intervention_id": 8,
        "delivery_id": DELIVERY,
        "channel": "sms",
        "purpose": "support",
        "address": "+919876543210",
        "address_problem": "",
        "body_sha256": message_sha256(subject="", body=BODY),
        "is_body_intact": True,
        "is_edited": False,
        "is_edit_approved": False,
        "is_automatic": False,
        "confirmed_at": NOON - dt.timedelta(minutes=5),
        "confirmed_by": 3,
        "is_case_open": True,
        "level": "HIGH",
        "reasons": 2,
        "is_template_standing": True,
        "is_template_as_written": True,
        "template_hash": "1" * 64,
        "effect": "supportive",
        "is_consented": True,
        "time_zone": "Asia/Kolkata",
        "is_vulnerable": False,
        "is_vulnerability_known": False,
        "holds": (),
        "is_held_out": False,
        "is_schedule_known": True,
        "overdue_from": None,
        "contacts": (),
        "talks": (),
        "holidays": (),
        "is_breaker_open": False,
        "sent_last_hour": 0,
        "not_before_at": None,
    }
    return Facts(**(facts | changes))

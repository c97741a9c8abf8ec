import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from interventions.console import consequences
from interventions.console.case_words import Standing, sla_of, span
from interventions.models import Case

NOW = dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def case(**fields: object) -> Case:
    given = {"state": Case.State.ASSIGNED, "sla_due_at": NOW + 4 * HOUR, "sla_at_risk_at": NOW + 3 * HOUR}
    return Case(**{**given, **fields})


@pytest.mark.parametrize(
    ("fields", "standing", "text"),
    [
        ({}, Standing.RUNNING, "4 h"),
        ({"sla_at_risk_at": NOW}, Standing.AT_RISK, "4 h"),
        ({"sla_at_risk_at": None}, Standing.RUNNING, "4 h"),
        ({"sla_due_at": NOW - 2 * HOUR}, Standing.LATE, "2 h late"),
        ({"sla_due_at": None}, Standing.NONE, "no deadline"),
        ({"first_contact_at": NOW}, Standing.MET, "made"),
        ({"first_contact_at": NOW + 5 * HOUR}, Standing.LATE, "made late"),
        ({"state": Case.State.RESOLVED}, Standing.NONE, "not made"),
    ],
)
def test_deadline_says_how_it_stands(fields: dict[str, object], standing: Standing, text: str) -> None:
    found = sla_of(case(**fields), now=NOW)

    assert (found.standing, found.text) == (standing, text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (dt.timedelta(seconds=5), "1 min"),
        (dt.timedelta(minutes=59), "59 min"),
        (47 * HOUR, "47 h"),
        (49 * HOUR, "2 days"),
    ],
)
def test_span_is_in_its_largest_whole_unit(length: dt.timedelta, text: str) -> None:
    assert span(length) == text


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        ("sms", "Sends 1 SMS to +91 ••••• 3210 now."),
        ("whatsapp", "Sends 1 WhatsApp message to +91 ••••• 3210 now."),
        ("email", "Sends 1 e-mail to +91 ••••• 3210 now."),
        ("voice", "Calls +91 ••••• 3210 now and speaks this text."),
        ("call", "Plans a call by Ravi to +91 ••••• 3210 now. Nothing is sent."),
    ],
)
def test_consequence_names_the_one_who_is_reached(channel: str, sentence: str) -> None:
    assert said(channel=channel) == sentence


def test_consequence_names_the_time_in_the_banks_zone() -> None:
    assert said(at=NOW) == "Sends 1 SMS to +91 ••••• 3210 on 17 Feb, 12:00."


def test_consequence_admits_that_there_is_no_address() -> None:
    assert said(address="") == "Sends 1 SMS to no address now."


def said(*, channel: str = "sms", address: str = "+919876543210", at: dt.datetime | None = None) -> str:
    zone = ZoneInfo("Asia/Kolkata")
    return consequences.of(channel=channel, address=address, at=at, zone=zone, worker="Ravi")

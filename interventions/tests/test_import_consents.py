"""Consent from files, and made up for demonstrations."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers.tests.factories import CustomerFactory
from interventions.contact import consents
from interventions.models import Channel, ConsentEvent, Delivery
from interventions.tests import deliveries
from interventions.tests.stage import set_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HEADER = "customer_id,channel,purpose,granted,happened_at,evidence"


def imported(folder: Path, *lines: str, header: str = HEADER, **options: Any) -> list[str]:
    """Import lines; returns the reasons of the reject file."""
    file = folder / "consents.csv"
    file.write_text("\n".join([header, *lines]) + "\n")
    rejects = folder / "consents.csv.rejects.csv"
    try:
        call_command("import_consents", str(file), **options)
    except CommandError as error:
        assert "rows were not stored" in str(error)
    if not rejects.exists():
        return []
    with rejects.open() as stream:
        return [row["reason"] for row in csv.DictReader(stream)]


def said() -> list[tuple[str, str, bool]]:
    events = ConsentEvent.objects.order_by("pk")
    return list(events.values_list("channel", "purpose", "is_granted"))


def test_lines_become_events_once(tmp_path: Path) -> None:
    CustomerFactory.create(bank_id="C1")
    lines = (
        "C1,SMS,support,yes,2026-01-05 10:00,form 7",
        "C1,email,,1,2026-01-05,",
        "C1,sms,support,0,2026-02-01,",
    )

    for _ in range(2):
        assert imported(tmp_path, *lines) == []

    assert said() == [("sms", "support", True), ("email", "support", True), ("sms", "support", False)]
    event = ConsentEvent.objects.earliest("pk")
    assert (event.source, event.evidence, event.happened_at.isoformat()) == (
        "import", "form 7", "2026-01-05T04:30:00+00:00",
    )  # fmt: skip
    assert AuditEvent.objects.filter(action="interventions.consent_import.completed").count() == 2


def test_wrong_lines_go_to_the_reject_file_and_the_others_are_stored(tmp_path: Path) -> None:
    CustomerFactory.create(bank_id="C1")

    reasons = imported(
        tmp_path,
        "C1,sms,support,yes,2026-01-05,",
        "C1,fax,support,yes,2026-01-05,",
        "C1,sms,sales,yes,2026-01-05,",
        "C1,sms,support,maybe,2026-01-05,",
        "C1,sms,support,yes,soon,",
        "C1,sms,support,yes,2026-02-17 12:30,",
        "C1,sms,support,no,2026-02-19,",
        ",sms,support,no,2026-01-05,",
        f"C1,sms,support,no,2026-01-05,{'x' * 201}",
        "C2,sms,support,yes,2026-01-05,",
    )

    for reason, part in zip(
        reasons,
        (
            "none of sms",
            "none of support",
            "neither 1 nor 0",
            "not a time",
            "future",
            "future",
            "empty",
            "200",
            "C2",
        ),
        strict=True,
    ):
        assert part in reason
    assert said() == [("sms", "support", True)]


def test_yes_and_no_at_one_moment_is_no(tmp_path: Path) -> None:
    customer = CustomerFactory.create(bank_id="C1")
    yes, no = "C1,sms,support,yes,2026-01-05,", "C1,sms,support,no,2026-01-05,"

    assert imported(tmp_path, yes, no) == []
    assert not consents.state_of(customer)["sms", "support"].is_granted
    CustomerFactory.create(bank_id="C2")
    reasons = imported(tmp_path, no.replace("C1", "C2"), yes.replace("C1", "C2"))

    assert "withdrawn at the very same moment" in reasons[0]
    assert ConsentEvent.objects.filter(customer__bank_id="C2").count() == 1


def test_customers_of_another_source_are_others(tmp_path: Path) -> None:
    CustomerFactory.create(bank_id="C1")
    cards = CustomerFactory.create(bank_id="C1", source="cards")

    imported(tmp_path, "C1,cards,sms,1,2026-01-05", header="customer_id,source,channel,granted,happened_at")
    imported(
        tmp_path, "C1,email,1,2026-01-05", header="customer_id,channel,granted,happened_at", source="cards"
    )

    assert set(ConsentEvent.objects.values_list("customer", flat=True)) == {cards.pk}


def test_imported_withdrawals_cancel_what_is_queued(tmp_path: Path) -> None:
    stage = set_up()
    message = deliveries.confirmed(stage.case, by=stage.manager, template=stage.policy)
    delivery = deliveries.queued(message)

    imported(tmp_path, f"{stage.customer.bank_id},sms,support,no,2026-02-17 11:00,")

    assert Delivery.objects.get(pk=delivery.pk).state == "cancelled"


def test_consent_is_made_up_where_time_is_made_up_too(settings: Settings) -> None:
    for number in range(60):
        CustomerFactory.create(bank_id=f"S{number}", email=f"customer{number}@example.com")
    real = CustomerFactory.create(email="asha@bank.example")
    with pytest.raises(CommandError, match="demonstrations only"):
        call_command("simulate_consents")
    settings.BANK_CLOCK_SPEED = 60.0

    call_command("simulate_consents")

    made = said()
    assert {channel for channel, _, _ in made} == set(Channel.values)
    assert {is_granted for _, _, is_granted in made} == {True, False}
    assert not real.consent_events.exists()
    call_command("simulate_consents")
    assert said() == made

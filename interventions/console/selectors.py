"""What several pages read of customers in trouble. The number of queries never depends on the number of rows."""

import datetime as dt
from collections.abc import Iterable

from customers import bank_clock
from customers.models import Customer
from interventions.answering import asks
from interventions.console.case_conditions import IS_HELD_OUT
from interventions.console.case_words import Sla, sla_of
from interventions.console.queue_rows import QueueRow, queue_row
from interventions.models import Case, PolicyTemplate
from risk.model.on_reading import process_reader
from risk.models import Assessment

# What a row shows of a receipt; the rest is for who replays it.
OF_RECEIPT = ("inputs", "points", "hardships", "model", "probability", "reasons", "as_of_on")


def queue_rows(customers: list[Customer], *, open_id: int | None = None) -> list[QueueRow]:
    """The rows of customers with `risk` at hand. Three queries, and one for the manager of the open row."""
    findings = newest_assessments(customer.pk for customer in customers)
    actions = recommended_actions()
    cases = open_cases(customer.pk for customer in customers)
    now = bank_clock.now()
    today_on = bank_clock.day_of(now)
    return [
        queue_row(
            customer=customer,
            assessment=findings.get(customer.pk),
            is_open=customer.pk == open_id,
            reading=process_reader().read(customer.risk, with_way_out=True)
            if customer.pk == open_id
            else None,
            action=actions.get((customer.risk.hardship, customer.risk.level)),
            today_on=today_on,
            case=cases.get(customer.pk),
            sla=_sla(cases.get(customer.pk), now),
        )
        for customer in customers
    ]


def recommended_actions() -> dict[tuple[int, int], PolicyTemplate]:
    """The policy for each hardship × level: the active one, else the newest draft."""
    templates = (
        PolicyTemplate.objects.filter(state__in=[PolicyTemplate.State.ACTIVE, PolicyTemplate.State.DRAFT])
        .only("hardship", "level", "version", "state", "action", "sla_hours")
        .order_by("version")
    )
    found: dict[tuple[int, int], PolicyTemplate] = {}
    for template in templates:
        known = found.get((template.hardship, template.level))
        if known is None or known.state != PolicyTemplate.State.ACTIVE:
            found[template.hardship, template.level] = template
    return found


def open_cases(customer_ids: Iterable[int]) -> dict[int, Case]:
    """The open case of each customer who has one, with `is_held_out`, and what they asked for on their page."""
    found = Case.objects.open().filter(customer_id__in=list(customer_ids)).select_related("assigned_to")
    found = found.annotate(
        is_held_out=IS_HELD_OUT,
        wants_talk=asks.WANTS_TALK,
        has_to_confirm=asks.HAS_TO_CONFIRM,
    )
    return {case.customer_id: case for case in found}


def newest_assessment(customer: Customer) -> Assessment | None:
    """The last receipt of a customer, without what only a replay needs."""
    return newest_assessments([customer.pk]).get(customer.pk)


def newest_assessments(customer_ids: Iterable[int]) -> dict[int, Assessment]:
    """The last receipt of each of these customers, without what only a replay needs."""
    newest = (
        Assessment.objects.filter(customer_id__in=list(customer_ids))
        .only("customer", "revision", *OF_RECEIPT)
        .order_by("customer_id", "-revision")
        .distinct("customer_id")
    )
    return {assessment.customer_id: assessment for assessment in newest}


def _sla(case: Case | None, now: dt.datetime) -> Sla | None:
    return sla_of(case, now=now, is_held_out=case.is_held_out) if case else None  # type: ignore[attr-defined]

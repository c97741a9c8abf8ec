"""What a customer's page shows: the head, and the part that is asked for."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from customers import bank_clock, roles
from customers.models import Customer
from interventions.answering import shown
from interventions.console import queue_rows, selectors
from interventions.console.charts import Chart
from interventions.console.profile import (
    behaviour,
    contact,
    loans,
    money_path,
    risk_history,
    sliders,
    timeline,
)
from interventions.console.profile.address import (
    KIND_WORDS,
    STATUS_WORDS,
    TYPE_WORDS,
    Tab,
    TransactionFilters,
)
from interventions.console.profile.transactions import transaction_page
from interventions.contact import holds
from interventions.models import Case
from interventions.policy import policies
from risk.model.on_reading import Reading, Silence, process_reader
from risk.model.settlement import HORIZON_DAYS
from risk.models import CurrentRisk
from risk.rulebook import EQUILIBRATE_1
from risk.selectors import model_standing

CHARTS = ("path", "balance", "spending", "cash")


def open_case(customer: Customer) -> Case | None:
    """The customer's open case."""
    return selectors.open_cases([customer.pk]).get(customer.pk)


def head_context(customer: Customer, user: User) -> dict[str, Any]:
    """The head: who, how urgent, due when, and the case. Seven queries.

    Args:
        customer: With `risk` and both managers at hand.
        user: Who reads.
    """
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    case = open_case(customer)
    today_on = bank_clock.today()
    return {
        "customer": customer,
        "risk": risk,
        "case": case,
        "row": row_of(customer, case=case, reading=None),
        "due_days": (risk.next_due_on - today_on).days if risk and risk.next_due_on else None,
        "holds": [(hold, contact.CARE[hold.kind]) for hold in holds.standing(customer)],
        "standing": model_standing(),
        "stamp": stamp_of(risk),
        "tabs": Tab,
        "currency": settings.BANK_CURRENCY,
        "works": bool(roles.of(user) & {roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS}),
        "sees_everybody": roles.sees_everybody(user),
        "now": timezone.now(),
        "today_on": today_on,
        "bank_now": bank_clock.now(),
    }


def row_of(
    customer: Customer, *, case: Case | None, reading: Reading | Silence | None
) -> queue_rows.QueueRow | None:
    """The queue's own account of why; None where the customer has never been assessed."""
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    if risk is None:
        return None
    row = queue_rows.queue_row(
        customer=customer,
        assessment=selectors.newest_assessment(customer),
        is_open=True,
        reading=reading,
        action=policies.active_policy(hardship=risk.hardship, level=risk.level, at=bank_clock.now()),
        today_on=bank_clock.today(),
        case=case,
    )
    if reading is None and row.account and not row.held:
        # Stored with this very evaluation: they are of now.
        return replace(row, account=replace(row.account, stored_on=None))
    return row


def stamp_of(risk: CurrentRisk | None) -> str:
    """Changes whenever something material about a customer's risk did."""
    return "" if risk is None else f"{risk.changed_at.timestamp():.6f}"


def tab_context(customer: Customer, tab: Tab, query: QueryDict, user: User) -> dict[str, Any]:
    """What one part shows."""
    return TABS[tab](customer, query, user)


def charts_of(customer: Customer) -> dict[str, Chart]:
    """Every chart of a customer's page, by its key, for its file."""
    situation = money_path.read_situation(customer)
    used = behaviour.behaviour(customer, situation, as_of_on=money_path.as_of_of(customer))
    path = money_path.money_path(customer, situation).chart
    return {each.key: each for each in (path, used.balance, used.spending, used.cash)}


def csv_of(customer: Customer, key: str) -> str:
    """Where a chart's numbers are fetched."""
    return reverse("customer_chart", args=[customer.pk, key])


def _overview(customer: Customer, _query: QueryDict, _user: User) -> dict[str, Any]:
    situation = money_path.read_situation(customer)
    path = money_path.money_path(customer, situation, csv_url=csv_of(customer, "path"))
    return {
        "path": path,
        "loans": loans.loans_of(customer),
        "punctuality": behaviour.punctuality(customer, situation, as_of_on=path.as_of_on),
        "age_years": age_of(customer),
        "pay_day_said": shown.pay_day_in_words(customer),
    }


def _behaviour(customer: Customer, _query: QueryDict, _user: User) -> dict[str, Any]:
    situation = money_path.read_situation(customer)
    csv = {key: csv_of(customer, key) for key in CHARTS}
    as_of_on = money_path.as_of_of(customer)
    return {"behaviour": behaviour.behaviour(customer, situation, as_of_on=as_of_on, csv=csv)}


def _transactions(customer: Customer, query: QueryDict, _user: User) -> dict[str, Any]:
    filters = TransactionFilters.read(query, today_on=bank_clock.today())
    return {
        "filters": filters,
        "errors": dict(filters.errors),
        "page": transaction_page(customer, filters),
        "kinds": KIND_WORDS.items(),
        "directions": TYPE_WORDS.items(),
        "statuses": STATUS_WORDS.items(),
    }


def _risk(customer: Customer, _query: QueryDict, _user: User) -> dict[str, Any]:
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    if risk is None:
        return {"breakdown": [], "entries": []}
    # In place of the head's row, whose reasons are those that were stored.
    return {
        "row": row_of(customer, case=None, reading=process_reader().read(risk, with_way_out=True)),
        "breakdown": risk_history.breakdown(risk, EQUILIBRATE_1),
        "entries": risk_history.history(customer),
    }


def _what_if(customer: Customer, query: QueryDict, _user: User) -> dict[str, Any]:
    situation = money_path.read_situation(customer)
    asked = sliders.read_changes(query)
    return {"what_if": sliders.what_if(customer, situation, asked), "horizon": HORIZON_DAYS}


def _contact(customer: Customer, _query: QueryDict, user: User) -> dict[str, Any]:
    return contact.contact_context(customer, user)


def _timeline(customer: Customer, query: QueryDict, _user: User) -> dict[str, Any]:
    kind = timeline.kind_of(query.get("kind", ""))
    return {
        "timeline": timeline.timeline(customer, kind=kind),
        "kind": kind,
        "timeline_kinds": timeline.Kind,
    }


def age_of(customer: Customer) -> int | None:
    """How old a customer is, by birth date, else by the age that was told on some day."""
    today = bank_clock.today()
    if customer.birth_on:
        before_birthday = (today.month, today.day) < (customer.birth_on.month, customer.birth_on.day)
        return today.year - customer.birth_on.year - before_birthday
    if customer.age_years is None or customer.age_as_of_on is None:
        return None
    return customer.age_years + max(0, (today - customer.age_as_of_on) // dt.timedelta(days=365.25))


Shows = Callable[[Customer, QueryDict, User], dict[str, Any]]
TABS: dict[Tab, Shows] = {
    Tab.OVERVIEW: _overview,
    Tab.BEHAVIOUR: _behaviour,
    Tab.TRANSACTIONS: _transactions,
    Tab.RISK: _risk,
    Tab.WHAT_IF: _what_if,
    Tab.CONTACT: _contact,
    Tab.TIMELINE: _timeline,
}

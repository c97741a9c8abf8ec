"""Customers, loans, schedules and earlier payments of simulated customers, into the database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.conf import settings
from django.db import connection

from customers.bank_clock import start_of
from customers.models import Customer, InstalmentPayment, Loan
from customers.models.customer import DEFAULT_SOURCE
from ingest import schemas
from ingest.models import SimulatedPersona
from ingest.simulator.arrays import Events, Ints
from ingest.simulator.bank_days import day_in_month
from ingest.simulator.codes import Persona
from ingest.simulator.events import UNIX_EPOCH, loan_reference, transaction_ids
from ingest.simulator.identity import Person, persons_of
from ingest.simulator.loans import LOANS_PER_CUSTOMER, PRODUCTS, due_dates, outstanding
from ingest.simulator.people import PAISE
from ingest.simulator.population import Population
from ingest.simulator.portfolio import PortfolioRefused
from ingest.simulator.world import World

US_TO_POSTGRES = schemas.to_us(UNIX_EPOCH)
DAY_ZERO = schemas.POSTGRES_EPOCH.date()
NIGHT_RUN = timedelta(hours=6)
BATCH = 2_000


@dataclass(frozen=True)
class HeldLoan:
    """A loan with its place in the arrays (0 or 1, customer) and, once written, its row."""

    loan: int
    place: int
    row: Loan
    dues: list[date]


def customers_write(population: Population, *, as_of: date) -> Ints:
    """Write customers and their personas; return their database ids.

    Args:
        population: the customers.
        as_of: the first day of the history.

    Raises:
        PortfolioRefused: one of the bank ids is taken.
    """
    persons = persons_of(population, as_of=as_of)
    taken = Customer.objects.filter(source=DEFAULT_SOURCE, bank_id__in=[person.bank_id for person in persons])
    if (other := taken.first()) is not None:
        raise PortfolioRefused(
            f"Customer {other.bank_id} is there already and was not made by the simulator."
            " An empty database can hold a simulated portfolio."
        )
    made = Customer.objects.bulk_create([_customer(person) for person in persons], batch_size=BATCH)
    SimulatedPersona.objects.bulk_create(_personas(population, made, as_of=as_of), batch_size=BATCH)
    return np.array([customer.pk for customer in made], dtype=np.int64)


def _customer(person: Person) -> Customer:
    return Customer(
        source=DEFAULT_SOURCE,
        bank_id=person.bank_id,
        full_name=person.full_name,
        birth_on=person.birth_on,
        gender=person.gender,
        city=person.city.name,
        city_tier=person.city.tier,
        employment=person.employment.name,
        salary_amount=None if person.salary is None else money(person.salary),  # type: ignore[misc]  # see `money`
        expected_salary_day=person.salary_day,
        phone=person.phone,
        email=person.email,
        language=person.language,
        is_vulnerable=person.is_vulnerable,
    )


def _personas(population: Population, made: Sequence[Customer], *, as_of: date) -> Iterator[SimulatedPersona]:
    """The ground truth: the persona, and the first episode of trouble not over when the history begins."""
    episodes = population.episodes
    for place, customer in enumerate(made):
        persona = Persona(int(population.persona[place]))
        ahead = np.flatnonzero(episodes.ends[:, place] > as_of.toordinal())
        troubled = persona in {Persona.INCOME_SHOCK, Persona.SILENT_DRAIN} and ahead.size > 0
        cell = (int(ahead[0]), place) if troubled else None
        yield SimulatedPersona(
            customer=customer,
            persona=persona.name,
            shock_on=date.fromordinal(int(episodes.begins[cell])) if cell else None,
            recovers_on=date.fromordinal(int(episodes.ends[cell])) if cell else None,
        )


def loans_write(world: World, *, ids: Ints) -> list[HeldLoan]:
    """Write the loans as they stand on the morning after the history, and their schedules."""
    held = [
        _held(world, loan, int(place), customer_id=int(ids[place]))
        for loan in range(LOANS_PER_CUSTOMER)
        for place in np.flatnonzero(world.population.loans.held[loan])
    ]
    Loan.objects.bulk_create([each.row for each in held], batch_size=BATCH)
    types = ["int8", "int8", "int4", "int4", "int4", "int8", "int8", "int8"]
    _copy("customers_instalment", _SCHEDULE, types, (row for each in held for row in _schedule(each)))
    return held


def _held(world: World, loan: int, place: int, *, customer_id: int) -> HeldLoan:
    loans, cell = world.population.loans, (loan, place)
    emi, tenure, first_month = int(loans.emi[cell]), int(loans.tenure[cell]), int(loans.first_month[cell])
    due_day, product = int(loans.due_day[cell]), PRODUCTS[int(loans.product[cell])]
    dues = due_dates(first_month=first_month, tenure=tenure, due_day=due_day)
    fallen = sum(due < world.next_on for due in dues)
    covered = max(0, (fallen * emi - int(world.state.arrears[cell])) // emi)
    left = outstanding(
        loans.principal[cell],
        monthly_rate=loans.monthly_rate[cell],
        tenure=loans.tenure[cell],
        paid=np.asarray(covered),
    )
    row = Loan(  # type: ignore[misc]  # see `money`
        customer_id=customer_id,
        reference=loan_reference(world.population.randomness.first + place + 1, loan + 1),
        product=product.name,
        currency=settings.BANK_CURRENCY,
        principal_amount=money(int(loans.principal[cell])),
        outstanding_amount=money(round(float(left))),
        instalment_amount=money(emi),
        tenure_months=tenure,
        started_on=day_in_month(first_month - 1, due_day),
        closed_on=dues[-1] if covered >= tenure else None,
        loss_given_default_prob=product.loss_given_default,
    )
    return HeldLoan(loan=loan, place=place, row=row, dues=dues)


def _schedule(held: HeldLoan) -> Iterator[tuple[object, ...]]:
    row, known = held.row, schemas.to_us(start_of(held.row.started_on))
    emi = paise(row.instalment_amount)
    for number, due in enumerate(held.dues, start=1):
        days = (due - DAY_ZERO).days
        yield (row.customer_id, row.pk, row.schedule_version, number, days, emi, emi * number, known)


def earlier_payments_write(
    held: Iterable[HeldLoan], *, population: Population, warm_up: Events, ids: Ints
) -> None:
    """Write what was paid before the history begins, as the import of it would.

    Args:
        held: the loans.
        population: their customers.
        warm_up: booked instalment debits of the days before the history.
        ids: the customers' database ids.
    """
    loan_ids = np.zeros((LOANS_PER_CUSTOMER, population.size), dtype=np.int64)
    held = list(held)
    for each in held:
        loan_ids[each.loan, each.place] = each.row.pk
    types = ["int8", "int8", "text", "int8", "int8", "int8", "text"]
    rows = [row for each in held for row in _opening(each, before=population.begins_on)]
    rows.extend(_warm_up_rows(warm_up, population=population, ids=ids, loan_ids=loan_ids))
    _copy("customers_instalmentpayment", _PAYMENT, types, rows)


def _opening(held: HeldLoan, *, before: date) -> Iterator[tuple[object, ...]]:
    """Payments of instalments due before the simulation's first day: the portfolio began with all on time."""
    row, emi = held.row, paise(held.row.instalment_amount)
    for number, due in enumerate(held.dues, start=1):
        if due >= before:
            return
        at = schemas.to_us(start_of(due) + NIGHT_RUN)
        yield (
            row.customer_id,
            row.pk,
            f"opening:{number}",
            emi,
            at,
            at,
            InstalmentPayment.Origin.IMPORT.value,
        )


def _warm_up_rows(
    warm_up: Events, *, population: Population, ids: Ints, loan_ids: Ints
) -> Iterator[tuple[object, ...]]:
    places = warm_up["number"] - population.randomness.first - 1
    columns = (
        ids[places].tolist(),
        loan_ids[warm_up["loan"] - 1, places].tolist(),
        transaction_ids(warm_up, seed=population.randomness.seed),
        warm_up["amount"].tolist(),
        (warm_up["at_us"] + US_TO_POSTGRES).tolist(),
    )
    for customer_id, loan_id, name, amount, at in zip(*columns, strict=True):
        yield (customer_id, loan_id, f"import:{name}", amount, at, at, InstalmentPayment.Origin.IMPORT.value)


_SCHEDULE = (
    "customer_id",
    "loan_id",
    "version",
    "number",
    "due_on",
    "amount",
    "cumulative_amount",
    "recorded_at",
)
_PAYMENT = ("customer_id", "loan_id", "payment_id", "amount", "occurred_at", "recorded_at", "origin")


def _copy(
    table: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """COPY rows in binary; moments are microseconds and days are days since 2000, PostgreSQL's own forms."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def money(amount: int) -> Decimal:
    """Paise as the amount that models hold; the stubs take their MoneyField for an integer."""
    return Decimal(amount) / PAISE


def paise(amount: Decimal) -> int:
    """The amount of a model in paise."""
    return int(amount * PAISE)

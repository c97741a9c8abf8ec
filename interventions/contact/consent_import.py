"""Consent files: who agreed to which channel, or no longer does. The ledger grows; importing again changes nothing."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_noop

from customers import bank_clock
from customers.importers import parsing
from customers.importers.customer_fields import BANK_ID, parse_cell, required_cell
from customers.importers.parsing import InvalidRow, quoted
from customers.importers.pipeline import Numbered, Outcome, Refusal
from customers.models import Customer
from interventions.contact import cancelling, consents
from interventions.models import Channel, ConsentEvent, Purpose

REQUIRED = frozenset({"customer_id", "channel", "granted", "happened_at"})
FIELDS = REQUIRED | {"source", "purpose", "evidence"}
EVIDENCE = parsing.text_up_to(200)
SOURCE = parsing.text_up_to(32)
Person = tuple[str, str]
Key = tuple[int, str, str, dt.datetime]


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One line of a file: somebody said yes or no."""

    person: Person
    channel: str
    purpose: str
    is_granted: bool
    happened_at: dt.datetime
    evidence: str


class ConsentImporter:
    """Adds what customers said.

    Args:
        source: The system the customers are of, where a row does not say.
    """

    def __init__(self, *, source: str) -> None:
        self.source = source

    def parse(self, cells: dict[str, str]) -> ConsentRow:
        """Read one line; raises InvalidRow. Consent cannot be given in the future, but withdrawn by a fast clock."""
        is_granted: bool = required_cell(cells, "granted", parsing.flag)
        happened_at: dt.datetime = required_cell(cells, "happened_at", parsing.known_moment)
        if is_granted and happened_at > bank_clock.now():
            raise InvalidRow(f"happened_at: {quoted(cells['happened_at'])} lies in the future")
        source = parse_cell(cells, "source", SOURCE) if cells.get("source") else self.source
        return ConsentRow(
            person=(source, required_cell(cells, "customer_id", BANK_ID)),
            channel=required_cell(cells, "channel", _channel),
            purpose=parse_cell(cells, "purpose", _purpose) if cells.get("purpose") else Purpose.SUPPORT,
            is_granted=is_granted,
            happened_at=happened_at,
            evidence=parse_cell(cells, "evidence", EVIDENCE) if cells.get("evidence") else "",
        )

    def reject(self, cells: dict[str, str]) -> None:
        """Rows stand for themselves here."""

    def store(self, rows: Sequence[Numbered[ConsentRow]]) -> Outcome:
        """Add what is new, and cancel what is queued for those who withdrew."""
        outcome = Outcome()
        with transaction.atomic():
            people = _people({numbered.row.person for numbered in rows})
            known = _known(people.values())
            new: list[ConsentEvent] = []
            for numbered in rows:
                row, customer = numbered.row, people.get(numbered.row.person)
                if customer is None:
                    reason = f"customer_id: nobody of {row.person[0]} is called {quoted(row.person[1])}"
                    outcome.refusals.append(Refusal(numbered.line, numbered.raw, reason))
                    continue
                said = known.setdefault((customer.pk, row.channel, row.purpose, row.happened_at), set())
                if row.is_granted in said:
                    outcome.duplicates += 1
                elif row.is_granted and said:
                    reason = "withdrawn at the very same moment: consent must be given after it"
                    outcome.refusals.append(Refusal(numbered.line, numbered.raw, reason, is_conflict=True))
                else:
                    said.add(row.is_granted)
                    new.append(_event(customer, row))
            consents.add_all(new)
            _cancel(new)
            outcome.stored += len(new)
        return outcome

    def finish(self) -> Iterator[Outcome]:
        """Nothing is left over."""
        return iter(())


def _channel(text: str) -> str:
    return _one_of(text, Channel.values)


def _purpose(text: str) -> str:
    return _one_of(text, Purpose.values)


def _one_of(text: str, known: Sequence[str]) -> str:
    if (word := text.casefold()) not in known:
        raise InvalidRow(f"{quoted(text)} is none of {', '.join(known)}")
    return word


def _people(wanted: set[Person]) -> dict[Person, Customer]:
    """The customers, locked in the order of their keys: whoever is about to send to them waits."""
    found = Customer.objects.select_for_update(no_key=True).filter(
        source__in={person[0] for person in wanted}, bank_id__in={person[1] for person in wanted}
    )
    people = {(customer.source, customer.bank_id): customer for customer in found.order_by("pk")}
    return {person: people[person] for person in wanted & people.keys()}


def _known(customers: Iterable[Customer]) -> dict[Key, set[bool]]:
    """What was said before: by customer, channel, purpose and moment."""
    known: dict[Key, set[bool]] = {}
    for event in ConsentEvent.objects.filter(customer__in=list(customers)):
        key = (event.customer_id, event.channel, event.purpose, event.happened_at)
        known.setdefault(key, set()).add(event.is_granted)
    return known


def _event(customer: Customer, row: ConsentRow) -> ConsentEvent:
    return ConsentEvent(
        customer=customer,
        channel=row.channel,
        purpose=row.purpose,
        is_granted=row.is_granted,
        source=ConsentEvent.Source.IMPORT,
        evidence=row.evidence,
        happened_at=row.happened_at,
    )


def _cancel(events: Sequence[ConsentEvent]) -> None:
    withdrawn = [event for event in events if not event.is_granted]
    for event in sorted(withdrawn, key=lambda each: each.customer_id):
        cancelling.of_customer(
            customer=event.customer,
            channel=event.channel,
            purpose=event.purpose,
            reason=gettext_noop("The customer withdrew their consent."),
        )

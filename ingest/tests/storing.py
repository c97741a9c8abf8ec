"""Storing rows as the consumer does, and reading back what tiles say."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from customers.models import ActivityTile
from ingest import schemas, store
from ingest.schemas import Row
from ingest.store import Arrival, StoreReport
from ingest.tests.events import NOW

Tiles = dict[tuple[str, dt.date], dict[str, Any]]


def keep(
    rows: Sequence[Row], *, source: str = "core", appended_us: Sequence[int] | None = None
) -> StoreReport:
    """Store rows in one transaction, with whatever they need before it."""
    ids = store.CustomerIds(source=source).resolve({row.bank_id for row in rows})
    store.Months().ensure(rows)
    with transaction.atomic():
        arrival = Arrival(recorded_us=schemas.to_us(NOW), appended_us=appended_us)
        return store.store(rows=rows, ids=ids, arrival=arrival)


def tiles() -> Tiles:
    """Every tile by customer and day, amounts in hundredths."""
    found = {}
    for tile in ActivityTile.objects.select_related("customer"):
        names = [field.name for field in tile._meta.concrete_fields]
        values = {name: getattr(tile, name) for name in names if name not in {"customer", "day_on"}}
        found[tile.customer.bank_id, tile.day_on] = {
            name: int(value * 100) if isinstance(value, Decimal) else value for name, value in values.items()
        }
    return found

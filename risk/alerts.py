"""Raising alerts: one per occasion, however often the occasion is reported."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from risk.models import Alert


@dataclass(frozen=True)
class TurnedHigh:
    """A customer whose level became HIGH with one evaluation."""

    customer_id: int
    revision: int
    score: float
    probability: float | None = None


def raise_operational(
    *, dedupe_key: str, message: str, detail: dict[str, Any], customer_id: int | None = None
) -> None:
    """Tell people of something the system cannot mend by itself; of a customer, those who look after them."""
    Alert.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "kind": Alert.Kind.OPERATIONAL,
            "message": message,
            "detail": detail,
            "customer_id": customer_id,
        },
    )


def add_to_digest(
    *,
    occasion: str,
    begins_with: dict[str, Any],
    write: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]],
) -> None:
    """Tell people once of what happens often: one alert of an occasion grows until somebody acknowledges it.

    It belongs to the caller's transaction: what is noted there is in the digest exactly once, or neither is. What comes
    after the acknowledgement begins the next digest of the occasion, so that nothing is added to what was read already.

    Args:
        occasion: The same for all that belongs together, such as `cases.sla_breached.2026-11-23`.
        begins_with: The detail of an empty digest.
        write: From the detail so far, the message and the detail with one more; called under the digest's lock.
    """
    with transaction.atomic():
        alert = _open_digest(occasion, begins_with)
        alert.message, alert.detail = write(alert.detail)
        alert.save(update_fields=["message", "detail"])


def _open_digest(occasion: str, begins_with: dict[str, Any]) -> Alert:
    """The digest that nobody has acknowledged, under lock."""
    while True:
        read = Alert.objects.filter(dedupe_key__startswith=f"{occasion}.", acknowledged_at__isnull=False)
        key = f"{occasion}.{read.count() + 1}"
        Alert.objects.get_or_create(
            dedupe_key=key, defaults={"kind": Alert.Kind.OPERATIONAL, "detail": begins_with}
        )
        alert = Alert.objects.select_for_update().get(dedupe_key=key)
        # Somebody may have acknowledged it while we waited for it.
        if alert.acknowledged_at is None:
            return alert


def raise_turned_high(turns: Iterable[TurnedHigh]) -> None:
    """Tell relationship managers that customers of theirs turned HIGH."""
    Alert.objects.bulk_create(
        [
            Alert(
                kind=Alert.Kind.TURNED_HIGH,
                customer_id=turn.customer_id,
                dedupe_key=f"turned_high.{turn.customer_id}.{turn.revision}",
                message="Risk rose to HIGH",
                detail=_detail(turn),
            )
            for turn in turns
        ],
        batch_size=2_000,
        ignore_conflicts=True,
    )


def _detail(turn: TurnedHigh) -> dict[str, Any]:
    said = {} if turn.probability is None else {"probability": turn.probability}
    return {"score": turn.score, "revision": turn.revision, **said}

"""Raising alerts: one per occasion, however often the occasion is reported."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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

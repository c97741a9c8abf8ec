"""The version in shadow beside what decides now: agreement, who would move where, and what it means for the queue."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from risk.levels import Level
from risk.model_page.figures import NONE, count, share
from risk.model_page.tables import Table, table


@dataclass(frozen=True)
class Pair:
    """So many customers who stand here now and would stand there.

    Args:
        level, band: now; band None where no active model speaks of them.
        shadow_level, shadow_band: by the version in shadow.
        customers: how many.
    """

    level: int
    band: int | None
    shadow_level: int
    shadow_band: int
    customers: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the comparison says.

    Args:
        customers: how many were compared.
        band_agreement, level_agreement: shares in words.
        moves: bands now against bands in shadow.
        queue: customers by final level, now and then.
    """

    customers: str
    band_agreement: str
    level_agreement: str
    moves: Table
    queue: Table


def comparison_of(pairs: Iterable[Pair], *, currency: str) -> Comparison | None:
    """Compare; None where nobody has been scored by both yet."""
    found = list(pairs)
    total = sum(pair.customers for pair in found)
    if not total:
        return None
    banded = [pair for pair in found if pair.band is not None]
    return Comparison(
        customers=count(total, currency),
        band_agreement=_agreement([(pair.band == pair.shadow_band, pair.customers) for pair in banded]),
        level_agreement=_agreement([(pair.level == pair.shadow_level, pair.customers) for pair in found]),
        moves=_moves(banded, currency),
        queue=_queue(found, currency),
    )


def _agreement(found: list[tuple[bool, int]]) -> str:
    total = sum(customers for _agrees, customers in found)
    return share(sum(customers for agrees, customers in found if agrees) / total) if total else NONE


def _moves(pairs: list[Pair], currency: str) -> Table:
    levels = sorted(Level, reverse=True)
    headers = [_("Active says"), *(_("In shadow %(level)s") % {"level": level.label} for level in levels)]
    return table(
        _("Who would stand in another band?"),
        headers,
        [
            (
                level.label,
                *(
                    count(
                        sum(p.customers for p in pairs if (p.band, p.shadow_band) == (level, other)), currency
                    )
                    for other in levels
                ),
            )
            for level in levels
        ],
    )


def _queue(pairs: list[Pair], currency: str) -> Table:
    lines = []
    for level in sorted(Level, reverse=True):
        now = sum(pair.customers for pair in pairs if pair.level == level)
        then = sum(pair.customers for pair in pairs if pair.shadow_level == level)
        change = f"{'+' if then > now else ''}{count(then - now, currency)}"
        lines.append((level.label, count(now, currency), count(then, currency), change))
    return table(
        _("How much more, or less, would there be to do?"),
        (_("Final level"), _("Now"), _("In shadow"), _("Change")),
        lines,
        note=_("Of the customers compared; everybody else stays where they are."),
    )

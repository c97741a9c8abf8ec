"""The balance carried forward to the due days: what usually comes and goes until then, salaries and instalments."""

import numpy as np

from risk.features import Floats, Ints
from risk.model.features_arithmetic import MISSING
from risk.model.features_days import DailySums
from risk.model.features_dues import Dues
from risk.model.features_salaries import Salaries

# One, two and three calendar months, which last 30.4 days on average.
MONTHS_BACK = (30, 61, 91)


def projected_balances(
    *, sums: DailySums, dues: Dues, salaries: Salaries, balance: Floats
) -> tuple[Floats, Floats]:
    """The lowest balance just after an instalment of the horizon, in hundredths; NaN where something is unknown.

    Args:
        sums: with the column `net`: what came in beside salary, less what went out beside debt.
        dues: what falls due.
        salaries: the customers' salaries; the smaller of the last and the usual one is expected on each pay day.
        balance: the present balance.

    Returns:
        The lowest with the average of what `net` came to in the same days of earlier months, and with the worst.
    """
    who, ahead = dues.customer, dues.days_ahead
    since_first = ahead - salaries.expected_in_days[who]
    expected = np.maximum(np.floor(since_first / salaries.gap_days[who]) + 1.0, 0.0)
    paid = np.nan_to_num(expected * np.minimum(salaries.last_amount, salaries.usual_amount)[who])
    fixed = balance[who] + paid - dues.owed_amount
    average, worst = _net_of_earlier_months(sums, who=who, ahead=ahead)
    return (
        _lowest(fixed + average, who=who, customers=sums.customers),
        _lowest(fixed + worst, who=who, customers=sums.customers),
    )


def _net_of_earlier_months(sums: DailySums, *, who: Ints, ahead: Ints) -> tuple[Floats, Floats]:
    """What the column `net` came to over the same days of the months that are known: on average, and at worst."""
    net = sums.cumulative("net")
    total, months = np.zeros(len(who)), np.zeros(len(who))
    worst = np.full(len(who), np.inf)
    for back in MONTHS_BACK:
        known = sums.oldest_age[who] >= back - 1
        came = net[back, who] - net[back - ahead, who]
        total += np.where(known, came, 0.0)
        worst = np.where(known, np.minimum(worst, came), worst)
        months += known
    is_known = months > 0
    return (
        np.where(is_known, total / np.maximum(months, 1), MISSING),
        np.where(is_known, worst, MISSING),
    )


def _lowest(left: Floats, *, who: Ints, customers: int) -> Floats:
    """The lowest of what is left after each instalment; one that is unknown makes it unknown."""
    lowest = np.full(customers, np.inf)
    np.minimum.at(lowest, who, np.where(np.isnan(left), -np.inf, left))
    return np.where(np.isfinite(lowest), lowest, MISSING)

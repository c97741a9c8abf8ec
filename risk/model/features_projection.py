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
    who = dues.customer
    average, worst = balances_ahead(
        sums=sums,
        salaries=salaries,
        balance=balance,
        who=who,
        ahead=dues.days_ahead,
        owed_amount=dues.owed_amount,
    )
    return (
        _lowest(average, who=who, customers=sums.customers),
        _lowest(worst, who=who, customers=sums.customers),
    )


def balances_ahead(
    *, sums: DailySums, salaries: Salaries, balance: Floats, who: Ints, ahead: Ints, owed_amount: Floats
) -> tuple[Floats, Floats]:
    """The balance at the end of days ahead, in hundredths; NaN where something is unknown.

    Args:
        sums, salaries, balance: as in `projected_balances`.
        who: of each asked day, the customer.
        ahead: of each asked day, how far ahead it lies; from 0 to `settlement.HORIZON_DAYS`.
        owed_amount: of each asked day, what has to be paid from now until its end.

    Returns:
        With the average of what `net` came to in the same days of earlier months, and with the worst.
    """
    paid = salaries_ahead(salaries=salaries, who=who, ahead=ahead)
    fixed = balance[who] + paid - owed_amount
    average, worst = net_of_earlier_months(sums, who=who, ahead=ahead)
    return fixed + average, fixed + worst


def salaries_ahead(*, salaries: Salaries, who: Ints, ahead: Ints) -> Floats:
    """What salaries are expected from now until the end of days ahead, in hundredths; 0 where no rhythm is known."""
    since_first = ahead - salaries.expected_in_days[who]
    expected = np.maximum(np.floor(since_first / salaries.gap_days[who]) + 1.0, 0.0)
    paid: Floats = np.nan_to_num(expected * np.minimum(salaries.last_amount, salaries.usual_amount)[who])
    return paid


def net_of_earlier_months(sums: DailySums, *, who: Ints, ahead: Ints) -> tuple[Floats, Floats]:
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

"""Daily purchases: six moments of the day, seven categories, by habit, season, mood and the money left."""

from dataclasses import dataclass

import numpy as np

from ingest.simulator.arrays import Bools, Floats, Ints
from ingest.simulator.bank_days import DAYS_PER_MONTH, SHOPPING_BY_MONTH, TRAVEL_BY_MONTH, BankDay
from ingest.simulator.book import Kind
from ingest.simulator.codes import Category, Channel, Slot, Status
from ingest.simulator.day import Day
from ingest.simulator.merchants import favourite
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import PAISE
from ingest.simulator.population import IS_ESSENTIAL
from ingest.simulator.randomness import Topic, lognormal, moods

SLOTS = (
    Slot.PURCHASE_EARLY,
    Slot.PURCHASE_NOON,
    Slot.PURCHASE_AFTERNOON,
    Slot.PURCHASE_DUSK,
    Slot.PURCHASE_EVENING,
    Slot.PURCHASE_LATE,
)
CHOICES_PER_SLOT = 4
SIZES_PER_SLOT = 2
LEAST_PURCHASE = 10 * PAISE
ESSENTIAL_PACE = 0.3  # hunger follows the purse less than pleasure does
ONLINE = (Category.SHOPPING, Category.TRAVEL, Category.ENTERTAINMENT)
IS_ONLINE = np.isin(np.arange(IS_ESSENTIAL.size), ONLINE)


@dataclass(frozen=True)
class ShoppingPlan:
    """What a customer is inclined to do today.

    ``rates`` (7, customers) are purchases a day, ``splurge`` is by how much they grow because
    there is money, ``reserve`` is what is not to be touched, in paise.
    """

    rates: Floats
    splurge: Floats
    reserve: Floats
    choices: Floats
    sizes: Floats


def plan_shopping(day: Day) -> ShoppingPlan:
    """Decide in the morning how much each customer is inclined to buy today."""
    terms, population = PARAMETERS.spending, day.population
    reserve = population.traits.prudence * day.obligations_ahead
    days_left = np.minimum(day.horizon_days, DAYS_PER_MONTH)
    needed = population.budget.flexible / DAYS_PER_MONTH * days_left
    money = (day.state.balance - reserve) / np.maximum(needed, 1.0)
    pace = np.clip(money, *terms.pace_bounds) ** population.traits.pacing
    u = moods(population.randomness, month=day.bank_day.month)
    mood = lognormal(u[0], u[1], np.asarray(terms.mood_sigma)[population.persona])
    essential = IS_ESSENTIAL[:, None]
    inclination = np.where(
        essential, day.effects.essential * pace**ESSENTIAL_PACE, day.effects.discretionary * pace * mood
    )
    rates = population.budget.counts / DAYS_PER_MONTH * season(day.bank_day)[:, None] * inclination
    return ShoppingPlan(
        rates=rates,
        splurge=np.clip(money, 1.0, np.asarray(terms.splurge_most)[population.persona]),
        reserve=reserve,
        choices=day.uniforms(Topic.PURCHASE_CHOICE, CHOICES_PER_SLOT * len(SLOTS)),
        sizes=day.uniforms(Topic.PURCHASE_SIZE, SIZES_PER_SLOT * len(SLOTS)),
    )


def season(bank_day: BankDay) -> Floats:
    """Return by which factor each category is bought more or less often on a day of the week and the year."""
    terms, month = PARAMETERS.spending, bank_day.on.month - 1
    factor = np.array([week[bank_day.on.weekday()] for week in terms.weekday_factor], dtype=np.float64)
    early = bank_day.on.day <= terms.month_start_days
    factor[Category.GROCERY] *= terms.month_start_grocery if early else terms.month_rest_grocery
    factor[Category.SHOPPING] *= SHOPPING_BY_MONTH[month]
    factor[Category.TRAVEL] *= TRAVEL_BY_MONTH[month]
    return factor


def shop(day: Day, plan: ShoppingPlan, *, moment: int) -> None:
    """Let customers buy at one of the day's six moments.

    Args:
        day: the day.
        plan: what they are inclined to.
        moment: 0–5, the place in ``SLOTS``.
    """
    u = plan.choices[CHOICES_PER_SLOT * moment : CHOICES_PER_SLOT * (moment + 1)]
    intensity = plan.rates * np.asarray(PARAMETERS.spending.slot_share[moment])[:, None]
    edges = np.cumsum(intensity, axis=0)
    who = day.where(u[0] < -np.expm1(-edges[-1]))
    category = (edges[:-1, who] <= u[1, who] * edges[-1, who]).sum(axis=0).astype(np.int64)
    amount = _sizes(day, plan, who, category=category, moment=moment)
    amount, attempted = _restrain(day, plan, who, category=category, amount=amount, restraint=u[2, who])
    who, category, amount = who[attempted], category[attempted], amount[attempted]
    taste = day.population.traits.taste[who]
    kind = Kind(
        _channels(day, who, category, u[3, who]), category, favourite(category, taste=taste, u=u[2, who])
    )
    day.book.debit(SLOTS[moment], who, amount, kind, refusal=Status.DECLINED)


def _sizes(day: Day, plan: ShoppingPlan, who: Ints, *, category: Ints, moment: int) -> Ints:
    """Draw what each purchase would cost, in whole rupees."""
    u = plan.sizes[SIZES_PER_SLOT * moment : SIZES_PER_SLOT * (moment + 1), who]
    sigma = np.asarray(PARAMETERS.spending.ticket_sigma)[category]
    cost = day.population.budget.tickets[category, who] * lognormal(u[0], u[1], sigma)
    cost *= np.where(IS_ESSENTIAL[category], 1.0, plan.splurge[who])
    return np.maximum((cost / PAISE).astype(np.int64) * PAISE, LEAST_PURCHASE)


def _restrain(
    day: Day, plan: ShoppingPlan, who: Ints, *, category: Ints, amount: Ints, restraint: Floats
) -> tuple[Ints, Bools]:
    """Let the prudent spare their reserve, buy less of what is essential, or try in vain."""
    balance, traits = day.state.balance[who], day.population.traits
    essential = IS_ESSENTIAL[category]
    touches = amount > balance - plan.reserve[who]
    refrains = ~essential & touches & (restraint < traits.prudence[who])
    less = np.maximum(balance // 2 // PAISE * PAISE, LEAST_PURCHASE)
    scaled = np.where(essential & (amount > balance), less, amount)
    hopeless = (scaled > balance) & (restraint >= PARAMETERS.spending.declined_prob)
    return scaled, ~refrains & ~hopeless


def _channels(day: Day, who: Ints, category: Ints, u: Floats) -> Ints:
    """Choose UPI or card by habit; some of what can be bought online goes by net banking."""
    by_phone = u < day.population.traits.upi_share[who]
    online = IS_ONLINE[category] & (u > 0.92)
    return np.where(online, Channel.NETBANKING, np.where(by_phone, Channel.UPI, Channel.POS)).astype(np.int64)

"""The recipe of the portfolio in the database: its seed, size and days, from which every event follows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.models import SimulatedPortfolio
from ingest.simulator.bank_days import BankDay
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.world import World, begin


class PortfolioRefused(Exception):
    """The portfolio cannot be made; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """From what a portfolio is made.

    Args:
        seed: the random seed, 0 to 2**63 - 1.
        customers: how many customers.
        history_on: the first bank day of the history.
        live_on: the first bank day after it; the live stream begins with its midnight.
    """

    seed: int
    customers: int
    history_on: date
    live_on: date

    @property
    def days(self) -> int:
        """How many bank days the history has."""
        return (self.live_on - self.history_on).days

    def world(self, *, first: int, count: int, zone: ZoneInfo) -> World:
        """Return a range of the customers on the morning of the simulation's first day."""
        return begin(seed=self.seed, first=first, count=count, history_on=self.history_on, zone=zone)

    def __str__(self) -> str:
        until = self.live_on - timedelta(days=1)
        return f"{self.customers:,} customers, seed {self.seed}, {self.days} days up to {until:%Y-%m-%d}"


def recipe_until(*, end_on: date, days: int, customers: int, seed: int) -> Recipe:
    """Return the recipe of a history of so many days, of which ``end_on`` is the last."""
    live_on = end_on + timedelta(days=1)
    return Recipe(seed=seed, customers=customers, history_on=live_on - timedelta(days=days), live_on=live_on)


def recipe_of(portfolio: SimulatedPortfolio) -> Recipe:
    """Return the recipe of the stored portfolio.

    Raises:
        PortfolioRefused: it was made by another version of the simulator, whose days would not continue it.
    """
    if portfolio.parameters != PARAMETERS.fingerprint():
        raise PortfolioRefused(
            f"The portfolio was made with the simulator's numbers {portfolio.parameters}, this version has"
            f" {PARAMETERS.fingerprint()}: its future would not follow from its past. Make it anew."
        )
    return Recipe(
        seed=portfolio.seed,
        customers=portfolio.customers,
        history_on=portfolio.history_on,
        live_on=portfolio.live_on,
    )


def start_of_stream(recipe: Recipe, *, zone: ZoneInfo) -> datetime:
    """Return the last moment of the history: the stream produces what comes after it."""
    midnight = datetime.fromtimestamp(BankDay(recipe.live_on).start_us(zone) / 1_000_000, tz=zone)
    return midnight - timedelta(microseconds=1)


def is_there(recipe: Recipe, *, any_end: bool) -> bool:
    """Say whether the portfolio is in the database already.

    Args:
        recipe: what is wanted.
        any_end: whether a history of the same length that ended on another day will do.

    Raises:
        PortfolioRefused: another portfolio is there.
    """
    stored = SimulatedPortfolio.objects.first()
    if stored is None:
        return False
    present = recipe_of(stored)
    same = (present.seed, present.customers, present.days) == (recipe.seed, recipe.customers, recipe.days)
    if same and (any_end or present.live_on == recipe.live_on):
        return True
    raise PortfolioRefused(
        f"Another portfolio is there already: {present}. An empty database can hold a new one."
    )

"""Episodes of trouble: from when to when, and what they do to income, spending, cash and caution on a day.

Gaps between episodes are exponential, so that the onset of the next cannot be told from the calendar. The
first gap is counted from well before the simulation, whose first day finds some customers in the middle of
an episode.
"""

from dataclasses import dataclass

import numpy as np

from ingest.simulator.arrays import Bools, Floats, Ints
from ingest.simulator.codes import Persona
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.randomness import Randomness, Topic, between, exponential, lognormal

NEVER = 10**7  # a bank day's ordinal after any date
COLUMNS = 12


@dataclass(frozen=True)
class Episodes:
    """Arrays (episodes, customers); dates are ordinals, ``ends`` is the first day without trouble."""

    begins: Ints
    ends: Ints
    kept_share: Floats
    reaction: Floats
    lag_days: Floats
    fade_days: Floats
    activity_floor: Floats
    outflow_share: Floats

    def current(self, ordinal: int) -> Ints:
        """Say for each customer which episode is under way, −1 for none."""
        under_way = (self.begins <= ordinal) & (ordinal < self.ends)
        return np.where(under_way.any(axis=0), under_way.argmax(axis=0), -1).astype(np.int64)


@dataclass(frozen=True)
class Effects:
    """What trouble does to each customer on one day; who is in none has factors of 1 and strengths of 0."""

    in_trouble: Bools
    income: Floats
    discretionary: Floats
    essential: Floats
    cash: Floats
    caution_days: Floats
    outflow_share: Floats


def draw_episodes(randomness: Randomness, *, persona: Ints, begins_on: int) -> Episodes:
    """Draw the episodes of customers.

    Args:
        randomness: the customers' streams.
        persona: each customer's persona; only INCOME_SHOCK and SILENT_DRAIN have episodes.
        begins_on: ordinal of the simulation's first day.

    Returns:
        The episodes, in order.
    """
    trouble = PARAMETERS.trouble
    drain = persona == Persona.SILENT_DRAIN
    u = np.stack(
        [randomness.uniforms(Topic.EPISODE, moment=k, width=COLUMNS) for k in range(trouble.episodes)], axis=1
    )
    gap = exponential(u[0], np.where(drain, trouble.drain_gap_days, trouble.shock_gap_days))
    length = lognormal(u[1], u[2], trouble.length_sigma) * np.exp(trouble.length_sigma**2 / 2)
    length *= np.where(drain, trouble.drain_median_days, trouble.shock_median_days)
    length *= np.where(u[3] < trouble.permanent_prob, trouble.permanent_factor, 1.0)
    ends = begins_on - trouble.history_days + np.ceil(np.cumsum(gap + length, axis=0))
    begins = ends - np.ceil(length)
    troubled = drain | (persona == Persona.INCOME_SHOCK)
    return Episodes(
        begins=np.where(troubled, begins, NEVER).astype(np.int64),
        ends=np.where(troubled, ends, NEVER).astype(np.int64),
        **_characters(u, drain=drain),
    )


def _characters(u: Floats, *, drain: Bools) -> dict[str, Floats]:
    """Draw what each episode is like: arrays (episodes, customers) by field of ``Episodes``."""
    trouble = PARAMETERS.trouble
    shock_kept = np.where(u[4] < trouble.loss_prob, 0.0, between(u[5], *trouble.cut_kept_share))
    reaction = np.where(u[6] < trouble.no_reaction_prob, 0.0, between(u[7], *trouble.reaction))
    zero = np.zeros_like(shock_kept)
    return {
        "kept_share": np.where(drain, between(u[5], *trouble.drain_income_floor), shock_kept),
        "reaction": np.where(drain, zero, reaction),
        "lag_days": between(u[8], *trouble.reaction_lag_days),
        "fade_days": np.where(drain, between(u[9], *trouble.drain_income_days), zero),
        "activity_floor": np.where(drain, between(u[10], *trouble.drain_activity_floor), zero + 1.0),
        "outflow_share": np.where(drain, between(u[11], *trouble.drain_outflow_share), zero),
    }


def effects_on(episodes: Episodes, ordinal: int) -> Effects:
    """Work out what trouble does to each customer on a day.

    Args:
        episodes: the customers' episodes.
        ordinal: the bank day.

    Returns:
        One ``Effects`` with an element for each customer.
    """
    trouble = PARAMETERS.trouble
    at = episodes.current(ordinal)
    inside = at >= 0
    cell = (np.maximum(at, 0), np.arange(at.size))
    elapsed = np.where(inside, ordinal - episodes.begins[cell], 0).astype(np.float64)
    felt = np.clip((elapsed - episodes.lag_days[cell]) / trouble.reaction_ramp_days, 0.0, 1.0)
    strength = np.where(inside, episodes.reaction[cell] * felt, 0.0)
    faded = np.clip(elapsed / np.maximum(episodes.fade_days[cell], 1.0), 0.0, 1.0)
    withdrawn = np.clip(elapsed / trouble.drain_activity_days, 0.0, 1.0)
    activity = 1.0 - (1.0 - episodes.activity_floor[cell]) * withdrawn * inside
    run = strength * np.exp(-np.maximum(elapsed - episodes.lag_days[cell], 0.0) / trouble.cash_run_days)
    return Effects(
        in_trouble=inside,
        income=np.where(inside, 1.0 - (1.0 - episodes.kept_share[cell]) * faded, 1.0),
        discretionary=activity * (1.0 - trouble.discretionary_cut * strength),
        essential=activity * (1.0 - trouble.essential_cut * strength),
        cash=activity * (1.0 + trouble.cash_run_factor * run),
        caution_days=trouble.caution_days * strength,
        outflow_share=np.where(inside, episodes.outflow_share[cell], 0.0),
    )

"""A lower estimate of what could be known on the simulated portfolio, by whoever knew the whole present.

The simulation knows everything about a customer on the evening of a moment: money kept elsewhere, habits, whether
trouble is under way and how it goes on. From there the future is lived through many times with other luck: other
purchases, emergencies, lapses and onsets. The share of futures in which the customer misses an instalment is the true
risk, as nearly as that many futures tell. Ranking customers by this share finds what can be found from the present;
since the share of a few dozen futures is noisy itself, the figures lie below what the true risk would give, and
closer to it with more futures. It is computed for the note on what bounds detection, and for nothing else.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ingest.simulator.codes import Persona
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.population import Population
from ingest.simulator.portfolio import Recipe
from ingest.simulator.randomness import Randomness, Topic, exponential
from ingest.simulator.shocks import NEVER, Episodes
from ingest.simulator.world import World
from risk.training.metrics import Ranking, figures

HORIZON_DAYS, GRACE_DAYS = 30, 3
# As many imagined rows at the model's own probability as steady a share of few futures.
PRIOR_FUTURES = 10
MIX = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class OtherLuck(Randomness):
    """The same customers with other luck from a day on; what is drawn for whole months stays as it was.

    Args:
        until: the last day that stays as it was.
        future: which future.
    """

    until: int
    future: int

    def uniforms(self, topic: Topic, *, moment: int, width: int) -> NDArray[np.float64]:
        """See `Randomness.uniforms`."""
        same = Randomness(seed=self.seed, first=self.first, count=self.count)
        if moment > self.until:
            seed = (self.seed + MIX * (self.future + 1)) % 2**64
            same = dataclasses.replace(same, seed=seed)
        return same.uniforms(topic, moment=moment, width=width)


def compared(
    *, scores: Path, numbers: dict[int, int], recipe: Recipe, zone: ZoneInfo, moments: int, futures: int
) -> dict[str, dict[str, float]]:
    """Figures of the model and of whoever knows the whole present, on the same rows.

    Args:
        scores: what `train_model --scores` wrote.
        numbers: by customer id, the bank id as a number.
        recipe: of the portfolio.
        zone: the bank's.
        moments: how many test moments, spread over the test window.
        futures: how many to live through from each.

    Returns:
        Figures by name, by `model` and `present`.
    """
    table = pq.read_table(scores)
    as_of, missed = table["as_of"].to_numpy(), table["label"].to_numpy() > 0
    model = table["prob_model"].to_numpy()
    place = np.array([numbers[each] for each in table["customer_id"].to_pylist()]) - 1
    tested = np.unique(as_of)
    chosen = tested[np.unique(np.linspace(0, tested.size - 1, moments).round().astype(int))]
    risk = np.full(model.size, np.nan)
    shares = true_risk(recipe, zone=zone, moments=chosen.tolist(), futures=futures)
    for moment, share in zip(chosen, shares, strict=True):
        rows = as_of == moment
        risk[rows] = (futures * share[place[rows]] + PRIOR_FUTURES * model[rows]) / (futures + PRIOR_FUTURES)
    known = ~np.isnan(risk)
    return {
        name: figures(Ranking(ranks[known], missed[known]).curve())
        for name, ranks in (("model", model), ("present", risk))
    }


def true_risk(
    recipe: Recipe, *, zone: ZoneInfo, moments: list[dt.date], futures: int
) -> Iterator[NDArray[np.float64]]:
    """For each moment, rising, the share of futures in which each customer misses an instalment.

    Args:
        recipe: of the portfolio.
        zone: the bank's.
        moments: bank days, on whose evening the present ends.
        futures: how many.

    Yields:
        One element per customer, in the order of bank ids.
    """
    world = recipe.world(first=0, count=recipe.customers, zone=zone)
    for moment in moments:
        for _ in world.days(until=moment + dt.timedelta(days=1)):
            pass
        missed = np.zeros(recipe.customers)
        for future in range(futures):
            missed += misses(_with_other_luck(world, future), as_of=moment)
        yield missed / futures


def misses(world: World, *, as_of: dt.date) -> NDArray[np.bool_]:
    """Live through one future and say who misses an instalment that falls due within the horizon."""
    last_due = (as_of + dt.timedelta(days=HORIZON_DAYS)).toordinal()
    found = np.zeros(world.population.size, dtype=np.bool_)
    waiting = []
    first = int(world.population.numbers[0])
    for day in world.days(until=as_of + dt.timedelta(days=HORIZON_DAYS + GRACE_DAYS + 1)):
        waiting.append(day.dues)
        if len(waiting) > GRACE_DAYS:
            dues = waiting.pop(0)
            dues = dues[dues["due_on"] <= last_due]
            place = dues["number"] - first
            found[place] |= world.state.arrears[dues["loan"], place] > 0
    return found


def _with_other_luck(world: World, future: int) -> World:
    """A copy of the world whose next day is lived with other luck; onsets that lie ahead are drawn anew."""
    population, until = world.population, world.next_on.toordinal() - 1
    luck = OtherLuck(**dataclasses.asdict(population.randomness), until=until, future=future)
    state = dataclasses.replace(
        world.state,
        **{each.name: getattr(world.state, each.name).copy() for each in dataclasses.fields(world.state)},
    )
    return World(
        population=dataclasses.replace(
            population, randomness=luck, episodes=_other_onsets(population, luck, until)
        ),
        state=state,
        next_on=world.next_on,
        zone=world.zone,
    )


def _other_onsets(population: Population, luck: OtherLuck, until: int) -> Episodes:
    """Gaps between episodes are exponential: the next onset is as far away as it ever was, wherever one stands."""
    episodes, trouble = population.episodes, PARAMETERS.trouble
    mean = np.where(
        population.persona == Persona.SILENT_DRAIN, trouble.drain_gap_days, trouble.shock_gap_days
    )
    gap = exponential(luck.uniforms(Topic.EPISODE, moment=until + 1, width=1)[0], mean)
    ahead = episodes.begins > until
    next_begin = np.where(ahead, episodes.begins, NEVER).min(axis=0)
    under_way = (episodes.begins <= until) & (until < episodes.ends)
    earliest = np.maximum(until, np.where(under_way, episodes.ends, 0).max(axis=0))
    shift = np.where(next_begin < NEVER, earliest + np.ceil(gap).astype(np.int64) - next_begin, 0)
    return dataclasses.replace(
        episodes,
        begins=np.where(ahead, episodes.begins + shift, episodes.begins),
        ends=np.where(ahead, episodes.ends + shift, episodes.ends),
    )

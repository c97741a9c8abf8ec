"""Building the training set: customers at moments become rows of features and labels."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from risk.evaluation import Evaluation
from risk.features import Bools, Ints
from risk.model.as_of import View, snapshot, views
from risk.model.inputs import ModelInputs
from risk.rulebook import RulebookContent
from risk.training.dataset import Block, Writer
from risk.training.labels import Outcomes, read_outcomes
from risk.training.portfolio import Asked, book_payments

NOTHING_DUE = "nothing falls due within 30 days"
HISTORY_UNKNOWN = "no payment of the loan is known"
OVERDUE = "something is overdue"
UNDECIDED = "a loan was closed before its instalment could be judged"
NOT_COVERED = "the model does not speak of the customer"
REASONS = (NOTHING_DUE, HISTORY_UNKNOWN, OVERDUE, UNDECIDED, NOT_COVERED)


class Source(Protocol):
    """Whom to ask about, and when."""

    def count(self) -> int:
        """How many customers there are to pass."""
        ...

    def chunks(self, rules: RulebookContent) -> Iterator[Asked]:
        """Ask, chunk by chunk."""
        ...


@dataclass
class Summary:
    """What a training set holds, and what it leaves out.

    Args:
        rows, misses: by the moment's bank day, as PostgreSQL counts dates.
        customers: customers with at least one row.
        skipped: customers at moments that have no row, by reason.
        booked: repayments that had to be booked first.
    """

    rows: Counter[int] = field(default_factory=Counter)
    misses: Counter[int] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    customers: int = 0
    booked: int = 0

    def add(self, block: Block) -> None:
        """Count the rows of a chunk."""
        self.customers += np.unique(block.customer_id).size
        self.rows.update(_counted(block.as_of))
        self.misses.update(_counted(block.as_of[block.label > 0]))


def build(
    *, source: Source, writer: Writer, rules: RulebookContent, on_progress: Callable[[int], None]
) -> Summary:
    """Write a row for every customer and moment that the model speaks of; with labels that were given, only for those.

    Repayments that wait for a refresh are booked first, as the refresh would: an instalment must not look missed
    because nobody has looked at its debit yet. Then each chunk is read in one snapshot of the database.

    Args:
        source: whom to ask about.
        writer: takes the rows.
        rules: the rulebook.
        on_progress: told after each chunk how many customers have been passed.
    """
    summary = Summary()
    passed = 0
    for asked in source.chunks(rules):
        summary.booked += book_payments(np.unique(asked.wanted.customer_id).tolist())
        with snapshot():
            blocks = list(_blocks(asked, rules, summary.skipped))
        if any(len(block) for block, _ in blocks):
            block, buckets = _in_order(blocks)
            writer.write(block, buckets=buckets)
            summary.add(block)
        passed += asked.customers
        on_progress(passed)
    return summary


def _blocks(asked: Asked, rules: RulebookContent, skipped: Counter[str]) -> Iterator[tuple[Block, Ints]]:
    """The rows of a chunk, with their buckets, bank day by bank day."""
    outcomes = read_outcomes(asked.wanted) if asked.labels is None else Outcomes.given(asked.labels)
    for view in views(wanted=asked.wanted, rules=rules):
        inputs = view.inputs(rules)
        chosen = inputs.is_covered & ~outcomes.is_undecided[view.places]
        if asked.labels is None:
            skipped.update(_reasons(outcomes, view.places[~chosen], is_covered=inputs.is_covered[~chosen]))
        else:
            skipped[NOT_COVERED] += int((~chosen).sum())
        block = _block(view=view, inputs=inputs, outcomes=outcomes, evaluation=view.evaluation(rules))
        yield block.take(chosen), asked.buckets[view.places[chosen]]


def _reasons(outcomes: Outcomes, places: Ints, *, is_covered: Bools) -> dict[str, int]:
    """How many of these have no row, by reason; those of whom the model speaks have none since they are undecided."""
    is_due, is_unknown = outcomes.is_due[places], outcomes.is_unknown[places]
    return {
        UNDECIDED: int(is_covered.sum()),
        OVERDUE: int((is_due & ~is_covered).sum()),
        HISTORY_UNKNOWN: int((is_unknown & ~is_due).sum()),
        NOTHING_DUE: int((~is_unknown & ~is_due).sum()),
    }


def _block(*, view: View, inputs: ModelInputs, outcomes: Outcomes, evaluation: Evaluation) -> Block:
    silence = evaluation.features.days_since_salary
    return Block(
        customer_id=view.ids,
        as_of=np.full(view.ids.size, view.as_of, dtype=np.int64),
        label=outcomes.is_missed[view.places].astype(np.int64),
        due_day=outcomes.due_day[view.places],
        score=evaluation.score.score,
        score_level=evaluation.score.level,
        segment=evaluation.segments,
        scorecard_days_since_salary=np.where(silence < 0, np.nan, silence),
        values=inputs.values,
    )


def _in_order(parts: list[tuple[Block, Ints]]) -> tuple[Block, Ints]:
    """The rows of a chunk and their buckets, by customer and moment."""
    block = Block.joined([part for part, _ in parts])
    order = np.lexsort((block.as_of, block.customer_id))
    return block.take(order), np.concatenate([buckets for _, buckets in parts])[order]


def _counted(days: Ints) -> dict[int, int]:
    found, counts = np.unique(days, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))

"""Lead times: the first flag of the run-up counts, and only run-ups that were watched from end to end."""

from typing import Any

import numpy as np
import pytest

from risk.training.lead_time import capture_of_misses, lead_time

MOMENTS = np.datetime64("2026-03-04") + 7 * np.arange(10)


def rows(*found: tuple[int, int, int, bool]) -> dict[str, Any]:
    """Missed rows as (customer, number of the moment, days from the first moment to the due date, flagged)."""
    customers, at, due, flagged = (np.array(column) for column in zip(*found, strict=True))
    return {
        "customers": customers,
        "as_of": MOMENTS[at],
        "due_on": MOMENTS[0] + due,
        "missed": np.ones(len(found), dtype=bool),
        "flagged": flagged,
        "moments": MOMENTS,
        "horizon_days": 30,
    }


def test_lead_runs_from_the_first_flag_to_the_due_date() -> None:
    found = lead_time(**rows((1, 1, 35, False), (1, 2, 35, True), (1, 3, 35, False), (1, 4, 35, True)))

    assert (found.misses, found.lead_days.tolist()) == (1, [21.0])


def test_shares_are_of_the_flagged_and_of_all() -> None:
    found = lead_time(
        **rows((1, 1, 35, True), (2, 4, 35, True), (3, 3, 35, True), (4, 1, 35, False), (4, 2, 35, False))
    ).as_json()

    assert found == {
        "misses": 4,
        "flagged": 3,
        "flagged_share": 0.75,
        "median_days": 14.0,
        "share_7d_of_flagged": 1.0,
        "share_7d_of_all": 0.75,
        "share_14d_of_flagged": pytest.approx(2 / 3),
        "share_14d_of_all": 0.5,
    }


def test_two_misses_of_a_customer_are_two() -> None:
    assert lead_time(**rows((1, 1, 35, True), (1, 5, 40, True))).misses == 2


@pytest.mark.parametrize(
    ("due", "counts"),
    [
        (23, False),  # a moment a week before the first would have been in the run-up
        (24, True),
        (70, True),
        (71, False),  # so would one a week after the last
    ],
)
def test_run_up_must_lie_in_the_test_window(due: int, counts: bool) -> None:
    at = 0 if due < 30 else 9

    assert lead_time(**rows((1, at, due, True))).misses == counts


def test_paid_instalments_have_no_lead_time() -> None:
    paid = rows((1, 1, 35, True)) | {"missed": np.array([False])}

    assert lead_time(**paid).as_json() == {
        "misses": 0,
        "flagged": 0,
        "flagged_share": None,
        "median_days": None,
        "share_7d_of_flagged": None,
        "share_7d_of_all": None,
        "share_14d_of_flagged": None,
        "share_14d_of_all": None,
    }


def test_single_moment_watches_only_what_is_due_at_its_horizon() -> None:
    one = rows((1, 0, 30, True), (2, 0, 1, True)) | {"moments": MOMENTS[:1]}

    assert lead_time(**one).misses == 0


def captured(ranks: list[float], rate: float, due: list[str] | None = None) -> tuple[int, float | None]:
    """Ten rows: customer 1 misses one instalment in three rows, customer 2 another in one."""
    missed = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
    due_on = np.array(due or ["2026-03-01"] * 10, dtype="datetime64[D]")
    customers = np.array([1, 1, 1, 2, 3, 4, 5, 6, 7, 8])
    found = np.array(ranks, dtype=np.float64)
    return capture_of_misses(customers=customers, due_on=due_on, missed=missed, ranks=found, rate=rate)


def test_each_missed_instalment_counts_once_however_many_rows_it_has() -> None:
    assert captured([9, 8, 7, 1, 6, 5, 4, 3, 2, 0], 0.3) == (2, 0.5)
    assert captured([9, 0, 0, 8, 6, 5, 4, 3, 2, 1], 0.2) == (2, 1.0)


def test_customer_who_missed_twice_has_two() -> None:
    due = ["2026-03-01", "2026-03-01", "2026-04-01", *["2026-03-01"] * 7]

    assert captured([9, 8, 0, 1, 6, 5, 4, 3, 2, 0.5], 0.2, due) == (3, 1 / 3)


def test_rows_tied_at_the_border_are_not_among_the_highest() -> None:
    assert captured([9, 9, 9, 1, 6, 5, 4, 3, 2, 0], 0.2) == (2, 0.0)


def test_misses_without_a_due_date_are_not_counted() -> None:
    assert captured([9, 8, 7, 1, 6, 5, 4, 3, 2, 0], 0.3, ["NaT"] * 10) == (0, None)

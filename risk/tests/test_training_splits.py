"""Splits: apart in time by an embargo, apart in customers, everybody tested once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.training.splits import BUCKETS, TimeSplit, split_customers, split_moments

DAY = dt.timedelta(days=1)
BEGIN = dt.date(2026, 1, 7)


def weekly(count: int) -> list[dt.date]:
    return [BEGIN + 7 * week * DAY for week in range(count)]


@given(st.sets(st.integers(0, 400), min_size=1, max_size=60), st.integers(1, 60))
def test_no_training_label_reaches_past_the_first_test_moment(days: set[int], label_days: int) -> None:
    moments = [BEGIN + day * DAY for day in days]

    split = split_moments(moments, label_days=label_days)

    if split.is_by_time:
        assert max(split.train) + label_days * DAY <= min(split.test)
        assert sorted({*split.train, *split.embargo, *split.test}) == sorted(moments)
        assert len(split.train) + len(split.embargo) + len(split.test) == len(moments)
    else:
        assert max(moments) - min(moments) < label_days * DAY
        assert split.train == split.test == tuple(sorted(moments))


def test_nine_of_twenty_two_weekly_moments_test() -> None:
    split = split_moments(weekly(22), label_days=33)

    assert split.test == tuple(weekly(22)[13:])
    assert split.train == tuple(weekly(22)[:9])
    assert split.embargo == tuple(weekly(22)[9:13])


def test_long_history_is_tested_on_nine_weeks() -> None:
    split = split_moments(weekly(150), label_days=33)

    assert (split.test[-1] - split.test[0]).days == 63
    assert len(split.train) > 130


def test_two_moments_far_apart_are_split_by_time() -> None:
    split = split_moments([BEGIN, BEGIN + 90 * DAY], label_days=33)

    assert split == TimeSplit(train=(BEGIN,), embargo=(), test=(BEGIN + 90 * DAY,), is_by_time=True)


def test_last_moment_tests_where_few_can_train() -> None:
    split = split_moments([BEGIN, *(BEGIN + day * DAY for day in (34, 100, 167))], label_days=33)

    assert split.test[-1] == BEGIN + 167 * DAY
    assert split.is_by_time


def test_single_moment_is_split_by_customer_only_and_says_so() -> None:
    split = split_moments([BEGIN], label_days=33)

    assert not split.is_by_time
    assert "By customer only" in split.in_words(label_days=33)


def test_split_by_time_says_what_it_separates() -> None:
    words = split_moments(weekly(22), label_days=33).in_words(label_days=33)

    assert "9 moments from 2026-01-07 to 2026-03-04 train" in words
    assert "9 from 2026-04-08 to 2026-06-03 test; 4 between them" in words


@given(st.integers(0, 2**63 - 1), st.integers(1, 8))
def test_customers_of_a_fold_do_one_thing_and_over_all_folds_each_is_tested_once(
    seed: int, folds: int
) -> None:
    splits = split_customers(seed=seed, folds=folds)

    for split in splits:
        together = [*split.fit, *split.stop, *split.calibration, *split.test]
        assert sorted(together) == list(range(BUCKETS))
        assert min(map(len, split.parts().values())) > 0
    tested = [bucket for split in splits for bucket in split.test]
    assert len(tested) == len(set(tested)) == (BUCKETS if folds > 1 else round(0.4 * BUCKETS))


def test_seed_decides_which_customers_go_where() -> None:
    assert split_customers(seed=1, folds=5) == split_customers(seed=1, folds=5)
    assert split_customers(seed=1, folds=5) != split_customers(seed=2, folds=5)


@pytest.mark.parametrize("folds", [0, 9])
def test_folds_that_leave_nothing_are_refused(folds: int) -> None:
    with pytest.raises(ValueError, match="Between 1 and 8 folds"):
        split_customers(seed=1, folds=folds)

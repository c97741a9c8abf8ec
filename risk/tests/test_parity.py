"""Whether live features are what raw rows say, and whether it is noticed when they are not."""

import json
import random
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from customers.models import ActivityTile, Customer
from customers.tests.factories import CustomerFactory
from risk.models import MonitoringReport
from risk.monitoring import parity
from risk.monitoring.parity import Sample, compare, differing, draw
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import NOON, TODAY, TileFactory
from risk.tests.histories import History, entry, known_at, moment, random_history, store

# The command wants a transaction of its own.
committed = pytest.mark.django_db(transaction=True)
at_noon = pytest.mark.usefixtures("at_noon")


def checked(*options: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("check_parity", *options, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("live", "raw", "differs"),
    [
        (1.0, 1.0, False),
        (np.nan, np.nan, False),
        (np.nan, 0.0, True),
        (0.0, np.nan, True),
        (0.0, 1e-7, False),
        (1e9, 1e9 + 100, False),
        (1e9, 1e9 + 2_000, True),
        (1.0, 1.00001, True),
    ],
)
def test_only_rounding_is_no_difference(live: float, raw: float, differs: bool) -> None:
    assert differing(live=np.array([live]), raw=np.array([raw])).tolist() == [differs]


@pytest.mark.parametrize(
    ("sample", "size"),
    [
        (Sample(share=0.01), 3),
        (Sample(share=1.0), 250),
        (Sample(number=7), 7),
        (Sample(number=900), 250),
        (Sample(share=0.001), 1),
    ],
)
def test_a_sample_is_a_share_or_a_number(sample: Sample, size: int) -> None:
    assert sample.size(250) == size


@pytest.mark.django_db
def test_the_same_seed_draws_the_same_customers_and_another_draws_others() -> None:
    CustomerFactory.create_batch(40)
    samples = [draw(sample=Sample(number=10), seed=seed) for seed in (1, 1, 2)]

    assert samples[0] == samples[1] != samples[2]
    assert samples[0] == sorted(set(samples[0]))
    assert len(samples[2]) == 10


@pytest.mark.django_db
def test_every_value_that_either_side_has_is_compared_and_counted() -> None:
    one, other = CustomerFactory.create_batch(2)
    store(History([entry(one, moment(2)), entry(other, moment(2))], []))
    ActivityTile.objects.filter(customer=one).update(txn_count=5)

    tallies = compare(ids=[one.pk, other.pk], as_of=TODAY, rules=EQUILIBRATE_1)

    count = tallies["scorecard.txn_count"]
    assert (count.values, count.mismatches) == (2, 1)
    assert [vars(each) for each in count.examples] == [{"customer_id": one.pk, "live": 5, "raw": 1}]
    assert tallies["salary_late_days"].values == 0
    assert tallies["is_covered"].mismatches == 0


@committed
@at_noon
def test_random_histories_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "CHUNK", 2)
    store(known_at(random_history(random.Random(8), customers=5), NOON))  # noqa: S311

    said = checked("--sample", "100%", "--seed", "3")

    report = MonitoringReport.objects.get().report
    assert said == f"5 customers (seed 3), {report['values']} values, 0 differ: 0.0000%.\n"
    assert report["values"] > 200
    assert (report["holds"], report["features"]) == (True, {})


@committed
@at_noon
def test_a_tile_that_is_wrong_is_told_and_kept() -> None:
    store(known_at(random_history(random.Random(8), customers=5), NOON))  # noqa: S311
    wrong = Customer.objects.latest("pk")
    ActivityTile.objects.filter(customer=wrong).update(debit_amount="9000.00")

    with pytest.raises(CommandError, match=r"not under 0\.1%") as refused:
        checked("--sample", "100%")

    assert refused.value.returncode == 1
    [report] = MonitoringReport.objects.all()
    assert (report.kind, report.as_of_on, report.model) == ("parity", TODAY, None)
    [example] = report.report["features"]["scorecard.total_spend"]["examples"]
    assert example["customer_id"] == wrong.pk
    assert example["live"] > 2 * example["raw"] > 0
    assert report.report["rate"] > report.report["limit"]
    json.dumps(report.report, allow_nan=False)


@committed
@at_noon
def test_nobody_has_nothing_to_differ() -> None:
    assert "0 customers" in checked("--sample", "5")


@committed
@at_noon
def test_differences_are_shown_with_examples() -> None:
    lonely = TileFactory.create(txn_count=3, customer=CustomerFactory.create()).customer_id

    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_parity", "--sample", "1", stdout=said)

    line = next(line for line in said.getvalue().splitlines() if line.startswith("scorecard.txn_count "))
    assert line.split(maxsplit=3) == ["scorecard.txn_count", "1", "1", f"{lonely}: 3.0, 0.0"]


@pytest.mark.parametrize("text", ["0%", "101%", "-1", "0", "many", "1.5", "%"])
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="neither a percentage"):
        checked("--sample", text)

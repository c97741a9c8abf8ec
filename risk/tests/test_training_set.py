"""`build_training_set`: customers at moments, with what was known then and what came of them."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from audit.models import AuditEvent
from customers.models import InstalmentPayment
from customers.tests.factories import InstalmentFactory, LoanFactory
from risk.management.commands import build_training_set
from risk.model.specs import SCHEMA_HASH
from risk.models import DirtyCustomer
from risk.tests.borrowers import LAST_AS_OF, borrowers_store, due_on
from risk.tests.factories import TODAY
from risk.tests.histories import inputs_at
from risk.training import portfolio
from risk.training.dataset import place_of
from risk.training.moments import noon
from risk.training.rows import Rows, TrainingSet
from risk.training.splits import BUCKETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Where the training set goes; nothing else may be left beside it."""
    yield tmp_path / "set"
    assert {path.name for path in tmp_path.iterdir()} <= {"set"}


def built(out: Path, *options: str) -> tuple[Rows, str]:
    """All rows, and what the command says."""
    said = StringIO()
    call_command("build_training_set", "--out", str(out), *options, stdout=said)
    training_set = TrainingSet.open(out)
    return training_set.rows(range(BUCKETS), training_set.moments), said.getvalue()


def content(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "_dataset.json").read_text())
    return found


def test_rows_hold_what_was_known_and_what_came_of_it(out: Path) -> None:
    borrowers = borrowers_store(6, missed=[(2, 2), (4, -26)])
    customers = [each.loan.customer_id for each in borrowers]

    rows, _ = built(out)

    facts = rows.facts
    moments = np.unique(facts.as_of).astype(object).tolist()
    assert moments == [LAST_AS_OF - dt.timedelta(days=7 * step) for step in reversed(range(12))]
    last = np.flatnonzero(facts.as_of == np.datetime64(LAST_AS_OF))
    last = last[np.argsort(facts.customer[last])]
    # The fourth has been overdue since before.
    assert facts.customer[last].tolist() == [*customers[:4], customers[5]]
    assert facts.missed[last].tolist() == [False, False, True, False, False]
    assert facts.due_on[last].astype(object).tolist() == [due_on(ahead) for ahead in (30, 1, 2, 3, 5)]
    expected = inputs_at(customers, noon(LAST_AS_OF)).values
    np.testing.assert_array_equal(rows.values[last], expected[[0, 1, 2, 3, 5]])
    assert facts.days_since_salary[last].tolist() == [0] * 5


def test_what_is_written_says_what_it_is(out: Path) -> None:
    borrowers_store(3, missed=[(1, 1)])

    rows, said = built(out)

    found = content(out)
    assert (found["schema_hash"], found["currency"], found["time_zone"]) == (
        SCHEMA_HASH,
        "INR",
        "Asia/Kolkata",
    )
    assert (found["horizon_days"], found["grace_days"], found["labels_from"]) == (30, 3, "payments")
    assert found["rows"] == len(rows) == sum(found["rows_per_moment"])  # type: ignore[call-overload]
    assert (found["misses"], found["customers"]) == (int(rows.facts.missed.sum()), 3)
    assert found["data_until_on"] == (TODAY - dt.timedelta(days=1)).isoformat()
    assert found["moments"][-1] == LAST_AS_OF.isoformat()  # type: ignore[index]
    lines = said.splitlines()
    assert lines[0] == "The first moment has 84 days of data before it, or a few more."
    assert (found["history_days"], found["label_days"]) == (84, 33)
    assert found["label"] == (
        "an instalment due within 30 days was not fully paid at the end of the day 3 days after its due day"
    )
    assert lines[-3].split() == [LAST_AS_OF.isoformat(), "3", "1", "33.33%"]
    assert lines[-2].split()[:3] == ["all", str(len(rows)), str(found["misses"])]
    assert lines[-1] == "3 customers."
    [event] = AuditEvent.objects.filter(action="risk.training_set.built")
    assert (event.subject_id, event.detail["rows"]) == ("set", len(rows))


def test_an_outcome_that_is_not_known_yet_makes_no_row(out: Path) -> None:
    borrowers_store(2)
    with pytest.raises(CommandError, match=f"the last possible moment is {LAST_AS_OF}") as refused:
        built(out, "--until", (LAST_AS_OF + dt.timedelta(days=1)).isoformat())
    assert refused.value.returncode == 2

    rows, _ = built(out)

    assert rows.facts.as_of.max() + 33 == np.datetime64(TODAY - dt.timedelta(days=1))


def test_moments_can_be_chosen(out: Path) -> None:
    borrowers_store(2)
    first, last = due_on(-20), due_on(-5)

    rows, _ = built(out, "--from", first.isoformat(), "--until", last.isoformat())

    assert np.unique(rows.facts.as_of).astype(object).tolist() == [due_on(-19), due_on(-12), last]
    assert (
        content(out)["history_days"]
        == (due_on(-19) - dt.date.fromisoformat(str(content(out)["data_from_on"]))).days
    )


def test_customers_without_a_row_are_counted_by_reason(out: Path) -> None:
    borrowers = borrowers_store(4, missed=[(1, -29), (3, 3)])
    closed, written_off = borrowers[0].loan, borrowers[3].loan
    closed.closed_on, written_off.closed_on = due_on(-1), due_on(5)
    closed.save()
    written_off.save()
    never_paid = LoanFactory.create(started_on=due_on(-90))
    for number in (1, 2, 3, 4):
        due = due_on(30 * number - 90)
        InstalmentFactory.create(loan=never_paid, number=number, due_on=due, recorded_at=noon(due_on(-90)))

    _, said = built(out, "--from", LAST_AS_OF.isoformat())

    assert said.splitlines()[-1] == (
        "1 customers. Left out, of customers at moments: 1 where nothing falls due within 30 days,"
        " 1 where no payment of the loan is known, 1 where something is overdue,"
        " 1 where a loan was closed before its instalment could be judged."
    )


def test_repayments_that_wait_for_a_refresh_are_booked_first(out: Path) -> None:
    borrowers_store(3, is_booked=False)
    assert not InstalmentPayment.objects.filter(origin="transaction").exists()

    rows, said = built(out)

    assert not rows.facts.missed.any()
    assert len(rows) == 3 * 12
    assert "repayments that waited for a refresh were booked first." in said
    assert DirtyCustomer.objects.filter(repayment_from__isnull=False).count() == 3


def test_the_same_data_give_the_same_bytes_in_chunks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    borrowers_store(5, missed=[(3, 3)])
    built(tmp_path / "one")
    built(tmp_path / "two")
    monkeypatch.setattr(portfolio, "MOST_CUSTOMERS", 2)
    rows, _ = built(tmp_path / "three")

    files = [sorted((tmp_path / name).rglob("*.*")) for name in ("one", "two")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    assert content(tmp_path / "three") == content(tmp_path / "one")
    np.testing.assert_array_equal(
        rows.values,
        TrainingSet.open(tmp_path / "one")
        .rows(range(BUCKETS), TrainingSet.open(tmp_path / "one").moments)
        .values,
    )


def test_a_sample_holds_whole_customers_and_always_the_same(out: Path) -> None:
    borrowers_store(12)

    rows, _ = built(out, "--customers", "50%")

    chosen = [number for number in range(12) if place_of(source="core", bank_id=f"B{number}").share < 0.5]
    assert 0 < len(chosen) < 12
    assert len(np.unique(rows.facts.customer)) == len(chosen)
    assert content(out)["customers_share"] == 0.5


def test_a_training_set_that_is_there_is_kept_unless_told_otherwise(out: Path) -> None:
    borrowers_store(2)
    before, _ = built(out)

    with pytest.raises(CommandError, match="add --replace") as refused:
        built(out, "--customers", "1%")
    assert refused.value.returncode == 2
    after, _ = built(out, "--replace")

    assert len(after) == len(before)


def test_without_a_row_nothing_is_written(out: Path) -> None:
    [borrower] = borrowers_store(1)
    borrower.loan.started_on = TODAY
    borrower.loan.save()

    with pytest.raises(CommandError, match=r"not a single row.*12 where nothing falls due") as refused:
        built(out)

    assert refused.value.returncode == 2
    assert not out.exists()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OperationalError("server closed the connection"),
            "went away (server closed the connection). Nothing",
        ),
        (OSError("no space left"), "cannot write"),
    ],
)
def test_what_goes_wrong_leaves_nothing_behind(
    out: Path, error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    borrowers_store(1)

    def gone(**_: object) -> None:
        raise error

    monkeypatch.setattr(build_training_set, "build", gone)

    with pytest.raises(CommandError, match=re.escape(message)) as refused:
        built(out)

    assert refused.value.returncode == 2
    assert not out.exists()


@pytest.mark.parametrize("text", ["10", "0%", "101%", "ten%"])
def test_what_is_no_percentage_is_refused(out: Path, text: str) -> None:
    with pytest.raises(CommandError, match="is not a percentage"):
        built(out, "--customers", text)

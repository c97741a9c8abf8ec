"""The bank's own outcomes at its own moments: the same features, whoever the customers are."""

import csv
import datetime as dt
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from customers.tests.factories import CustomerFactory
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1
from risk.tests.borrowers import LAST_AS_OF, borrowers_store, due_on
from risk.tests.factories import TODAY
from risk.tests.histories import inputs_at, view_at
from risk.training.moments import noon
from risk.training.rows import Facts, Rows, TrainingSet
from risk.training.splits import BUCKETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]


def built(directory: Path, content: str, *options: str) -> str:
    """Build `directory/set` from a label file; returns what the command says."""
    (directory / "labels.csv").write_text(content)
    said = StringIO()
    call_command(
        "build_training_set",
        "--out",
        str(directory / "set"),
        "--labels",
        str(directory / "labels.csv"),
        "--horizon-days",
        "60",
        *options,
        stdout=said,
    )
    return said.getvalue()


def rows_in(directory: Path) -> Rows:
    training_set = TrainingSet.open(directory / "set")
    return training_set.rows(range(BUCKETS), training_set.moments)


def told(facts: Facts) -> set[tuple[int, dt.date, bool]]:
    """(customer, bank day, label) of each row."""
    return set(
        zip(facts.customer.tolist(), facts.as_of.astype(object).tolist(), facts.missed.tolist(), strict=True)
    )


def test_labels_are_taken_as_they_are_with_features_of_their_moments(tmp_path: Path) -> None:
    first, second = [each.loan.customer for each in borrowers_store(2)]
    day = due_on(-3)

    said = built(
        tmp_path,
        f"as_of,label,customer_id\n{day},1,B0\n{day} 12:00:00,0,B1\n{LAST_AS_OF}T09:30:00+05:30,1,B1\n",
    )

    rows = rows_in(tmp_path)
    assert told(rows.facts) == {(first.pk, day, True), (second.pk, day, False), (second.pk, LAST_AS_OF, True)}
    assert np.isnat(rows.facts.due_on).all()
    expected = inputs_at([first.pk, second.pk], noon(day)).values
    then = rows.facts.as_of == np.datetime64(day)
    order = np.argsort(rows.facts.customer[then])
    np.testing.assert_array_equal(rows.values[then][order], expected)
    assert said.splitlines()[:5] == [
        f"{name:<12}{count:>14}"
        for name, count in zip(
            ("read", "stored", "duplicates", "conflicts", "rejected"), (3, 3, 0, 0, 0), strict=True
        )
    ]
    training_set = TrainingSet.open(tmp_path / "set")
    assert [training_set.content[name] for name in ("labels_from", "label", "label_days")] == [
        "file",
        "stated by the bank",
        60,
    ]
    # The trainer leaves so many days between what it learns from and what it is tested on.
    assert training_set.label_days == 60


def test_a_moment_within_a_day_does_not_see_the_rest_of_it(tmp_path: Path) -> None:
    [borrower] = borrowers_store(1)
    # A purchase happened at 07:12.
    day = TODAY - dt.timedelta(days=37)

    built(tmp_path, f"customer_id,as_of,label\nB0,{day}T07:00:00,0\nB0,{day}T07:30:00,1\n")

    rows = rows_in(tmp_path)
    moments = [noon(day).replace(hour=7, minute=minute) for minute in (0, 30)]
    views = [view_at([borrower.loan.customer_id], at) for at in moments]
    assert [(view.days.day == day_number(day)).sum() for view in views] == [0, 1]
    order = np.argsort(rows.facts.missed)
    for place, view in zip(order, views, strict=True):
        np.testing.assert_array_equal(rows.values[place], view.inputs(EQUILIBRATE_1).values[0])


def test_customers_of_whom_the_model_would_not_speak_have_no_row(tmp_path: Path) -> None:
    borrowers = borrowers_store(2, missed=[(1, 1)])
    CustomerFactory.create(source="cards", bank_id="B0")
    late = due_on(2)

    said = built(
        tmp_path,
        f"customer_id,as_of,label,source\nB0,{late},1,cards\nB0,{late},0,\nB1,{late},1,\nB1,{due_on(1)},1,\n",
    )

    first, second = (each.loan.customer_id for each in borrowers)
    assert told(rows_in(tmp_path).facts) == {(first, late, False), (second, due_on(1), True)}
    assert said.splitlines()[-1] == (
        "2 customers. Left out, of customers at moments: 2 where the model does not speak of the customer."
    )


def test_customers_of_other_sources_are_found(tmp_path: Path) -> None:
    [borrower] = borrowers_store(1)
    Customer.objects.filter(pk=borrower.loan.customer_id).update(source="cards")
    CustomerFactory.create(source="core", bank_id="B0")

    built(tmp_path, f"customer_id,as_of,label,source\nB0,{LAST_AS_OF},1,cards\n")

    assert told(rows_in(tmp_path).facts) == {(borrower.loan.customer_id, LAST_AS_OF, True)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--labels", "labels.csv"], "--labels needs --horizon-days: how many days after as_of"),
        (["--horizon-days", "30"], "--horizon-days is about the outcomes of --labels"),
        (["--labels", "labels.csv", "--horizon-days", "0"], "'0' is not a number of days from 1 to 3,650"),
        (["--labels", "labels.csv", "--horizon-days", "soon"], "'soon' is not a number of days"),
    ],
)
def test_how_long_an_outcome_took_belongs_to_outcomes_that_are_given(
    tmp_path: Path, options: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("build_training_set", "--out", str(tmp_path / "set"), *options)


def test_rows_that_cannot_be_used_are_rejected_with_why(tmp_path: Path) -> None:
    borrowers_store(1)
    tomorrow = TODAY + dt.timedelta(days=1)
    lines = [
        "B0,2026-02-01,1",
        "B0,2026-02-01T12:00:00,1",
        "B0,2026-02-01,0",
        "B9,2026-02-01,1",
        f"B0,{tomorrow},1",
        "B0,2026-02-30,1",
        "B0,17.02.2026 10:00,1",
        "B0,2026-02-02,perhaps",
        ",2026-02-02,1",
        "B0,2026-02-02",
        "",
    ]

    with pytest.raises(CommandError, match="8 rows of the label file were left out; why is in") as refused:
        built(tmp_path, "\n".join(["customer_id,as_of,label", *lines]))

    assert refused.value.returncode == 1
    with (tmp_path / "labels.csv.rejects.csv").open(newline="") as file:
        reasons = {int(row["line"]): row["reason"] for row in csv.DictReader(file)}
    assert reasons == {
        4: "an earlier row says the opposite of this customer at this moment",
        5: "no customer B9 of source core",
        6: f"as_of: '{tomorrow}' lies in the future",
        7: "as_of: '2026-02-30' is not a date such as 2026-02-17",
        8: "as_of: '17.02.2026 10:00' is not a time such as 2026-02-17 17:36:49",
        9: "label: 'perhaps' is neither 1 nor 0",
        10: "customer_id is empty",
        11: "has 2 fields, the header has 3",
    }
    assert told(rows_in(tmp_path).facts) == {(Customer.objects.get().pk, dt.date(2026, 2, 1), True)}


def test_a_label_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no column for as_of, label") as refused:
        built(tmp_path, "customer_id,outcome\nB0,1\n")

    assert refused.value.returncode == 2
    assert not (tmp_path / "set").exists()


def test_a_file_whose_rows_are_all_refused_makes_no_training_set(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a single row") as refused:
        built(tmp_path, "customer_id;as_of;label\nB0;2026-02-01;1\n", "--delimiter", ";")

    assert refused.value.returncode == 2
    assert not (tmp_path / "set").exists()


def test_many_moments_are_told_by_month(tmp_path: Path) -> None:
    borrowers_store(1)
    days = [due_on(-age) for age in range(70)]

    said = built(tmp_path, "customer_id,as_of,label\n" + "".join(f"B0,{day},{day.day % 2}\n" for day in days))

    months = [line.split()[:2] for line in said.splitlines() if line.startswith("202")]
    assert months == [["2025-11", "25"], ["2025-12", "31"], ["2026-01", "14"]]


def test_labels_say_whom_and_when_themselves(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="leave --from, --until and --customers out"):
        built(tmp_path, "customer_id,as_of,label\n", "--until", "2026-01-01")

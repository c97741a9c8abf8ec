"""Schedule and payment files."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from customers import bank_clock
from customers.importers import instalments, payments, pipeline
from customers.importers.instalments import InstalmentImporter
from customers.importers.payments import PaymentImporter
from customers.models import Instalment, InstalmentPayment, Loan
from customers.tests.factories import CustomerFactory, InstalmentFactory, LoanFactory
from customers.tests.imports import Imported, run_import

pytestmark = pytest.mark.django_db

Run = Callable[..., Imported]
SCHEDULE = "customer_id,loan_reference,number,due_on,amount\n"
PAYMENTS = "payment_id,customer_id,loan_reference,amount,occurred_at,recorded_at\n"


@pytest.fixture
def loan() -> Loan:
    made: Loan = LoanFactory.create(customer=CustomerFactory.create(bank_id="7"), reference="A")
    return made


@pytest.fixture
def run_schedule(tmp_path: Path) -> Run:
    def run(content: bytes | str, recorded_at: dt.datetime | None = None) -> Imported:
        return run_import(
            tmp_path,
            content=content,
            fields=instalments.FIELDS,
            required=instalments.REQUIRED,
            make_importer=lambda _, mark: InstalmentImporter(
                source="core", recorded_at=recorded_at, mark_dirty=mark
            ),
        )

    return run


@pytest.fixture
def run_payments(tmp_path: Path) -> Run:
    def run(content: bytes | str, recorded_at: dt.datetime | None = None) -> Imported:
        return run_import(
            tmp_path,
            content=content,
            fields=payments.FIELDS,
            required=payments.REQUIRED,
            make_importer=lambda _, mark: PaymentImporter(
                source="core", recorded_at=recorded_at, mark_dirty=mark
            ),
        )

    return run


def lines_of(version: int) -> list[tuple[Any, ...]]:
    found = Instalment.objects.filter(version=version).order_by("number")
    return list(found.values_list("number", "due_on", "amount", "cumulative_amount"))


@pytest.mark.parametrize("chunk_rows", [1, 10_000])
def test_first_schedule_is_version_one_in_any_order_of_rows(
    run_schedule: Run, loan: Loan, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(pipeline, "CHUNK_ROWS", chunk_rows)

    imported = run_schedule(f"{SCHEDULE}7,A,2,2026-03-05,90.50\n7,A,1,2026-02-05,100\n")

    assert imported.counts == {"stored": 2}
    assert imported.marked == {loan.customer_id}
    assert lines_of(1) == [
        (1, dt.date(2026, 2, 5), 100, 100),
        (2, dt.date(2026, 3, 5), Decimal("90.50"), Decimal("190.50")),
    ]
    assert Instalment.objects.filter(recorded_at=bank_clock.start_of(loan.started_on)).count() == 2


def test_same_schedule_changes_nothing(run_schedule: Run, loan: Loan) -> None:
    content = f"{SCHEDULE}7,A,1,2026-02-05,100\n7,A,2,2026-03-05,100\n"
    run_schedule(content)

    imported = run_schedule(content)

    assert imported.counts == {"unchanged": 2}
    assert not imported.marked
    assert Instalment.objects.count() == 2


def test_changed_schedule_is_a_new_version_and_the_old_one_stays(run_schedule: Run, loan: Loan) -> None:
    InstalmentFactory.create(loan=loan)
    known_at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    imported = run_schedule(f"{SCHEDULE}7,A,1,2026-02-05,100\n7,A,1,2026-02-05,100\n", known_at)

    loan.refresh_from_db()
    assert imported.counts == {"stored": 1, "duplicates": 1}
    assert loan.schedule_version == 2
    assert len(lines_of(1)) == 1
    assert Instalment.objects.get(version=2).recorded_at == known_at


@pytest.mark.parametrize(
    ("rows", "reasons", "conflicts"),
    [
        (["1,2026-02-05,100", "3,2026-04-05,100"], "instalment 2 of this loan is missing", 0),
        (["2,2026-02-05,100"], "instalment 1 of this loan is missing", 0),
        (["1,2026-02-05,100", "2,2026-01-05,100"], "is due before the one before it", 0),
        (["1,2026-02-05,100", "1,2026-02-05,200"], "stands twice, with different content", 2),
        (["1,2026-02-05,100", "2,soon,100"], "a schedule is given whole", 0),
    ],
)
def test_rows_that_make_no_schedule_leave_the_loan_alone(
    run_schedule: Run, loan: Loan, rows: list[str], reasons: str, conflicts: int
) -> None:
    imported = run_schedule(SCHEDULE + "".join(f"7,A,{row}\n" for row in rows))

    assert imported.report.conflicts == conflicts
    assert imported.report.rejected == len(rows) - conflicts
    assert any(reasons in reason for reason in imported.reasons.values())
    assert not Instalment.objects.exists()


def test_rows_of_unknown_or_unclear_loans_are_rejected(run_schedule: Run, loan: Loan) -> None:
    LoanFactory.create(customer=loan.customer, reference="B")

    imported = run_schedule(f"{SCHEDULE}7,X,1,2026-02-05,1\n8,,1,2026-02-05,1\n7,,1,2026-02-05,1\n9,,1,x,1\n")

    assert imported.reasons == {
        2: "no loan 'X' of customer '7' is known",
        3: "customer '8' has no known loan",
        4: "customer '7' has 2 loans, so loan_reference must say which",
        5: "due_on: 'x' is not a date such as 2026-02-17",
    }


def test_payments_are_added_once(run_payments: Run, loan: Loan) -> None:
    paid, returned = "p1,7,A,11000,2026-02-05,\n", "p2,7,,-11000,2026-02-06 10:00,2026-02-08\n"
    content = f"{PAYMENTS}{paid}{returned}{paid}"

    first, second = run_payments(content), run_payments(content)

    assert first.counts == {"stored": 2, "duplicates": 1}
    assert first.marked == {loan.customer_id}
    assert second.counts == {"duplicates": 3}
    assert not second.marked
    known = {payment.payment_id: payment for payment in InstalmentPayment.objects.all()}
    assert known["p1"].recorded_at == known["p1"].occurred_at == bank_clock.start_of(dt.date(2026, 2, 5))
    assert (known["p2"].amount, known["p2"].recorded_at) == (-11000, bank_clock.start_of(dt.date(2026, 2, 8)))


def test_payment_with_other_content_is_a_conflict(run_payments: Run, loan: Loan) -> None:
    imported = run_payments(f"{PAYMENTS}p1,7,A,1,2026-02-05,\np1,7,A,2,2026-02-05,\n")

    assert imported.counts == {"stored": 1, "conflicts": 1}
    assert imported.reasons == {3: "payment p1 is stored with another amount or time"}


def test_payment_option_says_when_the_bank_knew(run_payments: Run, loan: Loan) -> None:
    known_at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    run_payments(f"{PAYMENTS}p1,7,A,1,2026-02-05,\n", known_at)

    assert InstalmentPayment.objects.get().recorded_at == known_at


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("p1,7,A,0,2026-02-05,", "amount: the amount is 0"),
        ("p1,7,A,1,2199-02-05,", "occurred_at: '2199-02-05' lies in the future"),
        ("p1,7,A,1,2026-02-05,soon", "recorded_at: 'soon' is not a time"),
        (",7,A,1,2026-02-05,", "payment_id is empty"),
        ("p1,,A,1,2026-02-05,", "customer_id is empty"),
        ("p1,8,A,1,2026-02-05,", "no loan 'A' of customer '8' is known"),
    ],
)
def test_wrong_payment_is_rejected(run_payments: Run, loan: Loan, row: str, reason: str) -> None:
    imported = run_payments(f"{PAYMENTS}{row}\n")

    assert imported.counts == {"rejected": 1}
    assert imported.reasons[2].startswith(reason)

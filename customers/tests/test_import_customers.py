"""Customer files: who is created, completed, changed, left alone; and their loans."""

import datetime as dt
from collections.abc import Callable, Set
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from customers import bank_clock
from customers.importers import customers, pipeline
from customers.importers.columns import MappingRefused
from customers.importers.customer_fields import CUSTOMER, Field
from customers.importers.customers import CustomerImporter, Settings
from customers.models import Customer, Instalment, Loan
from customers.tests.factories import CustomerFactory
from customers.tests.imports import Imported, run_import

pytestmark = pytest.mark.django_db

LOAN_HEADER = "customer_id,loan_amount,loan_tenure_months,emi_amount,loan_start_date"
LOAN_ROW = "7,240000,3,11000,2026-01-31"
Run = Callable[..., Imported]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(content: bytes | str, **settings: Any) -> Imported:
        def make(present: Set[str], mark: Callable[[Any], object]) -> CustomerImporter:
            return CustomerImporter(
                settings=Settings(**{"source": "core", **settings}), present=present, mark_dirty=mark
            )

        return run_import(
            tmp_path,
            content=content,
            fields=customers.FIELDS,
            required=customers.REQUIRED,
            make_importer=make,
        )

    return run


def test_customer_is_created_and_marked(run: Run) -> None:
    imported = run("customer_id,full_name,salary,city\n7,आशा राव,52000.50,Pune\n")

    customer = Customer.objects.get(source="core", bank_id="7")
    assert (customer.full_name, customer.salary_amount, customer.city) == (
        "आशा राव",
        Decimal("52000.50"),
        "Pune",
    )
    assert imported.marked == {customer.pk}
    assert imported.counts == {"stored": 1}
    assert imported.rejects is None


def test_customer_file_imported_again_changes_nothing(run: Run) -> None:
    content = f"{LOAN_HEADER},age,city\n{LOAN_ROW},40,Pune\n"
    run(content)
    before = list(Customer.objects.values())

    imported = run(content)

    assert imported.counts == {"unchanged": 1}
    assert not imported.marked
    assert list(Customer.objects.values()) == before
    assert Instalment.objects.count() == 3


def test_provisional_customer_is_completed(run: Run) -> None:
    customer = CustomerFactory.create(bank_id="7", is_provisional=True)

    imported = run("customer_id\n7\n")

    customer.refresh_from_db()
    assert not customer.is_provisional
    assert imported.marked == {customer.pk}


def test_absent_column_leaves_a_field_and_an_empty_cell_clears_it(run: Run) -> None:
    CustomerFactory.create(bank_id="7", city="Pune", phone="+911234567890", salary_amount=1)

    imported = run("customer_id,phone,salary\n7,,\n")

    customer = Customer.objects.get(bank_id="7")
    assert (customer.city, customer.phone, customer.salary_amount) == ("Pune", "", None)
    assert imported.counts == {"updated": 1}


def test_same_number_in_another_source_is_another_customer(run: Run) -> None:
    CustomerFactory.create(bank_id="7")

    assert run("customer_id,city\n7,Goa\n", source="cards").counts == {"stored": 1}
    assert Customer.objects.filter(bank_id="7").count() == 2


@pytest.mark.parametrize("chunk_rows", [1, 10_000])
def test_repeated_customer_is_a_duplicate_and_a_different_one_a_conflict(
    run: Run, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(pipeline, "CHUNK_ROWS", chunk_rows)
    content = "customer_id,city\n7,Pune\n7,Pune\n7,Goa\n"

    first, second = run(content), run(content)

    assert first.counts == {"stored": 1, "duplicates": 1, "conflicts": 1}
    assert first.reasons == {4: "an earlier row of the file gave customer 7 another city"}
    assert second.counts == {"unchanged": 1, "duplicates": 1, "conflicts": 1}
    assert Customer.objects.get(bank_id="7").city == "Pune"


def test_age_is_kept_with_its_day(run: Run) -> None:
    run("customer_id,age\n7,40\n", age_as_of=dt.date(2025, 1, 1))
    run("customer_id,age\n8,50\n")

    known = {customer.bank_id: customer for customer in Customer.objects.all()}
    assert (known["7"].age_years, known["7"].age_as_of_on) == (40, dt.date(2025, 1, 1))
    assert known["8"].age_as_of_on == bank_clock.today()


def test_same_age_keeps_its_day_unless_another_is_stated(run: Run) -> None:
    run("customer_id,age\n7,40\n", age_as_of=dt.date(2025, 1, 1))

    assert run("customer_id,age\n7,40\n").counts == {"unchanged": 1}
    assert run("customer_id,age,age_as_of\n7,40,2025-06-01\n").counts == {"updated": 1}
    assert Customer.objects.get().age_as_of_on == dt.date(2025, 6, 1)


def test_loan_comes_with_a_schedule_clamped_to_the_months_end(run: Run) -> None:
    run(f"{LOAN_HEADER}\n{LOAN_ROW}\n")

    loan = Loan.objects.get()
    assert (loan.reference, loan.outstanding_amount, loan.currency) == ("7", Decimal(240000), "INR")
    lines = Instalment.objects.order_by("number").values_list(
        "number", "due_on", "amount", "cumulative_amount"
    )
    assert list(lines) == [
        (1, dt.date(2026, 2, 28), 11000, 11000),
        (2, dt.date(2026, 3, 31), 11000, 22000),
        (3, dt.date(2026, 4, 30), 11000, 33000),
    ]
    assert {line.recorded_at for line in Instalment.objects.all()} == {
        bank_clock.start_of(dt.date(2026, 1, 31))
    }


def test_changed_terms_make_a_new_version_of_the_schedule(run: Run) -> None:
    run(f"{LOAN_HEADER}\n{LOAN_ROW}\n")

    imported = run(f"{LOAN_HEADER}\n7,240000,4,9000,2026-01-31\n", recorded_at=bank_clock.now())

    assert imported.counts == {"updated": 1}
    assert Loan.objects.get().schedule_version == 2
    assert Instalment.objects.filter(version=1).count() == 3
    assert Instalment.objects.filter(version=2).count() == 4


def test_changed_outstanding_amount_keeps_the_schedule(run: Run) -> None:
    run(f"{LOAN_HEADER}\n{LOAN_ROW}\n")

    imported = run(f"{LOAN_HEADER},outstanding_amount,loss_given_default\n{LOAN_ROW},1000.50,0.6\n")

    loan = Loan.objects.get()
    assert (loan.outstanding_amount, loan.loss_given_default_prob, loan.schedule_version) == (
        Decimal("1000.50"),
        0.6,
        1,
    )
    assert imported.marked == {loan.customer_id}


def test_two_loans_of_one_customer_stand_in_two_rows(run: Run) -> None:
    imported = run(f"{LOAN_HEADER},loan_reference\n{LOAN_ROW},A\n{LOAN_ROW},B\n{LOAN_ROW},A\n")

    assert imported.counts == {"stored": 1, "updated": 1, "duplicates": 1}
    assert list(Loan.objects.order_by("reference").values_list("reference", flat=True)) == ["A", "B"]


def test_row_without_loan_cells_has_no_loan(run: Run) -> None:
    assert run(f"{LOAN_HEADER}\n7,,,,\n").counts == {"stored": 1}
    assert not Loan.objects.exists()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("customer_id,loan_amount", "a loan needs all of"),
        ("customer_id,loan_product", "a loan needs all of"),
        ("customer_id,age_as_of", "age_as_of but no age"),
    ],
)
def test_file_with_half_the_columns_is_refused(run: Run, header: str, reason: str) -> None:
    with pytest.raises(MappingRefused, match=reason):
        run(f"{header}\n7,1\n")


def test_relationship_manager_is_found_by_name(run: Run, django_user_model: Any) -> None:
    manager = django_user_model.objects.create_user("meera")

    imported = run("customer_id,assigned_rm\n7,meera\n8,\n9,nobody\n")

    assert Customer.objects.get(bank_id="7").assigned_rm_id == manager.pk
    assert imported.reasons == {4: "assigned_rm: no user is called 'nobody'"}


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("customer_id,city", " ,Pune", "customer_id is empty"),
        ("customer_id,salary", '7,"52,000"', "salary: '52,000' has thousands separators; write 52000"),
        ("customer_id,salary", "7,-1", "salary: '-1' is negative"),
        (
            "customer_id,expected_salary_day",
            "7,0",
            "expected_salary_day: '0' is not a whole number from 1 to 31",
        ),
        ("customer_id,birth_on", "7,2199-01-01", "birth_on: '2199-01-01' lies in the future"),
        ("customer_id,city", f"7,{'x' * 101}", "city: "),
        ("customer_id,city", "7,Pu\x00ne", "holds a NUL character"),
        ("customer_id,city", b"7,P\xfcne", "not valid UTF-8"),
        (LOAN_HEADER, "7,240000,3,,2026-01-31", "loan_amount is given, but emi_amount is empty"),
        (f"{LOAN_HEADER},loan_product", "7,,,,,CAR", "loan_product is given, but no loan_amount"),
        (f"{LOAN_HEADER},loan_currency", f"{LOAN_ROW},rupees", "loan_currency: 'rupees' is not a currency"),
    ],
)
def test_wrong_row_is_rejected_and_the_others_stored(
    run: Run, header: str, row: str | bytes, reason: str
) -> None:
    raw = row if isinstance(row, bytes) else row.encode()
    width = header.count(",")

    imported = run(f"{header}\n8{',' * width}\n".encode() + raw + f"\n9{',' * width}\n".encode())

    assert imported.counts == {"stored": 2, "rejected": 1}
    assert imported.reasons[3].startswith(reason)
    assert imported.rejects is not None
    assert imported.rejects[0]["raw"] == raw.decode(errors="backslashreplace")


def test_row_the_database_refuses_is_found_and_rejected(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # A field without limits stands for whatever we did not think of.
    monkeypatch.setitem(CUSTOMER, "phone", Field("phone", str))
    rows = "".join(f"{number},{'9' * (40 if number == 5 else 10)}\n" for number in range(9))

    imported = run(f"customer_id,phone\n{rows}")

    assert imported.counts == {"stored": 8, "rejected": 1}
    assert imported.reasons == {7: "refused by the database: value too long for type character varying(32)"}

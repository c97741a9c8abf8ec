"""The four commands from outside: files as banks send them, summaries, exit codes, audit."""

import datetime as dt
import gzip
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from audit.models import AuditEvent
from customers import bank_clock
from customers.importers import pipeline
from customers.models import ActivityTile, Customer, Instalment, InstalmentPayment, Loan, Transaction
from customers.tests.factories import CustomerFactory
from customers.tests.imports import read_rejects
from ingest.importers import TransactionImporter
from risk.models import DirtyCustomer

pytestmark = pytest.mark.django_db
# The stage of one chunk of transactions is emptied by its commit.
commits = pytest.mark.django_db(transaction=True)

SEEDS = settings.BASE_DIR.parent / "shared" / "data"
needs_seeds = pytest.mark.skipif(not SEEDS.exists(), reason="the seed files are not there")
HEADER = "transaction_id,customer_id,timestamp,amount,transaction_type,channel,merchant_category"
AT = "2026-02-17 17:36:49.374722"


def run(kind: str, file: Path, **options: Any) -> tuple[dict[str, int], str]:
    """Run a command; return its counts that are not 0, and all it said."""
    said = StringIO()
    call_command(f"import_{kind}", str(file), stdout=said, **options)
    return counts_of(said.getvalue()), said.getvalue()


def run_with_rejects(kind: str, file: Path) -> tuple[dict[str, int], dict[int, str]]:
    """Run a command that must end with 1; return its counts and the reason of each rejected line."""
    said = StringIO()
    with pytest.raises(CommandError, match="rows were not stored") as ended:
        call_command(f"import_{kind}", str(file), stdout=said)
    assert ended.value.returncode == 1
    rejects = read_rejects(Path(f"{file}.rejects.csv")) or []
    return counts_of(said.getvalue()), {int(row["line"]): row["reason"] for row in rejects}


def counts_of(said: str) -> dict[str, int]:
    pairs = (line.split() for line in said.splitlines())
    counts = {pair[0]: int(pair[1].replace(",", "")) for pair in pairs if len(pair) == 2}
    return {name: count for name, count in counts.items() if count}


def write(path: Path, *lines: str | bytes, end: bytes = b"\n") -> Path:
    file = path / "file.csv"
    file.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + end for line in lines))
    return file


@pytest.mark.slow
@needs_seeds
@commits
def test_seed_files_load_and_loading_them_again_changes_nothing(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    transactions, customers = SEEDS / "seed_transactions.csv", SEEDS / "seed_customers.csv"

    counts, _ = run("customers", customers, rejects=rejects)
    assert counts == {"read": 5000, "stored": 5000}
    counts, said = run("transactions", transactions, rejects=rejects)
    assert counts == {"read": 25_282, "stored": 25_275, "duplicates": 7}
    assert "16,082 rows have a field more than the header" in said
    tiles = list(ActivityTile.objects.order_by("customer_id", "day_on").values())

    counts, said = run("customers", customers, rejects=rejects)
    assert counts == {"read": 5000, "unchanged": 5000}
    assert "Nothing was changed." in said
    counts, said = run("transactions", transactions, rejects=rejects)
    assert counts == {"read": 25_282, "duplicates": 25_282}
    assert "Nothing was changed." in said

    assert list(ActivityTile.objects.order_by("customer_id", "day_on").values()) == tiles
    assert (Transaction.objects.count(), Loan.objects.count()) == (25_275, 5000)
    assert Instalment.objects.count() == sum(Loan.objects.values_list("tenure_months", flat=True))
    assert not Customer.objects.filter(is_provisional=True).exists()
    assert DirtyCustomer.objects.count() == 5000
    assert not rejects.exists()


def test_messy_transactions_are_stored_or_rejected_row_by_row(tmp_path: Path) -> None:
    good = f"{AT},450,DEBIT,UPI,GROCERY"
    file = write(
        tmp_path,
        b"\xef\xbb\xbf" + f"{HEADER},is_salary,merchant".encode(),
        f'T1,7,{good},0,"Kirana\nstore"',
        f"T2,7,{good},,आशा स्टोर,left over",
        "",
        ",,,,,,,,",
        f"T3,7,{AT},-5,DEBIT,UPI,GROCERY,0,",
        f'T4,7,{AT},"1,19,575.00",CREDIT,UPI,SALARY,1,',
        f"T5,7,{good},0,{'x' * 300}",
        "T6,7,2199-01-01 00:00:00,450,DEBIT,UPI,GROCERY,0,",
        f"T7,7,{good}",
        b"T8,7," + good.encode() + b",0,caf\xe9",
        f"T9,7,{good},0,a\x00b",
        f"T1,7,{good},0,another",
        f"T10,,{good},0,",
        f"T11,7,{good},maybe,",
        "T12,7,17/02/2026,450,DEBIT,UPI,GROCERY,0,",
        f"T13,new,{good},0,",
        end=b"\r\n",
    )

    counts, reasons = run_with_rejects("transactions", file)

    assert counts == {"read": 14, "stored": 3, "conflicts": 1, "rejected": 10}
    for line, reason in {
        7: "amount",
        8: "amount: '1,19,575.00' has thousands separators; write 119575.00",
        9: "`$.merchant`",
        10: "outside the accepted time window",
        11: "has 7 fields, the header has 9",
        12: "not valid UTF-8",
        13: "NUL",
        14: "differs from the transaction already stored",
        15: "customer_id is empty",
        16: "is_salary: 'maybe' is neither 1 nor 0",
        17: "`$.timestamp`",
    }.items():
        assert reason in reasons[line]
    assert Transaction.objects.get(transaction_id="T2").merchant == "आशा स्टोर"
    assert Transaction.objects.get(transaction_id="T1").merchant == "Kirana\nstore"
    assert Customer.objects.get(bank_id="new").is_provisional


def test_transactions_are_known_when_they_happened_unless_told_otherwise(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        f"{HEADER},booked_on",
        f"T1,7,{AT},450,DEBIT,UPI,GROCERY,2026-02-19",
        f"T2,7,{AT},450,DEBIT,UPI,GROCERY,",
    )

    run("transactions", file, recorded_at_column="booked_on")

    known = {row.transaction_id: row for row in Transaction.objects.all()}
    assert known["T1"].recorded_at == bank_clock.start_of(dt.date(2026, 2, 19))
    assert known["T2"].recorded_at == known["T2"].occurred_at


def test_option_says_when_the_bank_knew_of_transactions(tmp_path: Path) -> None:
    known_at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    run("transactions", write(tmp_path, HEADER, f"T1,7,{AT},1,DEBIT,UPI,GROCERY"), recorded_at=known_at)

    assert Transaction.objects.get().recorded_at == known_at


def test_banks_own_columns_and_codes_are_mapped(tmp_path: Path) -> None:
    values = tmp_path / "values.json"
    codes = {"transaction_type": {"D": "DEBIT"}, "channel": {"04": "ATM"}}
    values.write_text(json.dumps(codes))
    file = write(
        tmp_path,
        HEADER.replace("transaction_type", "DRCR").replace("merchant_category", "mcc")
        + ";branch".replace(";", ","),
        f"T1,7,{AT},500,D,04,742,PNQ",
    )

    _, said = run(
        "transactions", file, map=[("DRCR", "transaction_type"), ("mcc", "merchant_category")], values=values
    )

    row = Transaction.objects.get()
    assert (row.transaction_type, row.channel, row.merchant_category, row.kind) == (
        "DEBIT",
        "ATM",
        "0742",
        "CASH",
    )
    assert "Columns nobody maps, ignored: branch." in said


@commits
def test_packed_file_with_semicolons_in_many_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "CHUNK_ROWS", 3)
    rows = [f"T{n};{n % 3};2026-02-17 10:00:{n:02};{n + 1}.50;DEBIT;UPI;FOOD" for n in range(10)]
    file = tmp_path / "file.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER.replace(",", ";"), *rows]).encode()))

    counts, _ = run("transactions", file, delimiter=";")

    assert counts == {"read": 10, "stored": 10}
    assert sum(tile.debit_amount for tile in ActivityTile.objects.all()) == Decimal("60.00")


def test_customers_complete_those_known_from_transactions(tmp_path: Path) -> None:
    run("transactions", write(tmp_path, HEADER, f"T1,7,{AT},450,DEBIT,UPI,GROCERY"))
    DirtyCustomer.objects.all().delete()

    counts, _ = run("customers", write(tmp_path, "customer_id,age", "7,40"), age_as_of=dt.date(2026, 1, 1))

    customer = Customer.objects.get()
    assert counts == {"read": 1, "updated": 1}
    assert (customer.is_provisional, customer.age_as_of_on) == (False, dt.date(2026, 1, 1))
    assert DirtyCustomer.objects.get().customer_id == customer.pk


def test_loan_its_schedule_and_its_payments_come_from_three_files(tmp_path: Path) -> None:
    loan = "7,240000,2,11000,2026-01-31"
    run(
        "customers",
        write(tmp_path, "customer_id,loan_amount,loan_tenure_months,emi_amount,loan_start_date", loan),
    )
    run("instalments", write(tmp_path, "customer_id,number,due_on,amount", "7,1,2026-03-05,22000"))
    run("payments", write(tmp_path, "payment_id,customer_id,amount,occurred_at", "p1,7,22000,2026-03-04"))

    assert Loan.objects.get().schedule_version == 2
    assert Instalment.objects.get(version=2).cumulative_amount == 22_000
    assert InstalmentPayment.objects.get().amount == 22_000


def test_each_import_leaves_one_audit_event(tmp_path: Path) -> None:
    run("customers", write(tmp_path, "customer_id", "7"))

    event = AuditEvent.objects.get()
    assert (event.action, event.subject_id) == ("ingest.import.completed", "customers:file.csv")
    assert (event.detail["read"], event.detail["stored"], len(event.detail["sha256"])) == (1, 1, 64)


@commits
def test_import_that_breaks_off_says_so_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "CHUNK_ROWS", 1)
    file = write(tmp_path, HEADER, *(f"T{n},7,{AT},450,DEBIT,UPI,GROCERY" for n in range(3)))
    store = TransactionImporter.store

    def store_one(self: TransactionImporter, rows: Any) -> Any:
        if rows[0].row.row.transaction_id == "T1":
            raise OperationalError("server closed the connection")
        return store(self, rows)

    with monkeypatch.context() as patch, pytest.raises(CommandError, match="Import again") as ended:
        patch.setattr(TransactionImporter, "store", store_one)
        run("transactions", file)

    assert ended.value.returncode == 2
    assert AuditEvent.objects.get().action == "ingest.import.interrupted"
    assert run("transactions", file)[0] == {"read": 3, "stored": 2, "duplicates": 1}


@pytest.mark.parametrize(
    ("kind", "lines", "options", "reason"),
    [
        (
            "customers",
            ["customer_id,x", "7,1"],
            {"map": [("x", "town")]},
            "no such field: town. Fields are: age",
        ),
        ("customers", ["number", "7"], {}, "no column for customer_id"),
        ("payments", ["customer_id", "7"], {}, "no column for amount, occurred_at, payment_id"),
        ("transactions", [""], {}, "is empty"),
    ],
)
def test_file_that_cannot_be_begun_ends_with_2(
    tmp_path: Path, kind: str, lines: list[str], options: dict[str, Any], reason: str
) -> None:
    CustomerFactory.create()

    with pytest.raises(CommandError, match=reason) as ended:
        run(kind, write(tmp_path, *lines), **options)

    assert ended.value.returncode == 2
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [["--map", "x"], ["--delimiter", ";;"], ["--recorded-at", "soon"], ["--age-as-of", "2199-01-01"]],
)
def test_wrong_option_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=arguments[0]):
        call_command("import_customers", str(write(tmp_path, "customer_id", "7")), *arguments)


def test_progress_is_shown_where_somebody_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    run("customers", write(tmp_path, "customer_id", "7"))

    assert "file.csv" in capsys.readouterr().err

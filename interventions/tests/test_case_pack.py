"""The case pack: complete, masked, harmless to spreadsheets, readable on paper, and recorded."""

import csv
import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from audit.services import record
from customers import roles
from customers.tests.factories import TransactionFactory
from interventions.models import Case, CaseTransition, Conversation, Delivery
from interventions.proof import case_pack, case_pack_paper, case_pack_pdf, case_pack_reading
from interventions.proof.case_pack import harmless
from interventions.tests.cases import opened
from interventions.tests.deliveries import MAILBOX, PHONE, allow, brought, confirmed, queued
from interventions.tests.staff import assessed, manager, supervisor
from risk.levels import Hardship, Level
from risk.tests.factories import NOON
from tests.threads import Elsewhere

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HINDI = "नमस्ते आशा जी, ₹11,000.00 की किस्त 5 अक्टूबर को देय है। क्षमा करें, हम आपकी सहायता कर सकते हैं।"


def case_with_everything(by: User, *, rows: int = 1) -> Case:
    """A case in which something of most kinds happened."""
    customer = assessed(
        level=Level.HIGH, hardship=Hardship.INCOME_SHOCK, assigned_rm=by, phone=PHONE, email=MAILBOX
    )
    case = opened(customer, to=by)
    for number in range(rows):
        TransactionFactory.create(customer=customer, occurred_at=NOON, transaction_id=f"T{number}")
        CaseTransition.objects.create(
            case=case, customer=customer, verb="noted", from_state="assigned", to_state="assigned",
            reason="=HYPERLINK(1)", by=by, at=NOON,
        )  # fmt: skip
        Conversation.objects.create(
            customer=customer,
            case=case,
            channel="call",
            result="spoke",
            note="@home",
            by=by,
            happened_at=NOON,
        )
    record(
        action="interventions.case.noted",
        subject_type="case",
        subject_id=case.pk,
        customer=customer.pk,
        actor=by,
        reason="because she asked",
    )
    delivery = queued(confirmed(case, by=by, body=HINDI))
    allow(delivery)
    brought(Delivery.State.SENT, delivery)
    return case


def test_pack_holds_every_part() -> None:
    by = manager()
    pack = json.loads(case_pack.as_json(case=case_with_everything(by), by=by))

    for part in ("transactions", "assessments", "transitions", "messages", "deliveries", "gate_decisions",
                 "conversations", "audit"):  # fmt: skip
        assert pack[part], part
    assert "because she asked" in [row["reason"] for row in pack["audit"]]
    assert pack["messages"][0]["body"] == HINDI
    assert pack["assessments"][0]["reasons_in_words"]


@pytest.mark.parametrize("form", [case_pack.as_json, case_pack.as_csv])
def test_addresses_are_masked_for_everybody(form: object) -> None:
    case = case_with_everything(manager())

    text = form(case=case, by=supervisor()).decode("utf-8-sig")  # type: ignore[operator]

    assert PHONE not in text
    assert MAILBOX not in text
    assert "•••••" in text


def test_each_export_is_one_audit_event() -> None:
    by = manager()
    case = case_with_everything(by)

    for form in (case_pack.as_json, case_pack.as_csv, case_pack.as_pdf):
        form(case=case, by=by)

    found = AuditEvent.objects.filter(action="case.exported").order_by("id")
    assert [event.detail["format"] for event in found] == ["json", "csv", "pdf"]
    assert {(event.actor_id, event.customer_key) for event in found} == {(by.pk, str(case.customer_id))}


def test_nobody_exports_anothers_customer() -> None:
    case = case_with_everything(manager())

    with pytest.raises(PermissionDenied, match="may not see"):
        case_pack.as_pdf(case=case, by=manager("rm2"))
    assert not AuditEvent.objects.filter(action="case.exported").exists()


def test_number_of_queries_does_not_grow() -> None:
    by = manager()
    few, many = case_with_everything(by), case_with_everything(by, rows=20)

    roles.of(by)
    counts = []
    for case in (few, many):
        with CaptureQueriesContext(connection) as queries:
            case_pack.as_json(case=case, by=by)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 30


def test_lines_are_in_order_and_harmless() -> None:
    by = manager()
    case = case_with_everything(by)

    rows = list(csv.reader(io.StringIO(case_pack.as_csv(case=case, by=by).decode("utf-8-sig"))))

    assert rows[0] == list(case_pack.COLUMNS)
    notes = [row[5] for row in rows]
    assert "'=HYPERLINK(1)" in notes
    assert "'@home" in notes
    assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "  =1"])
def test_formulas_are_disarmed(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_ordinary_cells_stay_as_they_are() -> None:
    assert [harmless(cell) for cell in ("", "a=b", "नमस्ते")] == ["", "a=b", "नमस्ते"]


def test_paper_has_pages_and_both_scripts() -> None:
    by = manager()

    made = case_pack.as_pdf(case=case_with_everything(by, rows=60), by=by)

    assert made.startswith(b"%PDF-")
    assert b"Mukta" in made
    assert made.count(b"/Type /Page\n") >= 3


def test_long_lists_are_cut_on_paper_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_pack_pdf, "MOST_TRANSACTIONS", 2)
    told = []
    monkeypatch.setattr(case_pack_paper.Document, "paragraph", lambda _self, text, **_: told.append(text))
    by = manager()

    case_pack.as_pdf(case=case_with_everything(by, rows=5), by=by)

    assert "The newest 2 of 5; the others are in the JSON." in told


def test_font_that_was_altered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_pack_paper, "FONTS", {"": ("Mukta-Regular.ttf", "00")})
    case_pack_paper._fonts.cache_clear()

    with pytest.raises(case_pack_paper.FontAltered):
        case_pack_paper._fonts()
    case_pack_paper._fonts.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_pack_is_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    by = manager()
    case = case_with_everything(by)
    read = case_pack_reading._assessments

    def meanwhile(*given: object) -> object:
        """Somebody writes between two queries of the pack, and commits."""
        Elsewhere(
            lambda _: Conversation.objects.create(
                case=case, customer=case.customer, channel="call", result="spoke", note="later", by=by,
                happened_at=NOON,
            )
        ).finish()  # fmt: skip
        return read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(case_pack_reading, "_assessments", meanwhile)
    pack = json.loads(case_pack.as_json(case=case, by=by))

    assert [row["note"] for row in pack["conversations"]] == ["@home"]
    assert Conversation.objects.filter(note="later").count() == 1


@pytest.mark.django_db(transaction=True)
def test_pack_is_not_read_within_anothers_transaction() -> None:
    by = manager()
    case = case_with_everything(by)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        case_pack.as_json(case=case, by=by)


@pytest.mark.django_db(transaction=True)
def test_reading_a_pack_writes_nothing() -> None:
    with pytest.raises(InternalError, match="read-only"), case_pack.snapshot():
        manager()

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEvent, AuditPersonal
from audit.services import erase_personal
from customers import roles
from interventions.casework import notes
from interventions.models import CustomerNote
from interventions.tests import staff
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def part_of(note: CustomerNote) -> AuditPersonal | None:
    return AuditPersonal.objects.filter(event=note.event).first()


def test_note_is_written_with_its_author_and_moment() -> None:
    manager = staff.manager()
    customer = staff.in_shock(assigned_rm=manager)

    note = notes.note_write(customer=customer, text="  Prefers\x00 evenings.\n", by=manager)

    note.refresh_from_db()
    assert (note.author, note.customer) == (manager, customer)
    assert (note.written_at - NOON).total_seconds() < 60
    assert notes.words_of(part_of(note)) == "Prefers evenings."
    event = AuditEvent.objects.get(action=notes.ACTION)
    assert (event.customer_key, event.actor) == (str(customer.pk), manager)
    assert "evenings" not in str(event.detail)


def test_words_of_a_note_can_be_erased_and_the_note_stays() -> None:
    manager = staff.manager()
    customer = staff.in_shock(assigned_rm=manager)
    note = notes.note_write(customer=customer, text="Her husband is ill.", by=manager)

    erase_personal(customer=customer.pk, by=staff.user("co", roles.COMPLIANCE_OFFICERS), reason="request 7")

    assert CustomerNote.objects.get() == note
    assert notes.words_of(part_of(note)) is None


@pytest.mark.parametrize("change", ["UPDATE {} SET author_id = author_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_note_never_changes(change: str) -> None:
    manager = staff.manager()
    notes.note_write(customer=staff.in_shock(assigned_rm=manager), text="One.", by=manager)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format("interventions_customernote"))


@pytest.mark.parametrize(("text", "why"), [(" \x00 ", "Write what"), ("x" * 2_001, "at most")])
def test_note_without_words_or_with_too_many_is_refused(text: str, why: str) -> None:
    manager = staff.manager()

    with pytest.raises(notes.NoteRefused, match=why):
        notes.note_write(customer=staff.in_shock(assigned_rm=manager), text=text, by=manager)
    assert not CustomerNote.objects.exists()


def test_others_and_those_who_only_read_write_nothing() -> None:
    customer = staff.in_shock(assigned_rm=staff.manager())

    for other in (staff.manager("other"), staff.user("analyst", roles.ANALYSTS), staff.user("nobody")):
        with pytest.raises(PermissionDenied):
            notes.note_write(customer=customer, text="x", by=other)
    notes.note_write(customer=customer, text="x", by=staff.supervisor())

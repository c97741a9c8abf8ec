"""Dead letters: replayed once their reason is gone, and safely so."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from audit.models import AuditEvent
from customers import partitions
from customers.models import Customer, Transaction
from ingest import dead_letters, schemas
from ingest.batch import Letter
from ingest.models import DeadLetter
from ingest.tests.events import PARTITION, Polled, live, live_row
from ingest.tests.storing import keep, tiles
from risk.models import DirtyCustomer

pytestmark = pytest.mark.django_db


def letter(value: bytes, *, offset: int = 0, reason: str = "invalid", source: str = "core") -> DeadLetter:
    """A dead letter, as the consumer keeps it."""
    dead_letters.keep([Letter(PARTITION, Polled(offset, value), reason, "why")], source=source)
    return DeadLetter.objects.get(offset=offset)


def replay(*arguments: str) -> str:
    output = io.StringIO()
    call_command("replay_dead_letters", *arguments, stdout=output)
    return output.getvalue().strip()


def test_letter_that_is_valid_now_is_stored_marked_and_audited() -> None:
    kept = letter(live(1), source="cards")

    assert replay() == "1 stored, 0 there already, 0 still refused"

    kept.refresh_from_db()
    assert (kept.replayed_at is not None, kept.attempts) == (True, 2)
    assert Transaction.objects.get().customer.source == "cards"
    assert DirtyCustomer.objects.count() == len(tiles()) == 1
    assert AuditEvent.objects.get(action="ingest.dead_letter.replayed").subject_id == str(kept.pk)


def test_replaying_again_changes_nothing() -> None:
    letter(live(1))
    replay()

    assert replay() == "0 stored, 0 there already, 0 still refused"
    assert Transaction.objects.count() == AuditEvent.objects.filter(subject_type="dead_letter").count() == 1


def test_letter_whose_transaction_is_there_is_done() -> None:
    letter(live(1))
    letter(live(1), offset=1)

    assert replay() == "1 stored, 1 there already, 0 still refused"
    assert not DeadLetter.objects.filter(replayed_at__isnull=True).exists()


def test_letter_that_is_still_invalid_stays_with_its_new_error() -> None:
    kept = letter(b"?")
    letter(live(1), offset=1)

    assert replay() == "1 stored, 0 there already, 1 still refused"

    kept.refresh_from_db()
    assert (kept.replayed_at, kept.attempts) == (None, 2)
    assert "malformed" in kept.error


def test_reason_follows_the_new_error() -> None:
    kept = letter(live(1, timestamp="1999-01-01T00:00:00"))

    replay()

    kept.refresh_from_db()
    assert kept.reason == DeadLetter.Reason.OUT_OF_WINDOW


def test_letter_that_the_database_refuses_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "_refuse_unstorable", lambda row: None)
    poison = letter(live(1, merchant="a\x00"))
    letter(live(2), offset=1)

    assert replay() == "1 stored, 0 there already, 1 still refused"

    poison.refresh_from_db()
    assert "0x00" in poison.error


def test_dry_run_says_what_would_happen_and_changes_nothing() -> None:
    letter(live(1))
    letter(b"?", offset=1)
    letter(live(2), offset=2)
    keep([live_row(2)])

    assert replay("--dry-run") == "1 would be stored, 1 there already, 1 still refused"

    assert set(DeadLetter.objects.values_list("attempts", "replayed_at")) == {(1, None)}
    assert (Transaction.objects.count(), Customer.objects.count()) == (1, 1)
    assert not AuditEvent.objects.filter(subject_type="dead_letter").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_months_are_made_outside_any_transaction(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    were_open: list[bool] = []
    ensure = partitions.ensure_months

    def watched(**wanted: Any) -> None:
        were_open.append(connection.in_atomic_block)
        ensure(**wanted)

    monkeypatch.setattr(partitions, "ensure_months", watched)
    letter(live(1))

    replay(*arguments)

    assert were_open == [False]


def test_only_the_given_ids_are_replayed() -> None:
    first, second = letter(live(1)), letter(live(2), offset=1)

    assert replay("--id", str(second.pk)) == "1 stored, 0 there already, 0 still refused"

    first.refresh_from_db()
    assert first.replayed_at is None


def test_conflicts_are_replayed_by_id_only_and_never_overwrite() -> None:
    keep([live_row(1, amount=5)])
    kept = letter(live(1, amount=6), reason="conflict")

    assert replay() == "0 stored, 0 there already, 0 still refused"
    assert replay("--id", str(kept.pk)) == "0 stored, 0 there already, 1 still refused"

    kept.refresh_from_db()
    assert (kept.reason, kept.replayed_at, kept.attempts) == ("conflict", None, 2)
    assert Transaction.objects.get().amount == 5


def test_conflict_whose_rival_is_gone_is_stored_by_id() -> None:
    kept = letter(live(1), reason="conflict")

    assert replay("--id", str(kept.pk)) == "1 stored, 0 there already, 0 still refused"


def test_same_message_of_one_position_is_kept_once() -> None:
    letter(b"?")
    letter(b"?")

    assert DeadLetter.objects.count() == 1

"""Are consents and holds those that the audit recorded? Read from both sides: what was recorded is there as it was, and
nothing is there that was not recorded (docs/receipts.md)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from audit.models import AuditEvent, AuditPersonal
from interventions.contact.consents import ADDED, GRANTED, WITHDRAWN
from interventions.models import ConsentEvent, ContactHold
from interventions.proof.receipt_forms import consent_sha256, consents_root, hold_sha256

CONSENT, HOLD = "consent", "hold"
SAID = (GRANTED, WITHDRAWN)
PLACED, LIFTED = "interventions.hold.placed", "interventions.hold.lifted"
ACTIONS = (*SAID, ADDED, PLACED, LIFTED)
RECEIPT = "receipt_sha256"
# Digits of a row's number; and lines that one event binds: more than `consents.BATCH_ROWS` by far.
LONGEST_NUMBER = 18
MOST_LINES = 100_000


def not_as_recorded(events: Iterable[AuditEvent]) -> Iterator[str]:
    """What audit events recorded of consents and holds, and is not there as it was, in words.

    Args:
        events: of ACTIONS; those from before consents and holds were bound hold no hash, and tell nothing.
    """
    single: list[AuditEvent] = []
    of_holds: list[AuditEvent] = []
    for each in events:
        if each.action == ADDED:
            yield from _added_consents(each)
        elif RECEIPT in detail_of(each):
            if number_of(each) is None:
                yield nonsense(each)
            else:
                (single if each.action in SAID else of_holds).append(each)
    yield from _single_consents(single)
    yield from _holds(of_holds)


def number_of(event: AuditEvent) -> int | None:
    """The row that an event is about; None where it can be about none.

    Whoever has the application's role can write an event that makes no sense. It must not keep us from the others.
    """
    text = event.subject_id
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def detail_of(event: AuditEvent) -> Mapping[str, Any]:
    """An event's detail, whatever somebody wrote there."""
    return event.detail if isinstance(event.detail, dict) else {}


def nonsense(event: AuditEvent) -> str:
    """In words that an event is none of ours."""
    return f"audit event {event.pk} ({event.action}) says what none that we write says: it was forged"


def unrecorded_consents(said: Sequence[ConsentEvent]) -> Iterator[str]:
    """Lines of the ledger that no audit event recorded, in words."""
    if not said:
        return
    keys = [str(each.pk) for each in said]
    found = AuditEvent.objects.filter(subject_type=CONSENT, subject_id__in=keys, action__in=SAID)
    single = set(found.values_list("subject_id", flat=True))
    begins = _first_bound()
    runs = _runs_over(said[0].pk, said[-1].pk)
    for each in said:
        is_in_a_file = any(each.pk in run for run in runs)
        if str(each.pk) not in single and not is_in_a_file and begins is not None and each.pk >= begins:
            yield f"consent {each.pk}: no audit event recorded it"


def unrecorded_holds(holds: Sequence[ContactHold]) -> Iterator[str]:
    """Holds that nobody placed, or that nobody lifted, as far as the audit knows, in words."""
    keys = [str(each.pk) for each in holds]
    found = AuditEvent.objects.filter(subject_type=HOLD, subject_id__in=keys)
    known = set(found.values_list("subject_id", "action"))
    for each in holds:
        if (str(each.pk), PLACED) not in known:
            yield f"hold {each.pk}: no audit event recorded it"
        elif each.lifted_at is not None and (str(each.pk), LIFTED) not in known:
            yield f"hold {each.pk}: no audit event recorded that it was lifted"


def _single_consents(events: Sequence[AuditEvent]) -> Iterator[str]:
    rows = ConsentEvent.objects.in_bulk([int(each.subject_id) for each in events])
    for event in events:
        row = rows.get(int(event.subject_id))
        if row is None:
            yield f"consent {event.subject_id} has gone; audit event {event.pk} recorded it"
        elif consent_sha256(row) != event.detail[RECEIPT]:
            yield f"consent {event.subject_id} is not as it was recorded"


def _added_consents(event: AuditEvent) -> Iterator[str]:
    """A file's lines are bound together: of an altered one it is known among which it is."""
    runs = _runs(detail_of(event).get("numbers"))
    if runs is None:
        yield nonsense(event)
        return
    numbers = {number for run in runs for number in run}
    rows = list(ConsentEvent.objects.filter(pk__in=numbers).order_by("pk"))
    gone = sorted(numbers - {row.pk for row in rows})
    if gone:
        count = (
            f"consent {gone[0]} has" if len(gone) == 1 else f"consent {gone[0]} and {len(gone) - 1} more have"
        )
        yield f"{count} gone; audit event {event.pk} recorded them with others"
    elif consents_root(rows) != event.detail.get("merkle_root"):
        yield f"of consents {event.subject_id} one is not as audit event {event.pk} recorded it"


def _holds(events: Sequence[AuditEvent]) -> Iterator[str]:
    rows = ContactHold.objects.in_bulk([int(each.subject_id) for each in events])
    parts = AuditPersonal.objects.filter(event__in=[each.pk for each in events])
    words = {part.event_id: _reason_of(part) for part in parts}
    for event in events:
        row = rows.get(int(event.subject_id))
        if row is None:
            yield f"hold {event.subject_id} has gone; audit event {event.pk} recorded it"
            continue
        is_beginning = event.action == PLACED
        said = row.reason if is_beginning else row.lift_reason
        is_as_recorded = hold_sha256(row, as_placed=is_beginning) == event.detail[RECEIPT]
        # Once the personal part is erased nothing tells of the words any more.
        if not is_as_recorded or words.get(event.pk, said) != said:
            yield f"hold {event.subject_id} is not as it was recorded"


def _reason_of(part: AuditPersonal) -> str | None:
    """The words that a hold was placed or lifted with; None where there are none, which are nobody's."""
    try:
        return str(json.loads(part.content)["after"]["reason"])
    except (ValueError, TypeError, LookupError):
        return None


def _first_bound() -> int | None:
    """The first line of the ledger that was bound; those before are of a release that bound none.

    The first event of each kind, by its index and the database's clock: nobody can write one before it.
    """
    firsts = []
    for action, key in ((GRANTED, RECEIPT), (WITHDRAWN, RECEIPT), (ADDED, "merkle_root")):
        found = AuditEvent.objects.filter(action=action, detail__has_key=key).order_by("recorded_at", "id")
        if (first := found.first()) is None:
            continue
        runs = _runs(detail_of(first).get("numbers")) if action == ADDED else None
        number = runs[0][0] if runs else number_of(first)
        firsts += [] if number is None else [number]
    return min(firsts, default=None)


def _runs_over(low: int, high: int) -> list[range]:
    """The numbers of lines that files added, where they touch these."""
    found = AuditEvent.objects.filter(action=ADDED).values_list("detail__numbers", flat=True)
    return [run for each in found for run in _runs(each) or () if run[0] <= high and run[-1] >= low]


def _runs(numbers: object) -> list[range] | None:
    """Runs of numbers as `consents` writes them; None where they are none, or more than are ever added at once."""
    found, count = [], 0
    for each in numbers if isinstance(numbers, list) else ():
        match each:
            case [int(first), int(last), int(step)] if 0 < first <= last < 10**LONGEST_NUMBER and step > 0:
                found.append(range(first, last + 1, step))
                count += (last - first) // step + 1
            case _:
                return None
    return found if 0 < count <= MOST_LINES else None

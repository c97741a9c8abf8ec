"""Are consents and holds those that the audit recorded? Read from both sides: what was recorded is there as it was, and
nothing is there that was not recorded (docs/receipts.md)."""

import json
from collections.abc import Iterable, Iterator, Sequence

from audit.models import AuditEvent, AuditPersonal
from interventions.contact.consents import ADDED, GRANTED, WITHDRAWN
from interventions.models import ConsentEvent, ContactHold
from interventions.proof.receipt_forms import consent_sha256, consents_root, hold_sha256

CONSENT, HOLD = "consent", "hold"
SAID = (GRANTED, WITHDRAWN)
PLACED, LIFTED = "interventions.hold.placed", "interventions.hold.lifted"
ACTIONS = (*SAID, ADDED, PLACED, LIFTED)
RECEIPT = "receipt_sha256"


def not_as_recorded(events: Iterable[AuditEvent]) -> Iterator[str]:
    """What audit events recorded of consents and holds, and is not there as it was, in words.

    Args:
        events: of ACTIONS; those from before consents and holds were bound hold no hash, and tell nothing.
    """
    bound = list(events)
    yield from _single_consents([each for each in bound if each.action in SAID and RECEIPT in each.detail])
    for each in bound:
        if each.action == ADDED:
            yield from _added_consents(each)
    yield from _holds([each for each in bound if each.action in (PLACED, LIFTED) and RECEIPT in each.detail])


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
    numbers = {number for run in _runs(event.detail["numbers"]) for number in run}
    rows = list(ConsentEvent.objects.filter(pk__in=numbers).order_by("pk"))
    gone = sorted(numbers - {row.pk for row in rows})
    if gone:
        count = (
            f"consent {gone[0]} has" if len(gone) == 1 else f"consent {gone[0]} and {len(gone) - 1} more have"
        )
        yield f"{count} gone; audit event {event.pk} recorded them with others"
    elif consents_root(rows) != event.detail["merkle_root"]:
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


def _reason_of(part: AuditPersonal) -> str:
    return str(json.loads(part.content)["after"]["reason"])


def _first_bound() -> int | None:
    """The first line of the ledger that was bound; those before are of a release that bound none."""
    first = AuditEvent.objects.filter(action__in=[*SAID, ADDED])
    bound = first.filter(detail__has_any_keys=[RECEIPT, "merkle_root"]).order_by("pk").first()
    if bound is None:
        return None
    return int(bound.detail["numbers"][0][0] if bound.action == ADDED else bound.subject_id)


def _runs_over(low: int, high: int) -> list[range]:
    """The numbers of lines that files added, where they touch these."""
    found = AuditEvent.objects.filter(action=ADDED).values_list("detail__numbers", flat=True)
    return [run for each in found for run in _runs(each) if run[0] <= high and run[-1] >= low]


def _runs(numbers: Iterable[Sequence[int]]) -> list[range]:
    return [range(int(first), int(last) + 1, int(step)) for first, last, step in numbers]

"""A case pack as one line of time, oldest first. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Row = Mapping[str, Any]
BANK, WALL = "bank", "wall"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened.

    Args:
        at: ISO 8601.
        clock: By which clock: the bank's, or the wall's.
        kind: What kind of row it is.
        what: In words.
        by: Who; empty: the system, or the customer.
        note: Their words, or the reason.
        reference: The row's own key.
    """

    at: str
    clock: str
    kind: str
    what: str
    by: str = ""
    note: str = ""
    reference: str = ""


def timeline(pack: Mapping[str, Any]) -> list[Entry]:
    """Everything that happened, by time."""
    found = [entry for kind, tell in _TELLERS.items() for row in pack[kind] for entry in tell(row)]
    return sorted(found, key=lambda entry: (entry.at, entry.kind, entry.reference))


def _transaction(row: Row) -> Iterator[Entry]:
    what = f"{row['transaction_type']} {row['amount']} {row['currency']} {row['channel']} {row['merchant_category']}"
    note = "" if row["status"] == "BOOKED" else str(row["status"])
    yield Entry(
        at=row["occurred_at"], clock=BANK, kind="transaction", what=what, note=note,
        reference=row["transaction_id"],
    )  # fmt: skip


def _assessment(row: Row) -> Iterator[Entry]:
    what = _("Risk %(level)s, score %(score)s, %(hardship)s") % row
    note = ", ".join(row["hardships"])
    reference = f"revision {row['revision']}"
    yield Entry(
        at=row["assessed_at"], clock=WALL, kind="assessment", what=what, note=note, reference=reference
    )


def _transition(row: Row) -> Iterator[Entry]:
    moved = row["from_state"] and row["from_state"] != row["to_state"]
    what = f"{row['verb']}: {row['from_state']}, {row['to_state']}" if moved else str(row["verb"])
    yield _entry(row, "case", row["at"], what, by=row["by"], note=row["reason"])


def _override(row: Row) -> Iterator[Entry]:
    what = _("Chose %(chosen)s instead of %(recommended)s (%(category)s)") % row
    yield _entry(row, "override", row["at"], what, by=row["by"], note=row["note"])


def _message(row: Row) -> Iterator[Entry]:
    what = _("Message by %(channel)s written") % row
    yield _entry(row, "message", row["created_at"], what, by=row["author"], note=row["body"])
    if row["confirmed_at"]:
        what = _("Message by %(channel)s confirmed") % row
        yield _entry(row, "message", row["confirmed_at"], what, by=row["confirmed_by"])


def _edit(row: Row) -> Iterator[Entry]:
    what = _("Edit %(kind)s") % row
    yield _entry(row, "approval", row["decided_at"], what, WALL, by=row["decided_by"], note=row["reason"])


def _policy(row: Row) -> Iterator[Entry]:
    what = _("Policy %(kind)s; written by %(author)s") % row
    yield _entry(row, "approval", row["decided_at"], what, WALL, by=row["decided_by"], note=row["reason"])


def _delivery(row: Row) -> Iterator[Entry]:
    if row["contacted_at"]:
        what = _("Sent by %(channel)s to %(address)s: %(state)s") % row
        yield _entry(row, "delivery", row["contacted_at"], what, note=row["denied_rule"])


def _gate(row: Row) -> Iterator[Entry]:
    what = _("Gate: %(channel)s allowed") % row if row["is_allowed"] else _("Gate: %(channel)s denied") % row
    yield _entry(row, "gate", row["decided_at"], what, note=row["rule"])


def _conversation(row: Row) -> Iterator[Entry]:
    what = f"{row['channel']}: {row['result']}"
    yield _entry(row, "conversation", row["happened_at"], what, by=row["by"], note=row["note"])


def _offer(row: Row) -> Iterator[Entry]:
    what = _("Relief offered: %(kind)s, now %(state)s") % row
    yield _entry(row, "relief", row["offered_at"], what, by=row["offered_by"])


def _promise(row: Row) -> Iterator[Entry]:
    what = _("Promise of %(amount)s by %(promised_on)s: %(state)s") % row
    yield _entry(row, "promise", row["made_at"], what, by=row["made_with"])


def _consent(row: Row) -> Iterator[Entry]:
    words = _("Consent to %(channel)s given") if row["is_granted"] else _("Consent to %(channel)s withdrawn")
    yield _entry(row, "consent", row["happened_at"], words % row, by=row["recorded_by"], note=row["evidence"])


def _hold(row: Row) -> Iterator[Entry]:
    what = _("Hold placed: %(kind)s") % row
    yield _entry(row, "hold", row["placed_at"], what, by=row["placed_by"], note=row["reason"])


def _audit(row: Row) -> Iterator[Entry]:
    seal = row["seal_sequence"]
    note = _("seal %(number)s") % {"number": seal} if seal else _("not sealed yet")
    yield _entry(row, "audit", row["recorded_at"], row["action"], WALL, by=row["actor_label"], note=note)


def _entry(
    row: Row,
    kind: str,
    at: str,
    what: str,
    clock: str = BANK,
    *,
    by: str | None = None,
    note: str | None = None,
) -> Entry:
    return Entry(
        at=at, clock=clock, kind=kind, what=what, by=by or "", note=note or "", reference=str(row["id"])
    )


_TELLERS = {
    "transactions": _transaction,
    "assessments": _assessment,
    "transitions": _transition,
    "overrides": _override,
    "messages": _message,
    "edit_decisions": _edit,
    "policy_decisions": _policy,
    "deliveries": _delivery,
    "gate_decisions": _gate,
    "conversations": _conversation,
    "offers": _offer,
    "promises": _promise,
    "consents": _consent,
    "holds": _hold,
    "audit": _audit,
}

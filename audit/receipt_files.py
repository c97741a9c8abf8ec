"""Receipts of single decisions: verified without the database, by what the receipt itself brings. Pure.

A receipt holds *claims* (what was decided, word for word) and the sealed audit *events* that bind them: a Merkle root,
or a hash, in an event's detail. An event is bound by its seal, a seal by a signed checkpoint. docs/receipts.md has the
format. What stands under `context` is for reading and is not proven.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from audit import canonical, merkle
from audit.checkpoints import BadCheckpoint, Keys, read_checkpoint
from audit.findings import Problem, Report
from audit.sealed_rows import FIELDS, SCHEME, Row, chain_hash, row_hash, row_of

FORMAT = "equilibrate.receipt.1"
# The events that claims may rest on: what others say in their details binds nothing.
ASSESSED = "risk.assessments.made"
DECIDED = ("interventions.gate.allowed", "interventions.gate.denied")
Note = Callable[[str], None]


class Bound(NamedTuple):
    """What an event says happened, and its detail."""

    action: str
    subject_id: str
    detail: Mapping[str, Any]


class BadReceipt(ValueError):
    """A file that is no receipt, or one that cannot be read any more."""


def verify_receipt(document: Any, *, keys: Keys) -> Report:
    """Verify a receipt.

    Args:
        document: The parsed file.
        keys: Public keys by their ids; without the right one, checkpoints are problems.

    Raises:
        BadReceipt: it is no receipt of a format that this program knows.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise BadReceipt("this is no receipt that this program knows")
    report = Report()
    try:
        events = [_event(each, number, keys, report) for number, each in enumerate(document["events"])]
        for number, claim in enumerate(document["claims"]):
            _claim(claim, f"claims[{number}]", events, document["claims"], report)
        if not document["claims"]:
            report.add(Problem(None, None, "claims: nothing is claimed"))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise BadReceipt(f"the receipt cannot be read: {error!r}") from error
    return report


def sha256_of(content: Any) -> str:
    """The hash by which an event's detail names a decision: SHA-256 over its canonical JSON."""
    return hashlib.sha256(canonical.encode(content)).hexdigest()


def _event(part: Mapping[str, Any], number: int, keys: Keys, report: Report) -> Bound:
    """Look at one event, its seal and its checkpoint; returns what a claim may rest on."""
    place = f"events[{number}]"
    event, seal = part["event"], part["seal"]
    detail = json.loads(event["detail"])
    if not isinstance(detail, Mapping):
        raise TypeError(f"{place}: the detail is no object")
    bound = Bound(event["action"], event["subject_id"], detail)
    if seal is None:
        report.waiting += 1
        report.unproven += 1
        report.notes.append(f"{place} is not sealed yet: nothing proves that it was not made up.")
        return bound
    row = _row(event, seal)
    report.rows += 1

    def note(what: str) -> None:
        report.add(Problem(row.sequence, row.event_id, f"{place}: {what}"))

    if row.scheme != SCHEME:
        note(f"it is sealed by scheme {row.scheme}, which this program does not know")
    elif row.event is None or row.event[0] != str(row.event_id) or row_hash(row.event) != row.row_hash:
        note("the event is not what was sealed")
    elif chain_hash(bytes.fromhex(seal["chain_before"]), row) != row.chain_hash:
        note("the seal does not follow from the one before it")
    _checkpoint(part["checkpoint"], row, keys, report, note)
    return bound


def _row(event: Mapping[str, Any], seal: Mapping[str, Any]) -> Row:
    ordered = {name: event[name] for name in FIELDS}
    return row_of(json.dumps({**seal, "event": ordered, "personal": None}))


def _checkpoint(part: Mapping[str, Any] | None, row: Row, keys: Keys, report: Report, note: Note) -> None:
    if part is None:
        report.unproven += 1
        report.notes.append(
            f"Row {row.sequence} is not covered by a checkpoint yet: a rewritten history would not show."
        )
        return
    try:
        signed = read_checkpoint(part["text"], keys)
    except BadCheckpoint as error:
        note(f"checkpoint: {error}")
        return
    root = merkle.root_of_path(
        leaf=merkle.leaf_hash(row.row_hash),
        index=row.sequence - 1,
        count=signed.size,
        path=[bytes.fromhex(each) for each in part["path"]],
    )
    if root != signed.root:
        note(f"it is not among the {signed.size} rows that its checkpoint was signed over")
        return
    report.checkpoints += 1
    report.covered += 1


def _claim(
    claim: Mapping[str, Any],
    place: str,
    events: list[Bound],
    claims: list[Mapping[str, Any]],
    report: Report,
) -> None:
    def note(what: str) -> None:
        report.add(Problem(None, None, f"{place}: {what}"))

    before = report.problem_count
    match claim["kind"]:
        case "assessment":
            event = events[claim["proof"]["event"]]
            if event.action != ASSESSED:
                note("its event is not about assessments")
            _assessment(claim, event.detail, note)
        case "gate_decision":
            event = events[claim["proof"]["event"]]
            if event.action not in DECIDED or event.subject_id != str(claim["content"]["id"]):
                note("its event is not about this decision")
            if event.detail.get("receipt_sha256") != sha256_of(claim["content"]):
                note("the decision is not the one that was recorded")
        case "message":
            _message(claim["content"], claims[claim["proof"]["claim"]], note)
        case kind:
            note(f"{kind} is no kind of claim that this program knows")
    report.receipts += report.problem_count == before


def _assessment(claim: Mapping[str, Any], detail: Mapping[str, Any], note: Note) -> None:
    proof, content = claim["proof"], claim["content"]
    root = merkle.root_of_path(
        leaf=merkle.leaf_hash(canonical.encode(content)),
        index=proof["index"],
        count=detail["count"],
        path=[bytes.fromhex(each) for each in proof["path"]],
    )
    if root is None or root.hex() != detail["merkle_root"]:
        note("the assessment is not among those that were recorded")
    features = claim["features"]
    if features is not None and sha256_of(features) != content["features_sha256"]:
        note("the features are not those of the assessment")
    if _rulebook_hash(claim["rulebook"]) != detail["rulebook_sha256"]:
        note("the rulebook is not the one of the assessment")


def _rulebook_hash(content: Any) -> str:
    """As `risk.rulebook` hashes it."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _message(content: Mapping[str, Any], gate: Mapping[str, Any], note: Note) -> None:
    """What the customer read is what the gate let through for this delivery."""
    said, subject = gate["content"], content["subject"]
    text = f"{subject}\n{content['body']}" if subject else content["body"]
    if gate["kind"] != "gate_decision":
        note("no decision of the gate proves it")
    elif hashlib.sha256(text.encode()).hexdigest() != said["body_sha256"]:
        note("the text is not the one that the gate decided about")
    elif content["delivery_id"] != said["delivery_id"] or content["channel"] != said["channel"]:
        note("the gate decided about another message")
    elif content["template_sha256"] != said["template_sha256"]:
        note("the template is not the one that the gate decided about")
    elif not said["is_allowed"]:
        note("the gate did not allow it")

"""The case pack as a PDF, part by part; what it is printed on is in `case_pack_paper`.

Times are told in the bank's zone, to the minute; the JSON has them as they are stored.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers import bank_clock
from interventions.proof.case_pack_paper import GREY, NORMAL, SMALL, Document
from interventions.proof.case_pack_timeline import Entry, timeline

Pack = dict[str, Any]
# What would fill pages without telling more; it is all in the JSON.
MOST_TRANSACTIONS = 200
MOST_AUDIT_ROWS = 300


def pdf(pack: Pack) -> bytes:
    """The pack as a PDF.

    Args:
        pack: As `case_pack_reading.read_pack` gives it.

    Raises:
        case_pack_paper.FontAltered: the font is not the one that was reviewed.
    """
    name = _("Case %(number)s of customer %(customer)s") % {
        "number": pack["case"]["id"],
        "customer": pack["customer"]["bank_id"],
    }
    document = Document(name)
    _head(document, name, pack)
    _assessments(document, pack)
    _messages(document, pack)
    _gate(document, pack)
    _approvals(document, pack)
    _happenings(document, pack)
    _transactions(document, pack)
    _audit(document, pack)
    return bytes(document.output())


def _head(document: Document, name: str, pack: Pack) -> None:
    case, customer = pack["case"], pack["customer"]
    document.name_of_all(name)
    exported = {
        "at": _minute(pack["made_at"]),
        "who": pack["made_by"],
        "zone": bank_clock.zone().key,
    }
    document.paragraph(_("Exported at %(at)s by %(who)s. All times are in the zone %(zone)s.") % exported)
    document.title_of(_("The case"))
    document.facts(
        [
            (_("Customer"), f"{customer['full_name']} ({customer['source']} {customer['bank_id']})"),
            (_("Reached at"), ", ".join(filter(None, [customer["phone"], customer["email"]]))),
            (_("Vulnerable"), _("yes") if customer["is_vulnerable"] else ""),
            (_("Risk"), f"{case['level']}, {case['hardship']}"),
            (_("Priority"), case["priority"]),
            (_("State"), f"{case['state']} {case['outcome']}".strip()),
            (_("Assigned to"), case["assigned_to"]),
            (_("Opened"), _minute(case["opened_at"])),
            (_("First contact"), _minute(case["first_contact_at"])),
            (_("Contact due by"), _minute(case["sla_due_at"])),
            (_("Missed the deadline"), _minute(case["sla_breached_at"])),
            (_("Resolved"), _minute(case["resolved_at"])),
            (_("Instalment due on"), case["due_on"]),
        ]
    )


def _assessments(document: Document, pack: Pack) -> None:
    document.title_of(_("Assessments and their reasons"))
    document.rows(
        [_("Day"), _("Level"), _("Score"), _("Hardship"), _("Reasons"), _("Rulebook, code, receipt")],
        [12, 9, 7, 16, 36, 20],
        [
            [
                row["as_of_on"],
                row["level"],
                f"{row['score']:g}",
                row["hardship"],
                "; ".join(row["reasons_in_words"]),
                f"{row['rulebook_version']}, {row['code_version']}, "
                + (_("audit event %(id)s") % {"id": row["audit_event_id"]} if row["audit_event_id"] else "–"),
            ]
            for row in pack["assessments"]
        ],
    )


def _messages(document: Document, pack: Pack) -> None:
    document.title_of(_("Messages"))
    if not pack["messages"]:
        document.rows([], [], [])
    for row in pack["messages"]:
        document.write_in(NORMAL, "B")
        document.paragraph(f"{row['channel']} ({row['language']}): {row['state']}")
        document.write_in(NORMAL)
        document.paragraph("\n".join(filter(None, [row["subject"], row["body"]])), left=4)
        told = {"who": row["confirmed_by"] or "–", "at": _minute(row["confirmed_at"]) or "–"}
        document.write_in(SMALL, colour=GREY)
        document.paragraph(
            _("Confirmed by %(who)s, %(at)s") % told + f". SHA-256 {row['body_sha256']}", left=4
        )
        document.ln(1.5)
    document.rows(
        [_("Sent"), _("Channel"), pgettext("address", "To"), _("State"), _("Provider"), _("Not allowed by")],
        [18, 12, 24, 14, 16, 16],
        [
            [
                _minute(row["contacted_at"]), row["channel"], row["address"], row["state"], row["provider"],
                row["denied_rule"],
            ]
            for row in pack["deliveries"]
        ],
    )  # fmt: skip


def _gate(document: Document, pack: Pack) -> None:
    document.title_of(_("What the send gate said"))
    document.rows(
        [
            _("At"),
            _("Moment"),
            _("Channel"),
            _("Result"),
            _("Rule"),
            _("Next lawful time"),
            _("Rules of contact"),
        ],
        [17, 11, 12, 12, 17, 17, 14],
        [
            [
                _minute(row["decided_at"]),
                row["moment"],
                row["channel"],
                _("allowed") if row["is_allowed"] else _("denied"),
                row["rule"],
                _minute(row["next_lawful_at"]),
                f"{row['pack_name']}-{row['pack_version']}" if row["pack_name"] else "–",
            ]
            for row in pack["gate_decisions"]
        ],
    )


def _approvals(document: Document, pack: Pack) -> None:
    document.title_of(_("Approvals"))
    rows = [(_("policy %(id)s") % {"id": row["template_id"]}, row) for row in pack["policy_decisions"]]
    rows += [(_("message %(id)s") % {"id": row["intervention_id"]}, row) for row in pack["edit_decisions"]]
    document.rows(
        [_("Of"), _("At"), _("Decision"), _("Written by"), _("Decided by"), _("Reason")],
        [14, 17, 12, 14, 14, 29],
        [
            [what, _minute(row["decided_at"]), row["kind"], row["author"], row["decided_by"], row["reason"]]
            for what, row in rows
        ],
    )


def _happenings(document: Document, pack: Pack) -> None:
    document.title_of(_("What happened"))
    left_out = {"transaction", "audit", "assessment", "gate"}
    _entries(document, [each for each in timeline(pack) if each.kind not in left_out])


def _transactions(document: Document, pack: Pack) -> None:
    document.title_of(_("Transactions of the window"))
    _cut(document, len(pack["transactions"]), MOST_TRANSACTIONS)
    document.rows(
        [_("At"), _("Type"), _("Amount"), _("Channel"), _("Category"), _("Status")],
        [20, 12, 20, 16, 18, 14],
        [
            [
                _minute(row["occurred_at"]), row["transaction_type"], f"{row['amount']} {row['currency']}",
                row["channel"], row["merchant_category"], row["status"],
            ]
            for row in pack["transactions"][-MOST_TRANSACTIONS:]
        ],
    )  # fmt: skip


def _audit(document: Document, pack: Pack) -> None:
    document.title_of(_("Audit, with its seals"))
    _cut(document, len(pack["audit"]), MOST_AUDIT_ROWS)
    document.rows(
        [_("At"), _("Event"), pgettext("person", "By"), _("Seal"), _("Hash in the chain")],
        [18, 32, 18, 8, 24],
        [
            [
                _minute(row["recorded_at"]),
                row["action"],
                row["actor_label"],
                str(row["seal_sequence"] or "–"),
                f"{row['seal_chain_hash'][:16]}…" if row["seal_chain_hash"] else _("not sealed yet"),
            ]
            for row in pack["audit"][-MOST_AUDIT_ROWS:]
        ],
    )


def _entries(document: Document, entries: Sequence[Entry]) -> None:
    document.rows(
        [_("At"), _("What"), pgettext("person", "By"), _("Note")],
        [18, 34, 14, 34],
        [[_minute(each.at), each.what, each.by, each.note] for each in entries],
    )


def _cut(document: Document, count: int, most: int) -> None:
    if count > most:
        told = {"most": most, "count": count}
        document.paragraph(_("The newest %(most)s of %(count)s; the others are in the JSON.") % told)


def _minute(moment: str | None) -> str:
    if not moment:
        return ""
    return dt.datetime.fromisoformat(moment).astimezone(bank_clock.zone()).strftime("%Y-%m-%d %H:%M")

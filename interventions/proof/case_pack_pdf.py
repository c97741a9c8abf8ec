"""The case pack as a PDF. One font with Latin, Devanagari and the rupee sign, shaped, checked by its hash.

Times are told in the bank's zone, to the minute; the JSON has them as they are stored.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace

from customers import bank_clock
from interventions.proof.case_pack_timeline import Entry, timeline

Pack = dict[str, Any]
FONTS = {
    "": ("Mukta-Regular.ttf", "2958e4af564507df2a856164df6f9978dacb03f999a4f34a0c269dc8a4de9688"),
    "B": ("Mukta-Bold.ttf", "7d22891cd57507b04af95a67ffaf59b7073b3595a27d1cfbbcefb418de820a12"),
}
FAMILY = "Mukta"
SMALL, NORMAL, LARGE, TITLE = 8, 9.5, 12, 18
INK, GREY, LINE, SHADE = (33, 37, 41), (90, 98, 106), (206, 212, 218), (241, 243, 245)
# What would fill pages without telling more; it is all in the JSON.
MOST_TRANSACTIONS = 200
MOST_AUDIT_ROWS = 300


class FontAltered(Exception):
    """A font file is not the one that was reviewed."""


class _Document(FPDF):
    """Pages with a head and a foot."""

    def __init__(self, name: str) -> None:
        super().__init__(format="A4")
        self._name = name
        for style, path in _fonts().items():
            self.add_font(FAMILY, style, path)
        self.set_text_shaping(True)
        self.set_margins(16, 16, 16)
        self.set_auto_page_break(True, margin=18)
        self.alias_nb_pages()
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.write_in(NORMAL)
        self.add_page()

    def write_in(self, size: float, style: str = "", colour: tuple[int, int, int] = INK) -> None:
        """Go on in a size, style and colour."""
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)

    def header(self) -> None:
        """The name of the pack, from the second page on."""
        if self.page_no() > 1:
            self.write_in(SMALL, colour=GREY)
            self.cell(0, 5, self._name, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(3)

    def footer(self) -> None:
        """Confidential, and which page of how many."""
        self.set_y(-13)
        self.write_in(SMALL, colour=GREY)
        self.cell(0, 5, _("Confidential: personal data of a customer"))
        self.set_x(self.l_margin)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    def title_of(self, text: str) -> None:
        """The name of a part; never alone at the foot of a page."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(4)
        self.write_in(LARGE, "B")
        self.cell(0, 7, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.write_in(NORMAL)

    def facts(self, facts: Iterable[tuple[str, Any]]) -> None:
        """Names and values, one line each."""
        for name, value in facts:
            if value in (None, ""):
                continue
            self.write_in(NORMAL, colour=GREY)
            self.cell(44, 5.4, name)
            self.write_in(NORMAL)
            self.paragraph(str(value), left=44)

    def paragraph(self, text: str, *, left: float = 0) -> None:
        """Text that breaks by itself."""
        self.set_x(self.l_margin + left)
        self.multi_cell(0, 5.4, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def rows(self, names: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> None:
        """A table; its head is repeated on each page."""
        found = list(rows)
        if not found:
            self.write_in(NORMAL, colour=GREY)
            self.paragraph(_("None."))
            return
        self.write_in(SMALL)
        with self.table(
            col_widths=tuple(widths), line_height=4.4, padding=0.8, text_align="LEFT",
            borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(emphasis="BOLD", fill_color=SHADE), wrapmode=WrapMode.WORD,
        ) as table:  # fmt: skip
            for cells in [names, *found]:
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        self.write_in(NORMAL)


def pdf(pack: Pack) -> bytes:
    """The pack as a PDF.

    Args:
        pack: As `case_pack_reading.read_pack` gives it.

    Raises:
        FontAltered: the font is not the one that was reviewed.
    """
    name = _("Case %(number)s of customer %(customer)s") % {
        "number": pack["case"]["id"],
        "customer": pack["customer"]["bank_id"],
    }
    document = _Document(name)
    _head(document, name, pack)
    _assessments(document, pack)
    _messages(document, pack)
    _gate(document, pack)
    _approvals(document, pack)
    _happenings(document, pack)
    _transactions(document, pack)
    _audit(document, pack)
    return bytes(document.output())


def _head(document: _Document, name: str, pack: Pack) -> None:
    case, customer = pack["case"], pack["customer"]
    document.write_in(TITLE, "B")
    document.cell(0, 10, name, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    document.write_in(NORMAL, colour=GREY)
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


def _assessments(document: _Document, pack: Pack) -> None:
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


def _messages(document: _Document, pack: Pack) -> None:
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
        [_("Sent"), _("Channel"), _("To"), _("State"), _("Provider"), _("Not allowed by")],
        [18, 12, 24, 14, 16, 16],
        [
            [
                _minute(row["contacted_at"]), row["channel"], row["address"], row["state"], row["provider"],
                row["denied_rule"],
            ]
            for row in pack["deliveries"]
        ],
    )  # fmt: skip


def _gate(document: _Document, pack: Pack) -> None:
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


def _approvals(document: _Document, pack: Pack) -> None:
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


def _happenings(document: _Document, pack: Pack) -> None:
    document.title_of(_("What happened"))
    left_out = {"transaction", "audit", "assessment", "gate"}
    _entries(document, [each for each in timeline(pack) if each.kind not in left_out])


def _transactions(document: _Document, pack: Pack) -> None:
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


def _audit(document: _Document, pack: Pack) -> None:
    document.title_of(_("Audit, with its seals"))
    _cut(document, len(pack["audit"]), MOST_AUDIT_ROWS)
    document.rows(
        [_("At"), _("Event"), _("By"), _("Seal"), _("Hash in the chain")],
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


def _entries(document: _Document, entries: Sequence[Entry]) -> None:
    document.rows(
        [_("At"), _("What"), _("By"), _("Note")],
        [18, 34, 14, 34],
        [[_minute(each.at), each.what, each.by, each.note] for each in entries],
    )


def _cut(document: _Document, count: int, most: int) -> None:
    if count > most:
        told = {"most": most, "count": count}
        document.paragraph(_("The newest %(most)s of %(count)s; the others are in the JSON.") % told)


def _minute(moment: str | None) -> str:
    if not moment:
        return ""
    return dt.datetime.fromisoformat(moment).astimezone(bank_clock.zone()).strftime("%Y-%m-%d %H:%M")


@cache
def _fonts() -> dict[str, str]:
    """The paths of the fonts by style, after a look at each."""
    folder = resources.files("fontpkg_mukta") / "files"
    found = {}
    for style, (name, expected) in FONTS.items():
        file = folder / name
        if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise FontAltered(f"{name} is not the font that was reviewed: install the packages again.")
        found[style] = str(file)
    return found

"""The paper a case pack is printed on: pages, headings, facts and tables, in one font with Latin, Devanagari and the
rupee sign, shaped, checked by its hash."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace

FONTS = {
    "": ("Mukta-Regular.ttf", "2958e4af564507df2a856164df6f9978dacb03f999a4f34a0c269dc8a4de9688"),
    "B": ("Mukta-Bold.ttf", "7d22891cd57507b04af95a67ffaf59b7073b3595a27d1cfbbcefb418de820a12"),
}
FAMILY = "Mukta"
SMALL, NORMAL, LARGE, TITLE = 8, 9.5, 12, 18
INK, GREY, LINE, SHADE = (33, 37, 41), (90, 98, 106), (206, 212, 218), (241, 243, 245)


class FontAltered(Exception):
    """A font file is not the one that was reviewed."""


class Document(FPDF):
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

    def name_of_all(self, text: str) -> None:
        """The name of the whole document, on its first page."""
        self.write_in(TITLE, "B")
        self.cell(0, 10, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.write_in(NORMAL, colour=GREY)

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

"""Tables that read as tables on a desk and as cards on a phone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cell:
    """One value below a header.

    Args:
        text: as it is shown.
        label: the column's header, for where rows become cards.
        is_number: whether it stands at the right.
    """

    text: str
    label: str
    is_number: bool


@dataclass(frozen=True)
class Row:
    """One line: its header and its values."""

    header: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of figures.

    Args:
        caption: the question it answers.
        headers: of the first column and the others.
        rows: the lines.
        note: what is to be minded, below it.
        text_columns: which columns after the first hold words.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    text_columns: frozenset[str] = field(default_factory=frozenset)

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Headers after the first, and whether numbers stand below."""
        return [(header, header not in self.text_columns) for header in self.headers[1:]]


def table(
    caption: str,
    headers: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    note: str = "",
    text_columns: Sequence[str] = (),
) -> Table:
    """Put a table together of lines of text, one element per header."""
    words = frozenset(text_columns)
    rows = tuple(
        Row(
            header,
            tuple(
                Cell(text, label, label not in words) for text, label in zip(texts, headers[1:], strict=True)
            ),
        )
        for header, *texts in lines
    )
    return Table(caption=caption, headers=tuple(headers), rows=rows, note=note, text_columns=words)

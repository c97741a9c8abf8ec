"""The words and shapes under which levels, hardships and segments are shown."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from risk.levels import HARDSHIP_WORDS, Hardship, Level, Segment

LEVEL_SHAPES: dict[Level, str] = {Level.HIGH: "▲", Level.MEDIUM: "◆", Level.LOW: "●"}

HARDSHIPS: dict[Hardship, Promise] = HARDSHIP_WORDS

SEGMENTS: dict[Segment, Promise] = {
    Segment.UNKNOWN: _("Unknown"),
    Segment.INCOME_SHOCK: _("Income shock"),
    Segment.SILENT_DRAIN: _("Silent drain"),
    Segment.OVERSPENDER: _("Overspender"),
    Segment.STABLE: _("Stable"),
}

"""The words and shapes under which levels, hardships and segments are shown."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from risk.levels import Hardship, Level, Segment

LEVEL_SHAPES: dict[Level, str] = {Level.HIGH: "▲", Level.MEDIUM: "◆", Level.LOW: "●"}

HARDSHIPS: dict[Hardship, Promise] = {
    Hardship.NONE: _("None"),
    Hardship.INCOME_SHOCK: _("Income shock"),
    Hardship.LIQUIDITY_STRESS: _("Liquidity stress"),
    Hardship.EXPENSE_COMPRESSION: _("Expense compression"),
    Hardship.OVER_LEVERAGE: _("Over-leverage"),
    Hardship.OVERSPENDING: _("Overspending"),
}

SEGMENTS: dict[Segment, Promise] = {
    Segment.UNKNOWN: _("Unknown"),
    Segment.INCOME_SHOCK: _("Income shock"),
    Segment.SILENT_DRAIN: _("Silent drain"),
    Segment.OVERSPENDER: _("Overspender"),
    Segment.STABLE: _("Stable"),
}

"""From how much a what-if's figures are known, in sentences that its reader needs before the figures. Pure."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interventions.effect.what_if import WhatIf
from interventions.effect.what_if_reading import Pace


def caveats(found: WhatIf) -> list[str]:
    """The sentences, for the command and the page."""
    return [_pace(found.pace), *_history(found.known_from, found.days)]


def _pace(pace: Pace) -> str:
    values = {"days": pace.days, "ended": pace.ended, "fewest": pace.fewest}
    if pace.is_assumed:
        return ngettext(
            "Too few ended cases to say how long staff take (%(ended)s in these days, %(fewest)s are needed):"
            " assumed %(days)s day, as set.",
            "Too few ended cases to say how long staff take (%(ended)s in these days, %(fewest)s are needed):"
            " assumed %(days)s days, as set.",
            pace.days,
        ) % values  # fmt: skip
    return ngettext(
        "Staff are done with a case after %(days)s day: the median of %(ended)s cases they ended in these days.",
        "Staff are done with a case after %(days)s days: the median of %(ended)s cases they ended in these days.",
        pace.days,
    ) % values  # fmt: skip


def _history(known_from: dt.date | None, days: list[dt.date]) -> list[str]:
    if known_from is None:
        return [_("There are no records of these customers: no figure says anything.")]
    if known_from > days[0]:
        said = _("The records of these customers begin on %(day)s: before it nobody could be at risk.")
        return [said % {"day": date_format(known_from, "j M Y")}]
    return []

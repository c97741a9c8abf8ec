"""The what-if page: the question as a form, the comparison as tables and a line of each side. Pure but for the form."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from customers import formats
from interventions.effect.what_if import DRAFT, WhatIf
from interventions.effect.what_if_load import Estimate
from interventions.effect.what_if_words import caveats
from interventions.models import Channel
from risk.model_page.tables import Table, table
from risk.rulebook import EQUILIBRATE_1, RulebookContent

WIDTH, HEIGHT = 600.0, 120.0
PRESENT = ""


class WhatIfForm(forms.Form):
    """Which candidate is compared, over how many days."""

    policies = forms.ChoiceField(
        label=gettext_lazy("Policies"),
        choices=[(PRESENT, gettext_lazy("as they stand")), (DRAFT, gettext_lazy("the newest drafts"))],
        required=False,
    )
    pack = forms.ChoiceField(
        label=gettext_lazy("Rules of contact"),
        choices=[(PRESENT, gettext_lazy("as they stand")), (DRAFT, gettext_lazy("the newest draft"))],
        required=False,
    )
    medium_from = forms.FloatField(label=gettext_lazy("MEDIUM from, points"), min_value=0.5, max_value=10)
    high_from = forms.FloatField(label=gettext_lazy("HIGH from, points"), min_value=0.5, max_value=10)
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=90)

    def clean(self) -> dict[str, Any]:
        """HIGH is above MEDIUM."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("high_from", 1) <= said.get("medium_from", 0):
            self.add_error("high_from", _("HIGH begins above MEDIUM."))
        return said

    @property
    def rulebook(self) -> RulebookContent:
        """The present rulebook with the levels that were asked for."""
        score = dataclasses.replace(
            EQUILIBRATE_1.score,
            medium_from=self.cleaned_data["medium_from"],
            high_from=self.cleaned_data["high_from"],
        )
        if score == EQUILIBRATE_1.score:
            return EQUILIBRATE_1
        return dataclasses.replace(EQUILIBRATE_1, score=score, version=f"{EQUILIBRATE_1.version} (candidate)")

    @staticmethod
    def present() -> dict[str, Any]:
        """What stands."""
        score = EQUILIBRATE_1.score
        return {"medium_from": score.medium_from, "high_from": score.high_from, "days": 30}


@dataclass(frozen=True, kw_only=True)
class WhatIfPage:
    """Everything the page shows of a comparison.

    Args:
        span: which days, and how many customers were looked at.
        caveats: from how much the figures are known.
        present_line, candidate_line: open cases by day, as points of a polyline.
        most: the highest of both lines.
    """

    span: str
    caveats: list[str]
    moves: Table
    load: Table
    messages: Table
    present_line: str
    candidate_line: str
    most: str


def page_of(found: WhatIf, *, currency: str) -> WhatIfPage:
    """Shape a comparison."""
    most = max([1.0, *found.present.standing, *found.candidate.standing])
    return WhatIfPage(
        span=_("%(from)s to %(to)s; %(sample)s of %(all)s customers looked at, figures are of all.")
        % {
            "from": date_format(found.days[0], "j M"),
            "to": date_format(found.days[-1], "j M Y"),
            "sample": formats.grouped(found.sample, currency),
            "all": formats.grouped(found.portfolio, currency),
        },
        caveats=caveats(found),
        moves=_moves(found, currency),
        load=_load(found, currency),
        messages=_messages(found, currency),
        present_line=_line(found.present.standing, most),
        candidate_line=_line(found.candidate.standing, most),
        most=formats.grouped(round(most), currency),
    )


def _moves(found: WhatIf, currency: str) -> Table:
    levels = list(found.moves)
    lines = [[old, *(_number(found.moves[old][new], currency) for new in levels)] for old in levels]
    return table(
        _("Who would stand where, on the last day?"),
        [_("Now at"), *(_("then %(level)s") % {"level": level} for level in levels)],
        lines,
    )


def _load(found: WhatIf, currency: str) -> Table:
    lines = [
        [
            name,
            _number(side.opened_in_all, currency),
            _number(side.opened_on_busiest, currency),
            _number(side.standing_at_last, currency),
        ]
        for name, side in ((_("As it stands"), found.present), (_("The candidate"), found.candidate))
    ]
    real = formats.grouped(sum(found.real.opened.values()), currency)
    return table(
        _("How much work would there be?"),
        [_("Under"), _("Cases opened"), _("on the busiest day"), _("open on the last day")],
        lines,
        note=_("Really opened in these days: %(n)s.") % {"n": real},
    )


def _messages(found: WhatIf, currency: str) -> Table:
    present, candidate = found.present.by_channel, found.candidate.by_channel
    lines = [
        [
            capfirst(str(Channel(channel).label)) if channel in Channel.values else channel,
            *(_number(side[channel], currency) for side in (present, candidate)),
        ]
        for channel in sorted(present)
        if present[channel].value or candidate[channel].value
    ]
    return table(
        _("How much contact, at most?"),
        [pgettext("channel", "By"), _("As it stands"), _("The candidate")],
        lines,
        note=_(
            "If every message were confirmed. What the gate would hold back is not counted; nothing is sent."
        ),
    )


def _number(each: Estimate, currency: str) -> str:
    value = formats.grouped(round(each.value), currency)
    if each.low == each.high:
        return value
    low, high = (formats.grouped(max(0, round(end)), currency) for end in (each.low, each.high))
    return f"{value} ({low}–{high})"


def _line(values: list[float], most: float) -> str:
    step = WIDTH / max(1, len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{HEIGHT - HEIGHT * value / most:.1f}" for index, value in enumerate(values)
    )

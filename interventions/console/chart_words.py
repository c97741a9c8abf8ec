"""The sentence that people hear in place of a chart's picture."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from interventions.console.charts import Chart


def spoken(chart: "Chart") -> str:
    """The title, and the first and last figures of lines, or the greatest of others."""
    if chart.is_empty:
        return f"{chart.title} {chart.empty or _('No numbers yet.')}"
    if chart.is_course:
        return f"{chart.title} {' '.join(_course(chart))}"
    totals = [
        (sum(each.values[number] or 0 for each in chart.drawn), category)
        for number, category in enumerate(chart.categories)
    ]
    value, category = max(totals, key=lambda pair: pair[0])
    return _("%(title)s Most: %(category)s, %(value)s; %(count)d groups in all.") % {
        "title": chart.title,
        "category": category,
        "value": chart.said(value),
        "count": len(chart.categories),
    }


def _course(chart: "Chart") -> Iterator[str]:
    """From where to where each line goes."""
    for each in chart.drawn:
        known = [pair for pair in zip(chart.categories, each.values, strict=True) if pair[1] is not None]
        if known:
            (first, begin), (last, end) = known[0], known[-1]
            yield _("%(name)s: %(begin)s at %(first)s, %(end)s at %(last)s.") % {
                "name": each.name,
                "begin": chart.said(begin),
                "first": first,
                "end": chart.said(end),
                "last": last,
            }

"""How much is likely to be lost, by city, employment or relationship manager."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers import formats
from interventions.console.charts import Chart, Kind, Series, Unit
from interventions.console.filters import QueueFilters
from interventions.console.portfolio.address import By
from interventions.console.portfolio.bars import Bar
from risk.levels import Level
from risk.portfolio.selectors import Group, Groups, Portfolio


def losses(counted: Portfolio, by: By) -> Chart:
    """Bars of money, and beside them in the table of how many customers."""
    bars = _parts_of(counted.groups.get(by.dimension, {}), by)
    spoken_of = [sum(group.spoken_of for group in bar.levels.values()) for bar in bars]
    amounts = [float(sum(group.expected_loss_amount for group in bar.levels.values())) for bar in bars]
    all_spoken_of = sum(spoken_of)
    titles = {
        By.CITY: _("In which cities is how much likely to be lost?"),
        By.EMPLOYMENT: _("In which employments is how much likely to be lost?"),
        By.MANAGER: _("With which relationship managers is how much likely to be lost?"),
    }
    links = [bar.link() for bar in bars]
    return Chart(
        key=f"loss-by-{by.value}",
        title=titles[by],
        subtitle=_(
            "Expected loss: probability × outstanding × loss given default, of the %(spoken)s of %(all)s customers"
            " the model speaks of."
        )
        % {
            "spoken": formats.grouped(all_spoken_of, settings.BANK_CURRENCY),
            "all": formats.grouped(counted.customers, settings.BANK_CURRENCY),
        },
        kind=Kind.BARS,
        categories=[bar.name for bar in bars],
        series=[
            Series(name=_("Expected loss"), values=amounts, tone="accent", links=links),
            Series(
                name=_("Customers"), values=[bar.customers for bar in bars], links=links, unit=Unit.NUMBER
            ),
            Series(name=_("Of whom the model speaks"), values=spoken_of, unit=Unit.NUMBER),
        ]
        if all_spoken_of
        else [],
        unit=Unit.MONEY,
        category_name=str(by.label),
        empty=_("No model says a probability of any of these customers, so no expected loss can be stated."),
        height=480 if len(bars) > 8 else 280,
    )


def _parts_of(groups: Groups, by: By) -> list[Bar]:
    """In the order of their places, the greatest loss first; what is not shown by itself last."""
    names = _manager_names(groups) if by is By.MANAGER else {}
    return [_part(value, levels, by, names) for value, levels in groups.items()]


def _part(value: str | None, levels: Mapping[Level, Group], by: By, names: Mapping[str, str]) -> Bar:
    if value is None:
        return Bar(_("All others"), levels, None)
    if by is By.MANAGER:
        if not value:
            return Bar(_("Nobody"), levels, None)
        return Bar(names.get(value, _("No longer known")), levels, QueueFilters(manager_id=int(value)))
    if not value:
        return Bar(_("Not known"), levels, None)
    if by is By.CITY:
        return Bar(value, levels, QueueFilters(city=value))
    return Bar(formats.sentence_case(value), levels, QueueFilters(employment=value))


def _manager_names(groups: Groups) -> dict[str, str]:
    ids = [int(value) for value in groups if value]
    return {str(user.pk): user.get_full_name() or user.username for user in User.objects.filter(pk__in=ids)}

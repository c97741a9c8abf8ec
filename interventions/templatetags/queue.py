"""The risk queue's table in its templates."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from interventions.console.queue import row_html
from interventions.console.queue.row_html import RowWriter
from interventions.console.queue_rows import QueueRow
from risk.selectors import ModelStanding

register = template.Library()


@register.simple_tag
def written(writer: RowWriter, row: QueueRow) -> SafeString:
    """One row of the table."""
    return writer.row(row)


@register.simple_tag
def probability(row: QueueRow, standing: ModelStanding) -> SafeString:
    """What the model says of a customer, and why it says nothing where it does not."""
    return row_html.probability(row, has_model=bool(standing.label))


@register.simple_tag
def silence(row: QueueRow, standing: ModelStanding) -> str:
    """Why the model says nothing of a customer, a sentence."""
    return row_html.silence(row, has_model=bool(standing.label))


@register.simple_tag
def options(people: Iterable[tuple[int, str]], chosen: int | None) -> SafeString:
    """Staff to choose from, hundreds of them: written at once."""
    names = ((pk, SafeString(" selected") if pk == chosen else "", name) for pk, name in people)
    return format_html_join("", '<option value="{}"{}>{}</option>', names)

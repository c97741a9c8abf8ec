"""The rows of the queue's table as HTML. Fifty stand on a page: what they share is made once for all of them."""

from functools import cache

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers import formats
from interventions import stored_words
from interventions.console import case_words, moments, words
from interventions.console.case_words import Sla, Standing
from interventions.console.filters import LARGEST_ID, QueueAddress
from interventions.console.queue_rows import QueueRow
from interventions.models import Case, PolicyTemplate
from risk.levels import Hardship, Level

Cells = dict[str, SafeString]
NUMBERS = frozenset({"score", "probability", "due"})
SLA_SHAPES = {Standing.LATE: "▲", Standing.AT_RISK: "◆"}
ROW = '<tr class="row-{level}" id="c{pk}" role="row" data-row>{select}{customer}{cells}</tr>'
SELECT = (
    '<td role="cell" class="c-select" data-cell="select"><label class="choose">'
    '<input class="form-check-input" type="checkbox" name="customer" value="{pk}" form="many" autocomplete="off">'
    '<span class="visually-hidden">{label}</span></label></td>'
)
CUSTOMER = (
    '<th role="rowheader" scope="row" class="c-customer" data-cell="customer">'
    '<a id="o{pk}" class="open" href="{href}" aria-expanded="{is_open}" title="{name}">{name}</a> '
    '<span class="muted id">{bank_id}{case}</span>{asked}</th>'
)
CASE = ' <a class="case-link" href="{}" hx-boost="false" title="{}">{}</a>'
ASKED = ' <span class="asked">{}</span>'
LEVEL = (
    '<span class="level level-{token}"><span class="shape" aria-hidden="true">{shape}</span> {label}</span>'
)
SET_BY = ' <span class="set-by" title="{setter}">{said}<span class="visually-hidden">. {setter}</span></span>'
PROBABILITY = (
    '<span class="probability probability-{token}" title="{title}">'
    '<span class="shape" aria-hidden="true">{shape}</span> {share}'
    '<span class="visually-hidden">, {said}</span></span>'
)
NOTHING = (
    '<span class="muted" title="{why}"><span aria-hidden="true">{mark}</span>'
    '<span class="visually-hidden">{why}</span></span>'
)
CITY = '<span title="{city}">{city}</span><span class="with-city">{employment}</span>'
WHY = '<span class="clamp" title="{why}">{hardship}{why}</span>'
WITH_WHY = '<span class="with-why">{} · </span>'
SLA = '<span class="sla sla-{}" title="{}">{}{}</span>'
HEARD = '<span class="visually-hidden">{}, </span>{}'
SHAPE = '<span class="shape" aria-hidden="true">{}</span> '


def _labels() -> dict[str, str]:
    """The columns after the customer, in their order, each by its label on a small screen."""
    return {
        "level": _("Level"),
        "score": _("Score / 10"),
        "probability": _("Probability of a miss"),
        "hardship": _("Hardship"),
        "city": _("City"),
        "employment": _("Employment"),
        "why": _("Why"),
        "due": _("Due in, days"),
        "sla": _("SLA"),
        "action": _("Recommended action"),
        "updated": _("Last updated"),
    }


class RowWriter:
    """Writes the rows of one page for one reader.

    Args:
        address: Of the page.
        currency: ISO 4217 code of the bank's currency.
        has_model: Whether a model scores.
    """

    def __init__(self, *, address: QueueAddress, currency: str, has_model: bool) -> None:
        self._open_id = address.open_id
        self._currency = currency
        self._has_model = has_model
        queue = reverse("queue")
        self._closed = queue + address.with_open(None).query()
        # The address is written once, with a number that no customer has in the place of theirs.
        opened = queue + address.with_open(LARGEST_ID).query()
        self._before_id, self._after_id = opened.split(str(LARGEST_ID))
        self._openings = {
            name: format_html(
                '<td role="cell" class="c-{}{}" data-cell="{}" data-label="{}">',
                name,
                " number" if name in NUMBERS else "",
                name,
                label,
            )
            for name, label in _labels().items()
        }
        self._word = cache(word)
        self._level = cache(_level)
        self._action = cache(_action)
        self._select = _("Select %(name)s")
        self._no_case = _nothing(_("No case is open"))
        self._no_instalment = format_html(
            '<span class="muted" title="{}">—</span>', _("No instalment is waiting")
        )
        self._with_collections = _muted(_("With collections"))

    def row(self, row: QueueRow) -> SafeString:
        """One row."""
        customer = row.customer
        cells = self._cells(row)
        label = self._select % {"name": customer}
        return format_html(
            ROW,
            level=Level(row.risk.level).label.lower(),
            pk=customer.pk,
            select=format_html(SELECT, pk=customer.pk, label=label),
            customer=self._customer(row),
            cells=SafeString(
                "".join([f"{self._openings[name]}{cells[name]}</td>" for name in self._openings])
            ),
        )

    def _cells(self, row: QueueRow) -> Cells:
        customer, risk = row.customer, row.risk
        hardship, employment = words.HARDSHIPS[Hardship(risk.hardship)], self._word(customer.employment)
        sla = _sla(row.sla) if row.sla else self._no_case
        due = self._due(row)
        if row.sla:
            due = format_html('{}<span class="with-due">{}</span>', due, _sla(row.sla, is_narrow=True))
        return {
            "level": self._level(Level(risk.level)) + _set_by(row),
            "score": format_html("{}", formats.score(risk.score)),
            "probability": probability(row, has_model=self._has_model),
            "hardship": format_html("{}", hardship),
            "city": format_html(CITY, city=customer.city or "—", employment=employment),
            "employment": format_html("{}", employment or "—"),
            "why": format_html(
                WHY, hardship=format_html(WITH_WHY, hardship) if risk.hardship else "", why=row.sentence
            ),
            "due": due,
            "sla": sla,
            "action": self._with_collections if row.is_with_collections else self._action(row.action),
            "updated": moments.age(risk.evaluated_at),
        }

    def _customer(self, row: QueueRow) -> SafeString:
        customer, is_open = row.customer, row.customer.pk == self._open_id
        return format_html(
            CUSTOMER,
            pk=customer.pk,
            href=self._closed if is_open else f"{self._before_id}{customer.pk}{self._after_id}",
            is_open="true" if is_open else "false",
            name=customer,
            bank_id=customer.bank_id,
            case=_case(row.case) if row.case else "",
            asked=_asked(row.case) if row.case else "",
        )

    def _due(self, row: QueueRow) -> SafeString:
        days, risk = row.due_days, row.risk
        if days is None or risk.next_due_on is None:
            return self._no_instalment
        title = moments.day(risk.next_due_on)
        if risk.next_due_amount is not None:
            title = f"{title}, {formats.money(risk.next_due_amount, self._currency)}"
        if days > 0:
            return format_html('<span title="{}">{}</span>', title, days)
        said = _("%(days)s overdue") % {"days": -days} if days < 0 else _("today")
        return format_html('<span title="{}"><strong>{}</strong></span>', title, said)


def word(token: str) -> str:
    """A word of the bank's records, such as an employment, in the reader's language."""
    return stored_words.of_records(formats.sentence_case(token))


def probability(row: QueueRow, *, has_model: bool) -> SafeString:
    """What the model says, and why it says nothing where it does not."""
    if row.probability is None or row.risk.band is None:
        return _nothing(silence(row, has_model=has_model), mark="–")
    band = Level(row.risk.band)
    said, held = {"band": band.label}, f". {row.held}" if row.held else ""
    return format_html(
        PROBABILITY,
        token=band.label.lower(),
        title=_("By the model: %(band)s") % said + held,
        shape=words.LEVEL_SHAPES[band],
        share=formats.percent(row.probability),
        said=_("by the model: %(band)s") % said + held,
    )


def silence(row: QueueRow, *, has_model: bool) -> str:
    """Why the model says nothing of a customer, a sentence."""
    if row.is_outdated:
        return _("This customer is being evaluated again: the model has news.")
    if row.risk.probability is not None:
        return _("The model's reasons cannot be worked out just now, so its probability is not shown.")
    if row.risk.model_failed:
        return _("The model could not score this customer: the scorecard decides alone until it can.")
    if has_model:
        return _(
            "The model does not speak of this customer: nothing falls due within 30 days, or something is overdue "
            "already."
        )
    return _("No model is active: the scorecard decides alone.")


def _level(level: Level) -> SafeString:
    return format_html(LEVEL, token=level.label.lower(), shape=words.LEVEL_SHAPES[level], label=level.label)


def _set_by(row: QueueRow) -> SafeString:
    return (
        format_html(SET_BY, setter=row.setter, said=_("by model")) if row.is_set_by_model else SafeString("")
    )


def _case(case: Case) -> SafeString:
    number = _("Case %(number)s") % {"number": case.pk}
    return format_html(CASE, reverse("case", args=[case.pk]), case_words.STATES[case.state], number)


def _asked(case: Case) -> SafeString:
    said = []
    if case.wants_talk:  # type: ignore[attr-defined]
        said.append(format_html(ASKED, _("Asked to talk")))
    if case.has_to_confirm:  # type: ignore[attr-defined]
        said.append(format_html(ASKED, _("To be confirmed")))
    return SafeString("".join(said))


def _sla(sla: Sla, *, is_narrow: bool = False) -> SafeString:
    """How the first contact stands; where there is little room, that it is at risk is seen by shape and colour."""
    shape, said = SLA_SHAPES.get(sla.standing), sla.text
    if sla.standing == Standing.AT_RISK and not is_narrow:
        said = _("at risk, %(span)s left") % {"span": sla.text}
    elif sla.standing in (Standing.AT_RISK, Standing.RUNNING):
        said = _("%(span)s left") % {"span": sla.text}
    if sla.standing == Standing.AT_RISK and is_narrow:
        said = format_html(HEARD, sla.standing.label, said)
    return format_html(
        SLA, sla.standing.value, sla.standing.label, format_html(SHAPE, shape) if shape else "", said
    )


def _action(action: PolicyTemplate | None) -> SafeString:
    if action is None:
        return _muted(_("No policy yet"))
    return format_html('<span class="clamp" title="{0}">{0}</span>', stored_words.shown(action.action))


def _muted(said: str | Promise) -> SafeString:
    return format_html('<span class="muted">{}</span>', said)


def _nothing(why: str, *, mark: str = "—") -> SafeString:
    return format_html(NOTHING, why=why, mark=mark)

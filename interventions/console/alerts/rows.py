"""One alert, ready to show: who, why in a sentence, when, and where it leads."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import formats
from customers.models import Customer
from interventions import reasons, stored_words
from interventions.alerting import audience, lists, words
from interventions.casework import case_sweeps
from interventions.models import Channel, Delivery, Notice
from risk.levels import Hardship, Segment
from risk.models import Assessment

Kind = Notice.Kind
# Shape, word and colour tell how pressing it is: what is late or broken, what soon will be, what is to be known.
PRESSING = frozenset(
    {
        Kind.TURNED_HIGH,
        Kind.SLA_BREACHED,
        Kind.BREACHES,
        Kind.BREAKER,
        Kind.AUDIT,
        Kind.PROMISE_BROKEN,
        Kind.ASKED_TO_TALK,
    }
)
SOON = frozenset({Kind.SLA_AT_RISK, Kind.DELIVERY_FAILED, Kind.ESCALATED, Kind.SYSTEM, Kind.MODEL})
WAITING: dict[str, Promise] = {
    "policy": gettext_lazy("A policy waits for approval."),
    "pack": gettext_lazy("A pack of contact rules waits for approval."),
    "holdout": gettext_lazy("A holdout design waits for approval."),
    "model": gettext_lazy("A model is validated and waits for approval."),
    "message": gettext_lazy("A message was edited beyond its template and waits for a second person."),
    "breaker": gettext_lazy("Somebody asks that messages go out again: a second person has to confirm."),
}
# Where what waits is decided upon; a message is with its case.
DECIDED_AT = {
    "policy": "admin:interventions_policytemplate_change",
    "pack": "admin:interventions_contactpack_change",
    "holdout": "admin:interventions_holdoutdesign_change",
}


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert.

    Args:
        who: The customer's name, or the kind where it is about nobody.
        sentence: Why.
        path: Where it leads.
        tone: A token of colour: high, medium or low.
        shape: That belongs to the tone.
        is_open: Somebody may still say that they have seen to it.
        seen_to_by: Who has.
    """

    pk: int
    kind: str | Promise
    who: str
    sentence: str
    path: str
    tone: str
    shape: str
    told_at: dt.datetime
    is_read: bool
    is_open: bool
    seen_to_by: str


def rows_of(notices: Sequence[Notice]) -> list[AlertRow]:
    """Notices as they are shown. One query, for why risks rose."""
    whys = _whys(notices)
    return [_row(notice, whys) for notice in notices]


def path_of(notice: Notice) -> str:
    """Where a notice leads: to the case, the customer, or where the thing is decided or looked at."""
    if notice.case_id:
        return reverse("case", args=[notice.case_id])
    if notice.customer_id:
        return reverse("customer", args=[notice.customer_id])
    what = notice.detail.get("what")
    if what in DECIDED_AT:
        return reverse(DECIDED_AT[what], args=[notice.detail["id"]])
    if what == "model":
        return reverse("model", args=[notice.detail["id"]])
    if notice.kind == Kind.BREAKER or what == "breaker":
        return reverse("outbox")
    if notice.kind == Kind.MODEL:
        return reverse("models")
    if notice.kind == Kind.AUDIT:
        return reverse("admin:audit_auditevent_changelist")
    return lists.path_of(Kind(notice.kind))


def tone_of(kind: Notice.Kind) -> tuple[str, str]:
    """How pressing a kind is: a token of colour, and its shape."""
    if kind in PRESSING:
        return "high", "▲"
    return ("medium", "◆") if kind in SOON else ("low", "●")


def _row(notice: Notice, whys: dict[tuple[int, int], str]) -> AlertRow:
    kind = Kind(notice.kind)
    tone, shape = tone_of(kind)
    by = notice.alert.acknowledged_by if notice.alert else None
    return AlertRow(
        pk=notice.pk,
        kind=words.KINDS[kind],
        who=str(notice.customer) if notice.customer else str(words.KINDS[kind]),
        sentence=_sentence(notice, kind, whys),
        path=path_of(notice),
        tone=tone,
        shape=shape,
        told_at=notice.told_at,
        is_read=notice.is_read,
        is_open=bool(notice.alert) and kind in audience.ACKNOWLEDGED and by is None,
        seen_to_by=(by.get_full_name() or by.get_username()) if by else "",
    )


def _sentence(notice: Notice, kind: Notice.Kind, whys: dict[tuple[int, int], str]) -> str:
    if kind == Kind.TURNED_HIGH:
        return _turned_high(notice, whys)
    if kind == Kind.DELIVERY_FAILED:
        return _delivery(notice)
    if kind in (Kind.APPROVAL, Kind.SECOND_PERSON):
        return str(WAITING[notice.detail["what"]])
    if notice.alert:
        if kind == Kind.BREACHES and {"count", "since"} <= notice.alert.detail.keys():
            return case_sweeps.late_in_words(notice.alert.detail["count"], notice.alert.detail["since"])
        return stored_words.shown(notice.alert.message)
    due_on = notice.case.due_on if notice.case else None
    said = {
        Kind.SLA_AT_RISK: _("Less than a quarter of the time for the first contact is left."),
        Kind.SLA_BREACHED: _("The first contact is late."),
        Kind.HANDED_OVER: _("A colleague handed the case to you."),
        Kind.PROMISE_BROKEN: _("What the customer promised to pay was not paid in time."),
        Kind.ESCALATED: _("The case was escalated to the supervisors."),
        Kind.ASKED_TO_TALK: _("The customer asks on their page to talk to a person."),
    }[kind]
    if kind == Kind.ESCALATED and notice.for_user_id:
        said = _("The case was escalated to you.")
    return said if due_on is None else _with_due(said, due_on)


def _with_due(said: str, due_on: dt.date) -> str:
    return _("%(sentence)s The instalment is due on %(day)s.") % {
        "sentence": said,
        "day": date_format(due_on, "j M"),
    }


def _turned_high(notice: Notice, whys: dict[tuple[int, int], str]) -> str:
    detail = notice.alert.detail if notice.alert else {}
    why = whys.get((notice.customer_id or 0, detail.get("revision", 0)), "")
    said = _("Risk rose to HIGH, score %(score)s.") % {"score": formats.score(detail.get("score", 0.0))}
    return f"{said} {why}" if why else said


def _delivery(notice: Notice) -> str:
    channel = Channel(notice.detail["channel"]).label
    if notice.detail["state"] == Delivery.State.UNKNOWN:
        return _(
            "Nobody knows whether the message by %(channel)s went out. It is not sent again by itself."
        ) % {"channel": channel}
    return _("The message by %(channel)s could not be delivered.") % {"channel": channel}


def _whys(notices: Sequence[Notice]) -> dict[tuple[int, int], str]:
    """The strongest reasons for those who turned HIGH, as the receipt of that very evaluation has them."""
    wanted = {
        (notice.customer_id, notice.alert.detail["revision"]): notice.customer
        for notice in notices
        if notice.kind == Kind.TURNED_HIGH and notice.alert and notice.customer and notice.customer_id
    }
    receipts = (
        Assessment.objects.filter(pk__in=list(wanted)).defer("model_inputs", "reasons") if wanted else ()
    )
    return {
        (each.customer_id, each.revision): _why(each, wanted[each.customer_id, each.revision])
        for each in receipts
    }


def _why(receipt: Assessment, customer: Customer) -> str:
    if receipt.band is not None and receipt.score_level is not None and receipt.band > receipt.score_level:
        probability = formats.percent(receipt.probability or 0.0)
        return _("The model sees a chance of %(percent)s that the instalment is missed.") % {
            "percent": probability
        }
    return reasons.sentence(
        reasons.Findings(
            inputs=receipt.inputs,
            points=receipt.points,
            hardships=sorted(Hardship[name] for name in receipt.hardships),
            segment=Segment(receipt.segment),
            assessed_on=receipt.as_of_on,
            today_on=receipt.as_of_on,
            expected_salary_day=customer.expected_salary_day,
            currency=settings.BANK_CURRENCY,
        )
    )

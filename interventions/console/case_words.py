"""How a case is spoken of: its deadline, its state, its priority. Pure."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from interventions.models import Case, PolicyTemplate

STATES: dict[str, Promise] = {
    Case.State.NEW: gettext_lazy("New"),
    Case.State.ASSIGNED: gettext_lazy("Assigned"),
    Case.State.IN_PROGRESS: gettext_lazy("In progress"),
    Case.State.WAITING: gettext_lazy("Snoozed"),
    Case.State.ESCALATED: gettext_lazy("Escalated"),
    Case.State.RESOLVED: gettext_lazy("Resolved"),
}
PRIORITIES: dict[str, Promise] = {
    PolicyTemplate.Priority.URGENT: gettext_lazy("Urgent"),
    PolicyTemplate.Priority.HIGH: gettext_lazy("High"),
    PolicyTemplate.Priority.MEDIUM: gettext_lazy("Medium"),
    PolicyTemplate.Priority.ROUTINE: gettext_lazy("Routine"),
}
# Told apart by how much of the mark is filled, not by colour alone.
PRIORITY_SHAPES: dict[str, str] = {
    PolicyTemplate.Priority.URGENT: "▮▮▮",
    PolicyTemplate.Priority.HIGH: "▮▮▯",
    PolicyTemplate.Priority.MEDIUM: "▮▯▯",
    PolicyTemplate.Priority.ROUTINE: "▯▯▯",
}


class Standing(TextChoices):
    """How a deadline stands."""

    MET = "met", gettext_lazy("met")
    RUNNING = "running", gettext_lazy("running")
    AT_RISK = "at_risk", gettext_lazy("at risk")
    LATE = "late", gettext_lazy("late")
    NONE = "none", gettext_lazy("none")


@dataclass(frozen=True)
class Sla:
    """The deadline of a first contact: how it stands, and in words."""

    standing: Standing
    text: str
    due_at: dt.datetime | None = None


def sla_of(case: Case, *, now: dt.datetime, is_held_out: bool = False) -> Sla:
    """How a case's first contact stands against its deadline.

    Args:
        case: Any.
        now: On the bank's clock.
        is_held_out: Nobody can be late: the customer is not to be contacted.
    """
    due_at = case.sla_due_at
    if is_held_out and case.first_contact_at is None:
        return Sla(Standing.NONE, _("watch only"))
    if due_at is None:
        return Sla(Standing.NONE, _("no deadline"))
    if case.first_contact_at is not None:
        is_late = case.first_contact_at > due_at
        return Sla(
            Standing.LATE if is_late else Standing.MET, _("made late") if is_late else _("made"), due_at
        )
    if case.state == Case.State.RESOLVED:
        return Sla(Standing.NONE, _("not made"), due_at)
    left = due_at - now
    if left < dt.timedelta(0):
        return Sla(Standing.LATE, _("%(span)s late") % {"span": span(-left)}, due_at)
    is_close = case.sla_at_risk_at is not None and case.sla_at_risk_at <= now
    return Sla(Standing.AT_RISK if is_close else Standing.RUNNING, span(left), due_at)


def span(length: dt.timedelta) -> str:
    """A length of time in its largest whole unit, at least a minute: 5 min, 3 h, 2 days."""
    minutes = max(1, int(length.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d h") % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}

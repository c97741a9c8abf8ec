"""What the case page shows: why, what may be said and by which channel, and what was said already."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.forms import Form

from customers import bank_clock, roles
from customers.models import Customer, Loan
from interventions.casework import bank_calendar, holdout_endings
from interventions.casework.business_hours import BusinessHours
from interventions.console import (
    case_forms,
    case_live,
    case_messages,
    once,
    queue_rows,
    selectors,
    snooze_presets,
)
from interventions.console.answer_actions import pay_day_in_words
from interventions.console.case_matters import Matters
from interventions.console.case_opened import Opened
from interventions.contact import consents
from interventions.help import considering
from interventions.help.considering import Considered
from interventions.models import Case, Channel, PolicyTemplate, Purpose
from interventions.policy import policies
from risk.model.on_reading import process_reader
from risk.selectors import model_standing

# Everything the page offers to do, by the form's name; what a reader may not do is not shown, and refused as well.
WORKERS = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS})
LEDGER = frozenset({roles.COMPLIANCE_OFFICERS}) | WORKERS


@dataclass(frozen=True, kw_only=True)
class May:
    """What a reader's role lets them do here. The services decide; this only hides what they would refuse."""

    work: bool
    supervise: bool
    keep_consents: bool

    @classmethod
    def of(cls, user: User) -> "May":
        """By role."""
        names = roles.of(user)
        return cls(
            work=bool(names & WORKERS),
            supervise=roles.SUPERVISORS in names,
            keep_consents=bool(names & LEDGER),
        )


@dataclass(frozen=True, kw_only=True)
class ConsentLine:
    """What a customer said about one channel."""

    channel: Channel
    is_granted: bool | None
    since: dt.datetime | None


def case_context(
    *, case: Case, user: User, opened: Opened, bound: Mapping[str, Form] | None = None
) -> dict[str, Any]:
    """Everything the page needs.

    Args:
        case: Visible to the user.
        user: Who reads.
        opened: What of the page they have open.
        bound: Forms that came back with something wrong, by name.
    """
    now = bank_clock.now()
    policy = policies.active_policy(hardship=case.hardship, level=case.level, at=now)
    # Before anything is read: what changes in between is then noticed by the next poll.
    matters = Matters.of(case, now=now)
    calendar = bank_calendar.calendar()
    context = case_live.live_context(matters=matters, policy=policy, opened=opened, now=now)
    is_open = context["is_open"]
    considered = considering.considered(case, policy=policy, calendar=calendar) if is_open else []
    context |= _rights(case, user, is_open=is_open) | _help(matters, considered)
    context |= {
        "row": _row(case.customer, policy),
        "standing": model_standing(),
        "policy": policy,
        "pay_day": pay_day_in_words(matters),
        "seen": matters.newest_transition,
        "once": once.new_key(),
        "consents": _consents(case.customer),
        "holds": matters.standing_holds,
        "snooze_presets": _snooze_presets(case, calendar) if is_open else [],
        "forms": _forms(matters, user, bound or {}, loan=considered[0].loan if considered else None),
    }
    if is_open:
        context |= case_messages.message_context(
            case=case, user=user, policy=policy, bound=bound or {}, shown=context
        )
    return context


def _rights(case: Case, user: User, *, is_open: bool) -> dict[str, Any]:
    """What the reader may do with this very case."""
    may, works = May.of(user), _works(case, user)
    return {
        "may": may,
        "works": is_open and works,
        "is_anothers": is_open and may.work and not works,
        "may_end_holdout": bool(roles.of(user) & holdout_endings.MAY_END),
    }


def _help(matters: Matters, considered: Sequence[Considered]) -> dict[str, Any]:
    """What was promised, offered and agreed, and what may be offered."""
    return {
        "promises": matters.open_promises,
        "offers": [(each, considering.offer_in_words(each)) for each in matters.open_offers],
        "relief": [(case_forms.key_of(each), each) for each in considered],
        "tasks": [(each, considering.offer_in_words(each.offer)) for each in matters.open_tasks],
    }


def _snooze_presets(case: Case, calendar: BusinessHours) -> list[snooze_presets.Preset]:
    return snooze_presets.presets(
        today_on=bank_clock.today(),
        is_open_on=calendar.is_open_on,
        pay_day=case.customer.expected_salary_day,
        due_on=case.due_on,
    )


def _works(case: Case, user: User) -> bool:
    """Whether somebody works on this very case: it is theirs or nobody's, or they supervise."""
    names = roles.of(user)
    if roles.SUPERVISORS in names:
        return True
    is_free = case.assigned_to_id in (None, user.pk) and case.state != Case.State.ESCALATED
    return roles.RELATIONSHIP_MANAGERS in names and is_free


def _row(customer: Customer, policy: PolicyTemplate | None) -> queue_rows.QueueRow | None:
    """The queue's own account of why; None where the customer has never been assessed."""
    risk = getattr(customer, "risk", None)
    if risk is None:
        return None
    return queue_rows.queue_row(
        customer=customer,
        assessment=selectors.newest_assessment(customer),
        is_open=True,
        reading=process_reader().read(risk),
        action=policy,
        today_on=bank_clock.today(),
    )


def _consents(customer: Customer) -> list[ConsentLine]:
    state = consents.state_of(customer)
    lines = []
    for channel in Channel:
        known = state.get((channel, Purpose.SUPPORT))
        lines.append(
            ConsentLine(
                channel=channel,
                is_granted=known.is_granted if known else None,
                since=known.happened_at if known else None,
            )
        )
    return lines


def _forms(matters: Matters, user: User, bound: Mapping[str, Form], *, loan: Loan | None) -> dict[str, Form]:
    """One of each form, empty, or as it came back; what is promised is about the loan that is due next."""
    case = matters.case
    today_on = bank_clock.today()
    tomorrow_on = today_on + dt.timedelta(days=1)
    is_ahead = case.due_on is not None and case.due_on >= today_on
    promised_on = case.due_on if is_ahead else today_on
    amount = getattr(getattr(case.customer, "risk", None), "next_due_amount", None)
    kinds: dict[str, tuple[type[case_forms.CaseForm], dict[str, Any]]] = {
        "snooze": (case_forms.SnoozeForm, {"until_on": tomorrow_on}),
        "escalate": (case_forms.ReasonForm, {}),
        "reassign": (case_forms.AssignForm, {}),
        "resolve": (case_forms.ResolveForm, {}),
        "end_holdout": (case_forms.ReasonForm, {}),
        "reviewed": (case_forms.NoteForm, {}),
        "conversation": (case_forms.ConversationForm, {}),
        "promise": (case_forms.PromiseForm, {"loan": loan, "amount": amount, "promised_on": promised_on}),
        "override": (case_forms.OverrideForm, {}),
        "hold": (case_forms.HoldForm, {}),
        "lift": (case_forms.LiftForm, {}),
        "consent": (case_forms.ConsentForm, {}),
    }
    extra: dict[str, dict[str, Any]] = {"resolve": {"came": matters.came}}
    return {
        name: bound.get(name)
        or kind(case=case, user=user, initial=initial, auto_id=f"{name}-%s", **extra.get(name, {}))
        for name, (kind, initial) in kinds.items()
    }

"""What staff do on the case page. Each action turns a form into one call of a service; the service decides."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.casework import cases, conversations
from interventions.console import case_forms
from interventions.console.case_forms import CaseForm
from interventions.contact import consents, gate, holds
from interventions.help import offers, overrides, promises
from interventions.messages import composing
from interventions.messages.rendering import RenderingRefused
from interventions.models import Case, Channel, ConsentEvent, Intervention


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One filled-in form.

    Args:
        case: As the page showed it, checked to be still so.
        by: Who asks.
        form: Valid.
    """

    case: Case
    by: User
    form: CaseForm

    @property
    def said(self) -> dict[str, Any]:
        """What the form says."""
        return self.form.cleaned_data


@dataclass(frozen=True)
class NotDone:
    """Nothing was done, and why: an answer to be kept, not a fault."""

    words: str


Run = Callable[[Asked], str | NotDone]
# What services say when they may not or cannot do what was asked.
REFUSALS = (
    cases.CaseRefused,
    consents.ConsentRefused,
    conversations.ConversationRefused,
    holds.HoldRefused,
    RenderingRefused,
)


@dataclass(frozen=True)
class Action:
    """A form and the service behind it; running it returns what happened, as a sentence."""

    form: type[CaseForm]
    run: Run
    needs_open_case: bool = True


def _start(asked: Asked) -> str:
    cases.start(case_id=asked.case.pk, version=asked.case.version, by=asked.by)
    return _("The case is in progress, and yours.")


def _wake(asked: Asked) -> str:
    cases.wake(case_id=asked.case.pk, version=asked.case.version, by=asked.by)
    return _("The case is awake again.")


def _snooze(asked: Asked) -> str:
    until_on = asked.said["until_on"]
    cases.snooze(
        case_id=asked.case.pk,
        version=asked.case.version,
        by=asked.by,
        until=bank_clock.start_of(until_on),
        reason=asked.said["reason"],
    )
    return _("The case waits until %(day)s.") % {"day": f"{until_on:%d %b}"}


def _escalate(asked: Asked) -> str:
    cases.escalate(
        case_id=asked.case.pk, version=asked.case.version, by=asked.by, reason=asked.said["reason"]
    )
    return _("The case is escalated to the supervisors.")


def _reassign(asked: Asked) -> str:
    to = asked.said["to"]
    cases.assign(
        case_id=asked.case.pk, version=asked.case.version, to=to, by=asked.by, reason=asked.said["reason"]
    )
    return _("The case is now with %(name)s.") % {"name": to.get_full_name() or to.get_username()}


def _resolve(asked: Asked) -> str:
    cases.resolve(
        case_id=asked.case.pk,
        version=asked.case.version,
        by=asked.by,
        outcome=asked.said["outcome"],
        reason=asked.said["reason"],
    )
    return _("The case is resolved: %(outcome)s. Messages that were still waiting are cancelled.") % {
        "outcome": Case.Outcome(asked.said["outcome"]).label
    }


def _draft(asked: Asked) -> str:
    composing.draft(
        case=asked.case,
        channel=asked.said["channel"],
        language=asked.said["language"] or None,
        fields=asked.said["fields"],
        personal_line=asked.said.get("personal_line", ""),
        by=asked.by,
    )
    return _("The message is written. Read it once more, then confirm it; nothing has been sent.")


def _edit(asked: Asked) -> str:
    composing.edit(
        intervention=asked.said["intervention"],
        subject=asked.said["subject"],
        body=asked.said["body"],
        by=asked.by,
    )
    return _("Your words are kept. Somebody else has to approve them before they can be sent.")


def _approve(asked: Asked) -> str:
    composing.approve_edit(
        intervention=asked.said["intervention"],
        by=asked.by,
        reason=asked.said["reason"],
        seen_sha256=asked.said["words"],
    )
    return _("The words are approved. They can be confirmed now.")


def _refuse(asked: Asked) -> str:
    composing.refuse_edit(
        intervention=asked.said["intervention"],
        by=asked.by,
        reason=asked.said["reason"],
        seen_sha256=asked.said["words"],
    )
    return _("The words are refused. Their author sees why.")


def _confirm(asked: Asked) -> str | NotDone:
    message = asked.said["intervention"]
    _delivery, verdict = composing.confirm(
        intervention=message,
        by=asked.by,
        scheduled_for=_time_of(asked),
        seen_sha256=asked.said["words"],
        seen_holds=asked.said["holds"],
    )
    message.refresh_from_db()
    if message.state != Intervention.State.CONFIRMED:
        # Not raised: what the gate said is kept.
        said = gate.in_words(verdict)
        return NotDone(" ".join([f"{said.title}.", *said.sentences]))
    if message.channel == Channel.CALL:
        return _("The call is planned. Log the conversation when you have made it.")
    if verdict.is_allowed and message.scheduled_for is None:
        return _("Confirmed. It goes out now; its state is shown below.")
    return _("Confirmed. It waits for its time; the gate is asked again right before it is sent.")


def _time_of(asked: Asked) -> dt.datetime | None:
    """When to send: now, at the time that was chosen, or at the next lawful one."""
    match asked.said["when"]:
        case case_forms.LAWFUL:
            channel = asked.said["intervention"].channel
            return gate.look(case=asked.case, channel=channel).next_lawful_at
        case case_forms.THEN:
            chosen: dt.datetime | None = asked.said["scheduled_for"]
            return chosen
    return None


def _cancel(asked: Asked) -> str:
    composing.cancel(intervention=asked.said["intervention"], by=asked.by, reason=asked.said["reason"])
    return _("The message is cancelled.")


def _reviewed(asked: Asked) -> str:
    composing.mark_reviewed(case=asked.case, by=asked.by, note=asked.said["note"])
    return _("The review is recorded.")


def _conversation(asked: Asked) -> str:
    conversations.record(
        customer=asked.case.customer,
        case=asked.case,
        channel=asked.said["channel"],
        result=asked.said["result"],
        is_inbound=asked.said["is_inbound"],
        note=asked.said["note"],
        by=asked.by,
    )
    return _("The conversation is recorded. The gate counts it from now on.")


def _promise(asked: Asked) -> str:
    promises.make(
        case=asked.case,
        loan=asked.said["loan"],
        amount=asked.said["amount"],
        promised_on=asked.said["promised_on"],
        by=asked.by,
    )
    return _("The promise is recorded. The stream of transactions tells whether it is kept.")


def _offer(asked: Asked) -> str:
    offers.offer(case=asked.case, eligible=asked.said["eligible"], by=asked.by)
    return _("The offer is recorded. Record the customer's answer when it comes.")


def _answer(asked: Asked) -> str:
    offers.answer(offer=asked.said["offer"], answer=asked.said["answer"], by=asked.by)
    return _("The answer is recorded.")


def _entered(asked: Asked) -> str:
    offers.task_done(task=asked.said["task"], by=asked.by, reference=asked.said["reference"])
    return _("It is recorded that core banking has it.")


def _override(asked: Asked) -> str:
    overrides.record(
        case=asked.case,
        chosen=asked.said["chosen"],
        category=asked.said["category"],
        note=asked.said["note"],
        by=asked.by,
    )
    return _("It is recorded that you do otherwise, and why.")


def _hold(asked: Asked) -> str:
    until_on: dt.date | None = asked.said["until_on"]
    holds.place(
        customer=asked.case.customer,
        kind=asked.said["kind"],
        reason=asked.said["reason"],
        until_at=bank_clock.start_of(until_on) if until_on else None,
        by=asked.by,
    )
    return _("The hold stands. Messages that were waiting are looked at again before they could go.")


def _lift(asked: Asked) -> str:
    holds.lift(hold=asked.said["hold"], by=asked.by, reason=asked.said["reason"])
    return _("The hold is lifted.")


def _consent(asked: Asked) -> str:
    change = consents.grant if asked.said["is_granted"] else consents.withdraw
    change(
        customer=asked.case.customer,
        channel=asked.said["channel"],
        purpose=asked.said["purpose"],
        source=ConsentEvent.Source.STAFF,
        by=asked.by,
        evidence=asked.said["evidence"],
    )
    if asked.said["is_granted"]:
        return _("The consent is recorded.")
    return _("The withdrawal is recorded, and messages that were waiting are cancelled.")


ACTIONS: dict[str, Action] = {
    "start": Action(case_forms.EmptyForm, _start),
    "wake": Action(case_forms.EmptyForm, _wake),
    "snooze": Action(case_forms.SnoozeForm, _snooze),
    "escalate": Action(case_forms.ReasonForm, _escalate),
    "reassign": Action(case_forms.AssignForm, _reassign),
    "resolve": Action(case_forms.ResolveForm, _resolve),
    "draft": Action(case_forms.DraftForm, _draft),
    "edit": Action(case_forms.EditForm, _edit),
    "approve": Action(case_forms.DecisionForm, _approve),
    "refuse": Action(case_forms.DecisionForm, _refuse),
    "confirm": Action(case_forms.ConfirmForm, _confirm),
    "cancel": Action(case_forms.MessageReasonForm, _cancel),
    "reviewed": Action(case_forms.NoteForm, _reviewed),
    "conversation": Action(case_forms.ConversationForm, _conversation),
    "promise": Action(case_forms.PromiseForm, _promise),
    "offer": Action(case_forms.OfferForm, _offer),
    "answer": Action(case_forms.AnswerForm, _answer),
    "entered": Action(case_forms.EnteredForm, _entered, needs_open_case=False),
    "override": Action(case_forms.OverrideForm, _override),
    "hold": Action(case_forms.HoldForm, _hold, needs_open_case=False),
    "lift": Action(case_forms.LiftForm, _lift, needs_open_case=False),
    "consent": Action(case_forms.ConsentForm, _consent, needs_open_case=False),
}

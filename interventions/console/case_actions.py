"""What staff do on the case page. Each action turns a form into one call of a service; the service decides."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.casework import cases, conversations, holdout_endings
from interventions.console import case_forms, case_undo
from interventions.console.answer_actions import ANSWER_ACTIONS
from interventions.console.case_asked import Action, Asked, Done
from interventions.console.message_actions import MESSAGE_ACTIONS
from interventions.contact import consents, holds, page_links
from interventions.help import considering, offers, overrides, promises
from interventions.messages import composing
from interventions.messages.rendering import RenderingRefused
from interventions.models import Case, ConsentEvent

# What services say when they may not or cannot do what was asked.
REFUSALS = (
    cases.CaseRefused,
    consents.ConsentRefused,
    conversations.ConversationRefused,
    holdout_endings.HoldoutRefused,
    holds.HoldRefused,
    page_links.LinkRefused,
    RenderingRefused,
)


def _start(asked: Asked) -> str:
    cases.start(case_id=asked.case.pk, version=asked.case.version, by=asked.by)
    return _("The case is in progress, and yours.")


def _wake(asked: Asked) -> str:
    cases.wake(case_id=asked.case.pk, version=asked.case.version, by=asked.by)
    return _("The case is awake again.")


def _snooze(asked: Asked) -> Done:
    until_on = asked.said["until_on"]
    cases.snooze(
        case_id=asked.case.pk,
        version=asked.case.version,
        by=asked.by,
        until=bank_clock.start_of(until_on),
        reason=asked.said["reason"],
    )
    return _undoable(
        asked, "snoozed", _("The case waits until %(day)s.") % {"day": date_format(until_on, "j M")}
    )


def _escalate(asked: Asked) -> Done:
    cases.escalate(
        case_id=asked.case.pk, version=asked.case.version, by=asked.by, reason=asked.said["reason"]
    )
    return _undoable(asked, "escalated", _("The case is escalated to the supervisors."))


def _reassign(asked: Asked) -> Done:
    to = asked.said["to"]
    cases.assign(
        case_id=asked.case.pk, version=asked.case.version, to=to, by=asked.by, reason=asked.said["reason"]
    )
    words = _("The case is now with %(name)s.") % {"name": to.get_full_name() or to.get_username()}
    return _undoable(asked, "assigned", words)


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


def _reviewed(asked: Asked) -> Done:
    composing.mark_reviewed(case=asked.case, by=asked.by, note=asked.said["note"])
    return _undoable(asked, "reviewed", _("The review is recorded."))


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


def _withdraw_promise(asked: Asked) -> Done:
    promise = promises.cancel(promise=asked.said["promise"], by=asked.by, reason=asked.said["reason"])
    return Done(_("The promise is taken back."), case_undo.address(case_undo.PROMISE, [promise.pk]))


def _offer(asked: Asked) -> str:
    made = offers.offer(
        case=asked.case, eligible=asked.said["eligible"], by=asked.by, wish=asked.said["wish"]
    )
    return _("The offer is recorded: %(terms)s Record the customer's answer when it comes.") % {
        "terms": considering.offer_in_words(made)
    }


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


def _end_holdout(asked: Asked) -> str:
    holdout_endings.end(case=asked.case, by=asked.by, reason=asked.said["reason"])
    return _(
        "The case is out of the holdout: help as usual. The time for the first contact runs from now on."
    )


def _undoable(asked: Asked, verb: str, words: str) -> Done:
    return Done(words, case_undo.step_address(asked.case, asked.by, verb))


ACTIONS: dict[str, Action] = {
    "start": Action(case_forms.EmptyForm, _start),
    "wake": Action(case_forms.EmptyForm, _wake),
    "snooze": Action(case_forms.SnoozeForm, _snooze),
    "escalate": Action(case_forms.ReasonForm, _escalate),
    "reassign": Action(case_forms.AssignForm, _reassign),
    "resolve": Action(case_forms.ResolveForm, _resolve),
    **MESSAGE_ACTIONS,
    **ANSWER_ACTIONS,
    "reviewed": Action(case_forms.NoteForm, _reviewed),
    "conversation": Action(case_forms.ConversationForm, _conversation),
    "promise": Action(case_forms.PromiseForm, _promise),
    "withdraw_promise": Action(case_forms.WithdrawPromiseForm, _withdraw_promise),
    "offer": Action(case_forms.OfferForm, _offer),
    "answer": Action(case_forms.AnswerForm, _answer),
    "entered": Action(case_forms.EnteredForm, _entered, needs_open_case=False),
    "override": Action(case_forms.OverrideForm, _override),
    "hold": Action(case_forms.HoldForm, _hold, needs_open_case=False),
    "lift": Action(case_forms.LiftForm, _lift, needs_open_case=False),
    "consent": Action(case_forms.ConsentForm, _consent, needs_open_case=False),
    "end_holdout": Action(case_forms.ReasonForm, _end_holdout),
}

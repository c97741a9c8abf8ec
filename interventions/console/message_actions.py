"""What staff do with one message of a case: write, edit, decide, confirm, take back."""

import datetime as dt

from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.console import case_undo, message_forms
from interventions.console.case_asked import Action, Asked, Done, NotDone
from interventions.console.moments import in_bank_time
from interventions.contact import gate
from interventions.messages import composing, restoring
from interventions.models import Channel, Intervention


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
    delivery, verdict = composing.confirm(
        intervention=message,
        by=asked.by,
        scheduled_for=_time_of(asked),
        seen_sha256=asked.said["words"],
        seen_holds=asked.said["holds"],
    )
    message.refresh_from_db()
    if message.state != Intervention.State.CONFIRMED:
        # Not raised: what the gate said is kept.
        said = gate.in_words(verdict, channel=message.channel)
        return NotDone(" ".join([f"{said.title}.", *said.sentences]))
    if message.channel == Channel.CALL:
        planned_for = in_bank_time(message.scheduled_for) if message.scheduled_for else _("now")
        return _("The call is planned for %(time)s. Log the conversation when you have made it.") % {
            "time": planned_for
        }
    if verdict.is_allowed and message.scheduled_for is None:
        return _("Confirmed. It goes out now; its state is shown below.")
    waits_until = delivery.not_before_at if delivery else message.scheduled_for or bank_clock.now()
    return _("Confirmed. It goes out on %(time)s at the earliest; the gate is asked again right before.") % {
        "time": in_bank_time(waits_until)
    }


def _time_of(asked: Asked) -> dt.datetime | None:
    """When to send: now, at the time that was chosen, or at the next lawful one."""
    match asked.said["when"]:
        case message_forms.LAWFUL:
            channel = asked.said["intervention"].channel
            return gate.look(case=asked.case, channel=channel).next_lawful_at
        case message_forms.THEN:
            chosen: dt.datetime | None = asked.said["scheduled_for"]
            return chosen
    return None


def _cancel(asked: Asked) -> Done:
    message = composing.cancel(
        intervention=asked.said["intervention"], by=asked.by, reason=asked.said["reason"]
    )
    if not restoring.is_restorable(message):
        return Done(_("The message is cancelled."))
    return Done(_("The draft is discarded."), case_undo.address(case_undo.MESSAGE, [message.pk]))


MESSAGE_ACTIONS: dict[str, Action] = {
    "draft": Action(message_forms.DraftForm, _draft),
    "edit": Action(message_forms.EditForm, _edit),
    "approve": Action(message_forms.DecisionForm, _approve),
    "refuse": Action(message_forms.DecisionForm, _refuse),
    "confirm": Action(message_forms.ConfirmForm, _confirm),
    "cancel": Action(message_forms.MessageReasonForm, _cancel),
}

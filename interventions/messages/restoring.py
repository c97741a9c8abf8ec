"""A draft that was discarded a moment ago, written again with the same words. The discarded one stays as it is."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from interventions.help import helping
from interventions.help.helping import Refused
from interventions.messages import composing
from interventions.messages.composing_steps import UNDER_WAY, recorded
from interventions.models import Intervention


@transaction.atomic
def restore(*, intervention: Intervention, by: User) -> Intervention:
    """Undo one's own `composing.cancel` of a draft, moments ago. Words beyond the template want approval anew.

    Raises:
        Refused: it was confirmed, they did not discard it just now, or another draft has taken its place.
        RenderingRefused: the text cannot be written so any more.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    if not is_restorable(intervention):
        raise Refused(_("Only a draft that was discarded comes back."))
    held = helping.taken_up_as_it_is(intervention.case_id, by)
    helping.refuse_unless_just_done("intervention", intervention.pk, "interventions.message.cancelled", by)
    channel, language = intervention.channel, intervention.language
    if held.interventions.filter(channel=channel, state__in=UNDER_WAY).exists():
        raise Refused(_("Another message is being written for this channel by now. Nothing was undone."))
    made = composing.draft(
        case=held,
        channel=channel,
        language=language,
        fields=intervention.fields,
        personal_line=intervention.personal_line,
        by=by,
    )
    if intervention.is_edited:
        made = composing.edit(intervention=made, subject=intervention.subject, body=intervention.body, by=by)
    recorded(made, "restored", by=by, discarded=intervention.pk)
    return made


def is_restorable(intervention: Intervention) -> bool:
    """Whether a message is a discarded draft: what was confirmed is confirmed anew, with the gate asked again."""
    return intervention.state == Intervention.State.CANCELLED and intervention.confirmed_at is None

"""What the send gate said, in sentences for whoever looks after the customer: what, why, when, and what to do."""

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interventions.contact.gate_sentences import kind_in_words, moment_in_words, sentence
from interventions.models import Channel
from interventions.send_gate import Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in words.

    Args:
        title: May it be sent, in a few words.
        sentences: Why not, one for each rule that denies, and what can be done.
        next_lawful_at: When it may be, by itself; None: only somebody's doing helps.
    """

    title: str
    sentences: tuple[str, ...]
    next_lawful_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Titles:
    now: Promise
    not_now: Promise
    never: Promise


_SENT = _Titles(
    gettext_lazy("May be sent now"), gettext_lazy("May not be sent now"), gettext_lazy("May not be sent")
)
_MADE = _Titles(
    gettext_lazy("May be made now"), gettext_lazy("May not be made now"), gettext_lazy("May not be made")
)


def in_words(verdict: Verdict, *, channel: str = "") -> Said:
    """A verdict as its reader needs it.

    Args:
        verdict: The gate's.
        channel: A `Channel`: a call is made, anything else is sent.
    """
    titles = _MADE if channel == Channel.CALL else _SENT
    if verdict.is_allowed:
        return Said(str(titles.now), tuple(_notes(verdict)), None)
    said = [sentence(denial.rule, denial.looked_at) for denial in verdict.denials]
    if verdict.next_lawful_at is not None:
        said.append(
            _("Nothing stands against it from %(when)s on, if nothing else changes.")
            % {"when": moment_in_words(verdict.next_lawful_at)}
        )
        title = titles.not_now
    else:
        title = titles.never
    # Two rules may say the same.
    return Said(str(title), tuple(dict.fromkeys(said)), verdict.next_lawful_at)


def _notes(verdict: Verdict) -> list[str]:
    """What whoever confirms has to know although it is allowed: where a hold asks for a person's look."""
    return [
        _("%(kind)s: read the message as this customer would, before you confirm it.")
        % {"kind": kind_in_words(step.rule)}
        for step in verdict.trace
        if step.rule.startswith("hold_")
        and (step.looked_at.get("placed_at") or step.looked_at.get("is_flagged"))
    ]

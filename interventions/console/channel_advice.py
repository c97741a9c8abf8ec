"""Which channel the policy recommends, and why another one is open. Pure.

A policy says in words what staff are to do: "Call; offer smaller instalments". The way of contact it names first is the
one it recommends. A policy that asks for a message leaves the channel open.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from interventions.models import Channel

_NAMED = {
    Channel.VOICE: r"voice message|spoken message",
    Channel.WHATSAPP: r"whatsapp",
    Channel.SMS: r"sms|text message",
    Channel.EMAIL: r"e-?mail|letter",
    Channel.CALL: r"call|phone|ring|telephone",
}
_PATTERN = re.compile(
    "|".join(f"(?P<{channel.value}>\\b(?:{words})\\b)" for channel, words in _NAMED.items()), re.IGNORECASE
)


class Choice(Protocol):
    """A channel with the gate's word on it."""

    @property
    def channel(self) -> Channel: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def is_usable(self) -> bool: ...
    @property
    def used(self) -> object: ...


def recommended(action: str) -> Channel | None:
    """The way of contact that a policy's action names first; None where it names none.

    Args:
        action: Such as "Call; offer a payment pause of up to 3 months".
    """
    found = _PATTERN.search(action)
    return Channel(found.lastgroup) if found and found.lastgroup else None


def of(*, recommended: Channel | None, choices: Sequence[Choice], was_asked: bool) -> str:
    """Why the open channel is not the recommended one, as a sentence; "" where there is nothing to say.

    Args:
        recommended: What the policy asks for; None: any channel.
        choices: The channels the policy has words for, one of them open.
        was_asked: Whether the reader chose the channel.
    """
    opened = next((each for each in choices if each.is_open), None)
    if recommended is None or opened is None or opened.channel == recommended or was_asked:
        return ""
    wanted, instead = capfirst(recommended.label), opened.channel.label
    first = next((each for each in choices if each.channel == recommended), None)
    if first is None:
        why = _("the policy has no words for it")
    elif first.used:
        why = _("it was used for this case already")
    else:
        why = _("the send gate does not allow it now; its tab says why")
    if not opened.is_usable:
        return _("The policy recommends: %(wanted)s. No channel can be used now.") % {"wanted": wanted}
    return _("The policy recommends: %(wanted)s, but %(why)s. Open instead: %(instead)s.") % {
        "wanted": wanted,
        "why": why,
        "instead": instead,
    }

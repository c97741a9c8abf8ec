"""How sentences are made: of counts, of amounts beside what is usual, and of what is not known."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from customers import formats
from risk.model.explain import Reason


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a sentence may need beside its own facts.

    Args:
        currency: ISO 4217 code of the bank's currency.
        due_on, due_amount: the next instalment, where one is waiting.
    """

    currency: str
    due_on: dt.date | None = None
    due_amount: float | None = None

    def money(self, amount: float) -> str:
        """An amount as it is shown."""
        return formats.money(amount, self.currency)


Words = Callable[[Reason, Around], str]


def counted(some: Promise, *, none: Promise, unknown: Promise | None = None) -> Words:
    """Sentences about a whole number: of some, of none, and where it is not known."""

    def words(reason: Reason, _around: Around) -> str:
        if reason.fact is None:
            return str(unknown or none)
        count = round(reason.fact)
        return str(some % {"count": count} if count else none)

    return words


def compared(*, both: Promise, alone: Promise, unknown: Promise, none: Promise | None = None) -> Words:
    """Sentences about an amount of money: beside its baseline, by itself, of nothing, and where it is not known."""

    def words(reason: Reason, around: Around) -> str:
        if reason.fact is None:
            return str(unknown)
        if none and not reason.fact:
            return str(none)
        amount = around.money(reason.fact)
        if reason.baseline is None:
            return str(alone % {"amount": amount})
        return str(both % {"amount": amount, "usual": around.money(reason.baseline)})

    return words


def beside_usual(said: str, usual: float | None) -> str:
    """A count beside its own mean, without a precision that nobody has."""
    if usual is None:
        return said
    whole = round(usual)
    if whole:
        return _("%(said)s, usually about %(usual)d") % {"said": said, "usual": whole}
    return (_("%(said)s, usually hardly any") if usual else _("%(said)s, usually none")) % {"said": said}

"""A filled-in form of the case page on its way to a service, and what comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from interventions.console.case_forms import CaseForm
from interventions.models import Case


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


@dataclass(frozen=True)
class Done:
    """What happened, as a sentence.

    Args:
        words: The sentence.
        undo: Where it is undone; "" where it cannot be.
    """

    words: str
    undo: str = ""


Run = Callable[[Asked], str | Done | NotDone]


@dataclass(frozen=True)
class Action:
    """A form and the service behind it; running it returns what happened."""

    form: type[CaseForm]
    run: Run
    needs_open_case: bool = True

"""Which cases the reader asked for, as it stands in the URL."""

import dataclasses
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers import roles
from interventions.console.board.ageing import Age
from interventions.console.filters import id_of
from interventions.models import Case, PolicyTemplate
from risk.levels import Level


class View(TextChoices):
    """The lists of the intervention centre."""

    MINE = "mine", gettext_lazy("My cases")
    UNASSIGNED = "unassigned", gettext_lazy("Unassigned")
    ESCALATED = "escalated", pgettext_lazy("list of cases", "Escalated")
    ALL = "all", gettext_lazy("All open")
    RESOLVED = "resolved", pgettext_lazy("list of cases", "Resolved")


class Nobody(TextChoices):
    """Whose cases: nobody's."""

    NOBODY = "nobody", gettext_lazy("Nobody")


MANAGERS_SEE = (View.MINE, View.ALL, View.ESCALATED, View.RESOLVED)
SUPERVISORS_SEE = (View.ALL, View.UNASSIGNED, View.ESCALATED, View.MINE, View.RESOLVED)
OTHERS_SEE = (View.ALL, View.UNASSIGNED, View.ESCALATED, View.RESOLVED)


def views_of(user: User) -> tuple[View, ...]:
    """The lists a user is offered, the one they begin with first."""
    if roles.SUPERVISORS in roles.of(user):
        return SUPERVISORS_SEE
    return OTHERS_SEE if roles.sees_everybody(user) else MANAGERS_SEE


@dataclass(frozen=True, kw_only=True)
class CaseAddress:
    """One view of the cases: the same URL always shows the same list and place.

    Args:
        is_late: Only cases whose first contact is late.
        is_at_risk: Only cases whose first contact is not late yet, but soon.
        is_due_today: Only cases whose instalment falls due on the bank's present day.
        is_to_me: Only cases that were escalated to the reader.
        is_talk: Only cases whose customer asked to talk, and waits for it.
        level: A level's name, "" for any.
        age: For how long they have been open; None: however long.
        worker: Whose; None: whosever.
        after: The case behind which the page begins.
    """

    view: View
    is_default: bool = True
    priority: str = ""
    state: str = ""
    is_late: bool = False
    is_at_risk: bool = False
    is_due_today: bool = False
    is_to_me: bool = False
    is_talk: bool = False
    level: str = ""
    age: Age | None = None
    worker: int | Nobody | None = None
    after: int | None = None

    @classmethod
    def read(cls, query: QueryDict, user: User) -> Self:
        """Read an address; what cannot be understood, or is no list of this user's, is left out."""
        offered = views_of(user)
        asked = query.get("view", "")
        view = View(asked) if asked in offered else offered[0]
        is_open = view != View.RESOLVED
        return cls(
            view=view,
            is_default=view == offered[0],
            priority=_one_of(PolicyTemplate.Priority, query.get("priority", "")),
            state=_one_of(Case.State, query.get("state", "")) if is_open else "",
            is_late=query.get("late", "") == "1" and is_open,
            is_at_risk=query.get("at_risk", "") == "1" and is_open,
            is_due_today=query.get("due", "") == "today",
            is_to_me=query.get("to", "") == "me" and view == View.ESCALATED,
            is_talk=query.get("asked", "") == "talk" and is_open,
            level=query.get("level", "") if query.get("level", "") in Level.__members__ else "",
            age=_age(query.get("age", "")) if is_open else None,
            worker=_worker(query.get("with", "")) if roles.sees_everybody(user) else None,
            after=id_of(query.get("after", "")),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether the list is narrowed."""
        return self.to() != CaseAddress(view=self.view, is_default=self.is_default)

    def kept(self) -> dict[str, str]:
        """What a form of the shown filters must not forget, by name."""
        shown = {"priority", "state", "late", "level", "after"}
        return {name: value for name, value in self._named().items() if value and name not in shown}

    def narrowed(self) -> list["Narrowed"]:
        """What narrows the list and has no field of its own, each with the address without it."""
        found = []
        if self.is_at_risk:
            found.append(Narrowed(_("At risk of being late"), self.to(is_at_risk=False)))
        if self.is_due_today:
            found.append(Narrowed(_("Due today"), self.to(is_due_today=False)))
        if self.is_to_me:
            found.append(Narrowed(_("Escalated to me"), self.to(is_to_me=False)))
        if self.is_talk:
            found.append(Narrowed(_("Asked to talk"), self.to(is_talk=False)))
        if self.age is not None:
            words = _("Open for %(age)s") % {"age": str(self.age.label).lower()}
            found.append(Narrowed(words, self.to(age=None)))
        if self.worker is not None:
            found.append(Narrowed(_worker_in_words(self.worker), self.to(worker=None)))
        return found

    def _named(self) -> dict[str, str]:
        return {
            "view": "" if self.is_default else self.view.value,
            "priority": self.priority,
            "state": self.state,
            "late": "1" if self.is_late else "",
            "at_risk": "1" if self.is_at_risk else "",
            "due": "today" if self.is_due_today else "",
            "to": "me" if self.is_to_me else "",
            "asked": "talk" if self.is_talk else "",
            "level": self.level,
            "age": self.age or "",
            "with": str(self.worker or ""),
            "after": str(self.after or ""),
        }

    def query(self) -> str:
        """The canonical query string with its question mark, or an empty one."""
        parameters = {name: value for name, value in self._named().items() if value}
        return "?" + urlencode(parameters) if parameters else ""

    def to(self, **changes: object) -> "CaseAddress":
        """The first page of the same view with something changed."""
        return dataclasses.replace(self, **{"after": None, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Narrowed:
    """One condition that narrows a list.

    Args:
        label: What it is.
        without: The address without it.
    """

    label: str
    without: CaseAddress


def _worker_in_words(worker: int | Nobody) -> str:
    if worker == Nobody.NOBODY:
        return _("With nobody")
    user = User.objects.filter(pk=worker).first()
    name = (user.get_full_name() or user.get_username()) if user else _("somebody who has no account")
    return _("With %(name)s") % {"name": name}


def _age(text: str) -> Age | None:
    return Age(text) if text in Age.values else None


def _worker(text: str) -> int | Nobody | None:
    return Nobody.NOBODY if text == Nobody.NOBODY else id_of(text)


def _one_of(choices: type[TextChoices], value: str) -> str:
    return value if value in choices.values else ""

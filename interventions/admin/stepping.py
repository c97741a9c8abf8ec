"""The steps of whatever two people answer for, as buttons on its page; each is asked for on a page of its own.

Nothing is decided here: the pages call `governing` and show what it refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from customers import roles
from interventions.admin.base import OFFICERS, READERS, WORDS, Framed, ReadOnlyRows, user_of
from interventions.admin.forms import LANGUAGE_NAMES
from interventions.models import Channel, State, TwoPersonDecision
from interventions.policy import checking, comparing, governing
from interventions.policy.governing import Subject


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the life cycle.

    Args:
        title: what is asked.
        consequence: what follows.
        take: the service.
        needs_reason: whether a reason is asked for.
    """

    title: str | Promise
    consequence: str | Promise
    take: Callable[..., Any]
    needs_reason: bool = False


SUBMIT = Step(
    title=gettext_lazy("Submit"),
    consequence=gettext_lazy("You answer for the content. It is frozen, and another officer decides."),
    take=governing.submit,
)
WITHDRAW = Step(
    title=gettext_lazy("Take back"),
    consequence=gettext_lazy("It becomes your draft again."),
    take=governing.withdraw,
)
APPROVE = Step(
    title=gettext_lazy("Approve"),
    consequence=gettext_lazy("It may be activated. Your reason is kept beside your name."),
    take=governing.approve,
    needs_reason=True,
)
REFUSE = Step(
    title=gettext_lazy("Refuse"),
    consequence=gettext_lazy("It ends here, kept as it is. Its author gets a copy to go on with."),
    take=governing.refuse,
    needs_reason=True,
)
ACTIVATE = Step(
    title=gettext_lazy("Activate"),
    consequence=gettext_lazy("It stands from now on. What stood in its place is retired."),
    take=governing.activate,
)
RETIRE = Step(
    title=gettext_lazy("Retire"),
    consequence=gettext_lazy("It is never used again. Nothing takes its place by itself."),
    take=governing.retire,
    needs_reason=True,
)
# Which buttons a page offers: (state → steps of the author, steps of anybody else).
OFFERED: dict[str, tuple[set[str], set[str]]] = {
    State.DRAFT: ({"submit", "retire"}, set()),
    State.SUBMITTED: ({"withdraw"}, {"approve", "refuse"}),
    State.APPROVED: (set(), {"activate", "refuse", "retire"}),
    State.ACTIVE: (set(), {"retire"}),
    State.RETIRED: (set(), set()),
}
COLOURS = {
    State.DRAFT: "info",
    State.SUBMITTED: "warning",
    State.APPROVED: "primary",
    State.ACTIVE: "success",
    State.RETIRED: "",
}


class GovernedAdmin(Framed):
    """A subject with its steps; analysts read, compliance officers write, submit and decide."""

    seen_by = READERS
    actions = None
    warn_unsaved_form = False
    actions_detail: tuple[str, ...] = (
        "submit", "approve", "activate", "withdraw", "refuse", "retire", "new_version", "compare",
    )  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A draft is changed by its author; one that nobody has written on, by any officer, who becomes its author."""
        if obj is None or not self.is_officer(request):
            return False
        return obj.state == State.DRAFT and obj.author_id in (None, request.user.pk)  # type: ignore[attr-defined]

    def is_officer(self, request: HttpRequest) -> bool:
        """Whether whoever asks may write policy."""
        return bool(roles.of(request.user) & OFFICERS)

    def sections(self, request: HttpRequest, obj: Any = None) -> Any:
        """The parts of the page, as Django's fieldsets."""
        raise NotImplementedError

    def fixed(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The columns that whoever asks cannot change."""
        raise NotImplementedError

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown_sections(request, obj, self.sections(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.all_shown(self.fixed(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever saves a draft is its author; what is still wrong with it is said, and stops its submission."""
        governing.write(subject=obj, by=user_of(request))
        for fault in checking.faults_of(obj):
            messages.warning(request, fault)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[UnfoldAction]:
        """The buttons that fit the state and whoever looks."""
        subject = self.subject(request, object_id)
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        offered = self.offered(request, subject)
        found = super().get_actions_detail(request, object_id)
        return [each for each in found if each.action_name.removeprefix(prefix) in offered]

    def offered(self, request: HttpRequest, subject: Any) -> set[str]:
        """The names of the buttons."""
        if not self.is_officer(request):
            return {"compare"}
        of_author, of_others = OFFERED[subject.state]
        is_author = subject.author_id in (None, request.user.pk)
        return (of_author if is_author else of_others) | {"new_version", "compare"}

    def subject(self, request: HttpRequest, object_id: object) -> Any:
        """What the page is about; 404 for whom it does not concern."""
        found = self.get_object(request, str(object_id)) if self.has_view_permission(request) else None
        if found is None:
            raise Http404
        return found

    @action(description=gettext_lazy("Submit"), url_path="submit", variant=ActionVariant.PRIMARY)
    def submit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, SUBMIT)

    @action(description=gettext_lazy("Take back"), url_path="withdraw")
    def withdraw(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, WITHDRAW)

    @action(description=gettext_lazy("Approve"), url_path="approve", variant=ActionVariant.PRIMARY)
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, APPROVE)

    @action(description=gettext_lazy("Refuse"), url_path="refuse", variant=ActionVariant.DANGER)
    def refuse(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, REFUSE)

    @action(description=gettext_lazy("Activate"), url_path="activate", variant=ActionVariant.PRIMARY)
    def activate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, ACTIVATE)

    @action(description=gettext_lazy("Retire"), url_path="retire", variant=ActionVariant.DANGER)
    def retire(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, RETIRE)

    @action(description=gettext_lazy("New version from this"), url_path="new-version")
    def new_version(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._asked(request, object_id, NEW_VERSION)

    @action(description=gettext_lazy("Compare"), url_path="compare")
    def compare(self, request: HttpRequest, object_id: int) -> HttpResponse:
        subject = self.subject(request, object_id)
        others = list(governing.versions_of(subject).exclude(pk=subject.pk))
        wanted = request.GET.get("with", "")
        other = next((each for each in others if str(each.pk) == wanted), None) or _before(subject, others)
        context = {
            "others": others,
            "other": other,
            "parts": _worded(comparing.parts(other, subject)) if other else [],
        }
        return self.page(
            request, subject, "compare", _("Compare %(subject)s") % {"subject": subject}, context
        )

    def page(
        self, request: HttpRequest, subject: Any, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        """One of our own pages in the admin's frame."""
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "subject": subject,
            "address": self.address(subject),
            **context,
        }
        return render(request, f"admin/interventions/{name}.html", frame)

    def address(self, subject: Model) -> str:
        """Where a subject's page is."""
        return reverse(f"admin:interventions_{self.opts.model_name}_change", args=[subject.pk])

    def _asked(self, request: HttpRequest, object_id: int, step: Step) -> HttpResponse:
        """Ask, on a page of its own, whether and why; take the step when that was answered."""
        subject, reason = self.subject(request, object_id), request.POST.get("reason", "")
        is_unread = step in READ_FIRST and request.POST.get("content") != subject.content_hash
        if request.method == "POST" and is_unread:
            messages.error(
                request, _("It was changed after you opened this page. Read it again, then decide.")
            )
        elif request.method == "POST":
            given = {"reason": reason} if step.needs_reason else {}
            try:
                moved = step.take(subject=subject, by=user_of(request), **given)
            except governing.Refused as refusal:
                messages.error(request, str(refusal))
            else:
                return self._after(request, moved)
        context = {"step": step, "reason": reason, "faults": _faults(step, subject)}
        if step in READ_FIRST:
            others = list(governing.versions_of(subject).exclude(pk=subject.pk))
            context |= {
                "other": (other := _in_force(others)),
                "parts": _worded(comparing.parts(other or subject, subject)),
            }
        return self.page(request, subject, "step", f"{step.title}: {subject}", context)

    def _after(self, request: HttpRequest, moved: Subject) -> HttpResponseRedirect:
        words = _("%(subject)s is %(state)s.") % {"subject": moved, "state": State(moved.state).label}
        messages.success(request, words)
        return redirect(self.address(moved))

    @display(description=gettext_lazy("state"), ordering="state", label=COLOURS)
    def standing(self, subject: Any) -> tuple[str, str]:
        return subject.state, str(State(subject.state).label)


NEW_VERSION = Step(
    title=gettext_lazy("New version"),
    consequence=gettext_lazy("A draft of your own with the same content. This version stays as it is."),
    take=governing.new_version,
)


# What is decided about stands on the page that asks, beside what it would take the place of.
READ_FIRST = (APPROVE, REFUSE, ACTIVATE)


def _in_force(others: list[Any]) -> Any:
    """The version that is active now, if any."""
    return next((each for each in others if each.state == State.ACTIVE), None)


def _worded(parts: list[comparing.Part]) -> list[comparing.Part]:
    """Parts under the names that the form has for them."""
    names = {str(each): str(each.label) for each in Channel} | {
        code: str(language) for code, language in LANGUAGE_NAMES.items()
    }

    def named(part: comparing.Part) -> str:
        label = WORDS.get(part.name.replace(" ", "_"))
        return str(label or " · ".join(names.get(word, word) for word in part.name.split(" · ")))

    return [replace(part, name=capfirst(named(part))) for part in parts]


def _before(subject: Any, others: list[Any]) -> Any:
    """The version that a reader wants to compare with: the newest before, else any."""
    earlier = [each for each in others if each.version < subject.version]
    return max(earlier or others, key=lambda each: each.version, default=None)


def _faults(step: Step, subject: Subject) -> list[str]:
    return checking.faults_of(subject) if step is SUBMIT else []


class DecisionRows(ReadOnlyRows):
    """Who decided what about the version."""

    seen_by = READERS
    fields = ("kind", "decided_by", "decided_at", "reason")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("decisions")


def decision_rows(decision: type[TwoPersonDecision]) -> type[DecisionRows]:
    """The rows of one kind of decision."""
    return type("DecisionRows", (DecisionRows,), {"model": decision})


def deciders(*columns: str) -> tuple[str, ...]:
    """The columns of who answers for a subject and when, at the end of its page."""
    return (
        *columns,
        "state",
        "state_reason",
        "author",
        "content_hash",
        "created_at",
        "submitted_at",
        "activated_at",
        "retired_at",
    )

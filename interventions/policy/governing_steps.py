"""The single steps of governing: who may, one at a time, deciding, moving a version on, and telling the audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from audit.services import record
from customers import roles
from interventions import stored_words
from interventions.models import (
    ContactPack,
    HoldoutDecision,
    HoldoutDesign,
    PackDecision,
    PolicyDecision,
    PolicyTemplate,
    State,
    TwoPersonDecision,
)
from interventions.policy import checking
from interventions.policy.content import content_hash

Subject = PolicyTemplate | ContactPack | HoldoutDesign
S = TypeVar("S", PolicyTemplate, ContactPack, HoldoutDesign)
Kind = TwoPersonDecision.Kind
OFFICERS = frozenset({roles.COMPLIANCE_OFFICERS})


class Refused(ValueError):
    """A step that is not allowed; the text says why, in words for whoever asked."""


@dataclass(frozen=True)
class Kept:
    """How decisions about a subject are kept.

    Args:
        name: in audit actions: interventions.NAME.submitted.
        decision: the model of the decisions.
        subject_field: its foreign key to the subject.
        place: the fields whose subjects replace each other when one becomes active.
        line: the fields that versions of one thing share.
    """

    name: str
    decision: type[TwoPersonDecision]
    subject_field: str
    place: tuple[str, ...]
    line: tuple[str, ...]


KEPT: dict[type[models.Model], Kept] = {
    PolicyTemplate: Kept("policy", PolicyDecision, "template", ("hardship", "level"), ("hardship", "level")),
    ContactPack: Kept("pack", PackDecision, "pack", (), ("name",)),
    HoldoutDesign: Kept("holdout", HoldoutDecision, "design", (), ()),
}


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction that no other of these steps runs beside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('interventions.governing'))")
        yield


def require_officer(by: User, what: str) -> None:
    """Only compliance officers govern."""
    if not roles.of(by) & OFFICERS:
        raise Refused(
            _("%(user)s may not %(what)s: that is for compliance officers.") % {"user": by, "what": what}
        )


def require_reason(reason: str) -> None:
    """A decision without a reason is none."""
    if not reason.strip():
        raise Refused(_("Please give a reason."))


def fresh(subject: S, *states: State, to: str) -> S:
    """The subject as it stands now, if in one of these states."""
    found = type(subject)._default_manager.select_for_update(of=("self",)).get(pk=subject.pk)
    if found.state not in states:
        wanted = _(" or ").join(str(state.label) for state in states)
        raise Refused(
            _("%(subject)s is %(state)s; only what is %(wanted)s can become %(to)s.")
            % {"subject": found, "state": State(found.state).label, "wanted": wanted, "to": to}
        )
    return found


def decide(kind: TwoPersonDecision.Kind, subject: Subject, by: User, reason: str) -> None:
    """Record a decision about exactly this content."""
    require_reason(reason)
    refuse_the_author(subject, by)
    if kind == Kind.APPROVED:
        refuse_altered(subject)
    kept = KEPT[type(subject)]
    kept.decision._default_manager.create(
        kind=kind,
        author=cast(User, subject.author),
        decided_by=by,
        content_hash=subject.content_hash,
        reason=reason,
        **{kept.subject_field: subject},
    )


def refuse_the_author(subject: Subject, by: User) -> None:
    """Somebody other than the author decides."""
    if subject.author_id == by.pk:
        raise Refused(
            _("%(user)s wrote %(subject)s; somebody else must decide about it.")
            % {"user": by, "subject": subject}
        )


def refuse_anothers(subject: Subject, by: User) -> None:
    """A draft is its author's."""
    if subject.author_id not in (None, by.pk):
        raise Refused(
            _("%(subject)s is %(author)s's draft. Make a version of your own, or let them submit it.")
            % {"subject": subject, "author": subject.author}
        )


def refuse_altered(subject: Subject) -> None:
    """What was submitted is what is decided upon."""
    if content_hash(subject) != subject.content_hash:
        raise Refused(
            _("%(subject)s is not what was submitted: it was altered. Tell the operators.")
            % {"subject": subject}
        )


def active_beside(subject: S) -> S | None:
    """What stands in this one's place now."""
    place = {name: getattr(subject, name) for name in KEPT[type(subject)].place}
    return type(subject)._default_manager.filter(state=State.ACTIVE, **place).first()


def move(subject: Subject, state: State, **changes: Any) -> None:
    """Change the state and what goes with it, as the database then has it."""
    subject.state = state
    for name, value in changes.items():
        setattr(subject, name, value)
    subject.save(update_fields=["state", *changes])
    subject.refresh_from_db(fields=["submitted_at", "activated_at", "retired_at"])


def copy_of(subject: S, *, by: User) -> S:
    """A draft of the same content, as the next version."""
    kept = KEPT[type(subject)]
    line = {name: getattr(subject, name) for name in kept.line}
    last = type(subject)._default_manager.filter(**line).aggregate(version=models.Max("version"))
    copy = type(subject)(
        **{name: getattr(subject, name) for name in checking.CONTENT[type(subject)]},
        version=last["version"] + 1,
        author=by,
    )
    if isinstance(copy, PolicyTemplate):
        copy.based_on_id = subject.pk
    copy.save()
    copy.refresh_from_db()
    with stored_words.kept():
        based_on = str(subject)
    note("drafted", copy, by, based_on=based_on)
    return copy


def note(verb: str, subject: Subject, by: User, *, reason: str = "", **detail: Any) -> None:
    """Write a step into the audit trail."""
    name = KEPT[type(subject)].name
    with stored_words.kept():
        label = str(subject)
    record(
        action=f"interventions.{name}.{verb}",
        subject_type=name,
        subject_id=subject.pk,
        subject_label=label,
        actor=by,
        reason=reason,
        detail={"state": subject.state, "content_hash": subject.content_hash, **detail},
    )

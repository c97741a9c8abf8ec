"""How a policy, a pack of contact rules or a holdout design comes to stand: two people, one step at a time.

A compliance officer writes and submits; another one approves, activates and retires. The database checks the essence of
it once more, whoever writes (migration 0004).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from audit.services import record
from customers import roles
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


def write(*, subject: S, by: User) -> S:
    """Keep what `by` has written on a draft, and with it whose draft it is.

    Raises:
        Refused: not by this user, or the stored version is no draft of theirs any more.
    """
    _require(by, _("write policies"))
    with _one_at_a_time():
        if subject.pk is None:
            last = versions_of(subject).first()
            subject.version = last.version + 1 if last else 1
            subject.author = by
            subject.save()
        else:
            stored = _fresh(subject, State.DRAFT, to=_("written on"))
            _refuse_anothers(stored, by)
            subject.author = by
            subject.save(update_fields=[*checking.CONTENT[type(subject)], "author"])
        note("written", subject, by)
    return subject


def submit(*, subject: S, by: User) -> S:
    """Ask for a decision: the content is frozen under its hash, and `by` answers for it.

    Raises:
        Refused: not by this user, not a draft, somebody else's draft, or its content has faults.
    """
    _require(by, _("submit policies"))
    with _one_at_a_time():
        subject = _fresh(subject, State.DRAFT, to=_("submitted"))
        _refuse_anothers(subject, by)
        if faults := checking.faults_of(subject):
            raise Refused(" ".join(faults))
        digest = content_hash(subject)
        _move(subject, State.SUBMITTED, author=by, content_hash=digest, state_reason="")
        note("submitted", subject, by)
    return subject


def withdraw(*, subject: S, by: User) -> S:
    """Take a submitted version back to go on writing it; its author's right.

    Raises:
        Refused: not by this user, or not submitted.
    """
    _require(by, _("withdraw policies"))
    with _one_at_a_time():
        subject = _fresh(subject, State.SUBMITTED, to=_("a draft"))
        if subject.author_id != by.pk:
            raise Refused(_("Only %(author)s can take it back.") % {"author": subject.author})
        _move(subject, State.DRAFT)
        note("withdrawn", subject, by)
    return subject


def approve(*, subject: S, by: User, reason: str) -> S:
    """Approve exactly this content. Somebody other than its author does.

    Raises:
        Refused: not by this user, not submitted, altered, or without a reason.
    """
    _require(by, _("approve policies"))
    with _one_at_a_time():
        subject = _fresh(subject, State.SUBMITTED, to=_("approved"))
        _decide(Kind.APPROVED, subject, by, reason)
        _move(subject, State.APPROVED)
        note("approved", subject, by, reason=reason)
    return subject


def refuse(*, subject: S, by: User, reason: str) -> S:
    """Refuse a submitted or approved version. It ends there, kept as it was refused; its author goes on with a copy.

    Raises:
        Refused: not by this user, not in this state, or without a reason.
    """
    _require(by, _("refuse policies"))
    with _one_at_a_time():
        subject = _fresh(subject, State.SUBMITTED, State.APPROVED, to=_("refused"))
        _decide(Kind.REFUSED, subject, by, reason)
        if subject.state == State.SUBMITTED:
            _move(subject, State.DRAFT)
        _move(subject, State.RETIRED, state_reason=reason)
        note("refused", subject, by, reason=reason)
        _copy(subject, by=cast(User, subject.author))
    return subject


def activate(*, subject: S, by: User) -> S:
    """Have an approved version stand from now on instead of the present one, which is retired.

    Raises:
        Refused: not by this user, by the author, not approved, or altered.
    """
    _require(by, _("activate policies"))
    with _one_at_a_time():
        subject = _fresh(subject, State.APPROVED, to=_("active"))
        _refuse_the_author(subject, by)
        _refuse_altered(subject)
        before = _active_beside(subject)
        if before is not None:
            _move(before, State.RETIRED, state_reason=f"replaced by {subject}")
            note("retired", before, by, reason=before.state_reason)
        _move(subject, State.ACTIVE)
        note("activated", subject, by, replaces=str(before) if before else None)
    return subject


def retire(*, subject: S, by: User, reason: str) -> S:
    """End a draft, or an approved or active version. It is never used again.

    Raises:
        Refused: not by this user, not in this state, or without a reason.
    """
    _require(by, _("retire policies"))
    _require_reason(reason)
    with _one_at_a_time():
        subject = _fresh(subject, State.DRAFT, State.APPROVED, State.ACTIVE, to=_("retired"))
        if subject.state == State.DRAFT:
            _refuse_anothers(subject, by)
        else:
            _refuse_the_author(subject, by)
        _move(subject, State.RETIRED, state_reason=reason)
        note("retired", subject, by, reason=reason)
    return subject


def new_version(*, subject: S, by: User) -> S:
    """A draft of the same content, to be changed by its new author.

    Raises:
        Refused: not by this user.
    """
    _require(by, _("write policies"))
    with _one_at_a_time():
        return _copy(_fresh(subject, *State, to=_("copied")), by=by)


def decisions_of(subject: Subject) -> models.QuerySet[Any]:
    """The decisions about a subject, newest first."""
    kept = KEPT[type(subject)]
    return kept.decision._default_manager.filter(**{kept.subject_field: subject}).order_by("-id")


def versions_of(subject: S) -> models.QuerySet[S]:
    """All versions of the same thing, this one among them, newest first."""
    line = {name: getattr(subject, name) for name in KEPT[type(subject)].line}
    return type(subject)._default_manager.filter(**line).order_by("-version")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A transaction that no other of these steps runs beside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('interventions.governing'))")
        yield


def _require(by: User, what: str) -> None:
    if not roles.of(by) & OFFICERS:
        raise Refused(
            _("%(user)s may not %(what)s: that is for compliance officers.") % {"user": by, "what": what}
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Please give a reason."))


def _fresh(subject: S, *states: State, to: str) -> S:
    """The subject as it stands now, if in one of these states."""
    found = type(subject)._default_manager.select_for_update(of=("self",)).get(pk=subject.pk)
    if found.state not in states:
        wanted = _(" or ").join(str(state.label) for state in states)
        raise Refused(
            _("%(subject)s is %(state)s; only what is %(wanted)s can become %(to)s.")
            % {"subject": found, "state": found.state, "wanted": wanted, "to": to}
        )
    return found


def _decide(kind: TwoPersonDecision.Kind, subject: Subject, by: User, reason: str) -> None:
    """Record a decision about exactly this content."""
    _require_reason(reason)
    _refuse_the_author(subject, by)
    if kind == Kind.APPROVED:
        _refuse_altered(subject)
    kept = KEPT[type(subject)]
    kept.decision._default_manager.create(
        kind=kind,
        author=cast(User, subject.author),
        decided_by=by,
        content_hash=subject.content_hash,
        reason=reason,
        **{kept.subject_field: subject},
    )


def _refuse_the_author(subject: Subject, by: User) -> None:
    if subject.author_id == by.pk:
        raise Refused(
            _("%(user)s wrote %(subject)s; somebody else must decide about it.")
            % {"user": by, "subject": subject}
        )


def _refuse_anothers(subject: Subject, by: User) -> None:
    if subject.author_id not in (None, by.pk):
        raise Refused(
            _("%(subject)s is %(author)s's draft. Make a version of your own, or let them submit it.")
            % {"subject": subject, "author": subject.author}
        )


def _refuse_altered(subject: Subject) -> None:
    if content_hash(subject) != subject.content_hash:
        raise Refused(
            _("%(subject)s is not what was submitted: it was altered. Tell the operators.")
            % {"subject": subject}
        )


def _active_beside(subject: S) -> S | None:
    place = {name: getattr(subject, name) for name in KEPT[type(subject)].place}
    return type(subject)._default_manager.filter(state=State.ACTIVE, **place).first()


def _move(subject: Subject, state: State, **changes: Any) -> None:
    """Change the state and what goes with it, as the database then has it."""
    subject.state = state
    for name, value in changes.items():
        setattr(subject, name, value)
    subject.save(update_fields=["state", *changes])
    subject.refresh_from_db(fields=["submitted_at", "activated_at", "retired_at"])


def _copy(subject: S, *, by: User) -> S:
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
    note("drafted", copy, by, based_on=str(subject))
    return copy


def note(verb: str, subject: Subject, by: User, *, reason: str = "", **detail: Any) -> None:
    """Write a step into the audit trail."""
    name = KEPT[type(subject)].name
    record(
        action=f"interventions.{name}.{verb}",
        subject_type=name,
        subject_id=subject.pk,
        subject_label=str(subject),
        actor=by,
        reason=reason,
        detail={"state": subject.state, "content_hash": subject.content_hash, **detail},
    )

"""How a policy, a pack of contact rules or a holdout design comes to stand: two people, one step at a time.

A compliance officer writes and submits; another one approves, activates and retires. The database checks the essence of
it once more, whoever writes (migration 0004).
"""

from typing import cast

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext as _

from interventions import stored_words
from interventions.models import State
from interventions.policy import checking
from interventions.policy.content import content_hash
from interventions.policy.governing_steps import (
    KEPT,
    Kind,
    active_beside,
    copy_of,
    decide,
    fresh,
    move,
    note,
    one_at_a_time,
    refuse_altered,
    refuse_anothers,
    refuse_the_author,
    require_officer,
    require_reason,
)
from interventions.policy.governing_steps import Refused as Refused
from interventions.policy.governing_steps import S as S
from interventions.policy.governing_steps import Subject as Subject
from risk.stored_words import REPLACED


def write(*, subject: S, by: User) -> S:
    """Keep what `by` has written on a draft, and with it whose draft it is.

    Raises:
        Refused: not by this user, or the stored version is no draft of theirs any more.
    """
    require_officer(by, _("write policies"))
    with one_at_a_time():
        if subject.pk is None:
            last = versions_of(subject).first()
            subject.version = last.version + 1 if last else 1
            subject.author = by
            subject.save()
        else:
            stored = fresh(subject, State.DRAFT, to=_("written on"))
            refuse_anothers(stored, by)
            subject.author = by
            subject.save(update_fields=[*checking.CONTENT[type(subject)], "author"])
        note("written", subject, by)
    return subject


def submit(*, subject: S, by: User) -> S:
    """Ask for a decision: the content is frozen under its hash, and `by` answers for it.

    Raises:
        Refused: not by this user, not a draft, somebody else's draft, or its content has faults.
    """
    require_officer(by, _("submit policies"))
    with one_at_a_time():
        subject = fresh(subject, State.DRAFT, to=_("submitted"))
        refuse_anothers(subject, by)
        if faults := checking.faults_of(subject):
            raise Refused(" ".join(faults))
        digest = content_hash(subject)
        move(subject, State.SUBMITTED, author=by, content_hash=digest, state_reason="")
        note("submitted", subject, by)
    return subject


def withdraw(*, subject: S, by: User) -> S:
    """Take a submitted version back to go on writing it; its author's right.

    Raises:
        Refused: not by this user, or not submitted.
    """
    require_officer(by, _("withdraw policies"))
    with one_at_a_time():
        subject = fresh(subject, State.SUBMITTED, to=_("a draft"))
        if subject.author_id != by.pk:
            raise Refused(_("Only %(author)s can take it back.") % {"author": subject.author})
        move(subject, State.DRAFT)
        note("withdrawn", subject, by)
    return subject


def approve(*, subject: S, by: User, reason: str) -> S:
    """Approve exactly this content. Somebody other than its author does.

    Raises:
        Refused: not by this user, not submitted, altered, or without a reason.
    """
    require_officer(by, _("approve policies"))
    with one_at_a_time():
        subject = fresh(subject, State.SUBMITTED, to=_("approved"))
        decide(Kind.APPROVED, subject, by, reason)
        move(subject, State.APPROVED)
        note("approved", subject, by, reason=reason)
    return subject


def refuse(*, subject: S, by: User, reason: str) -> S:
    """Refuse a submitted or approved version. It ends there, kept as it was refused; its author goes on with a copy.

    Raises:
        Refused: not by this user, not in this state, or without a reason.
    """
    require_officer(by, _("refuse policies"))
    with one_at_a_time():
        subject = fresh(subject, State.SUBMITTED, State.APPROVED, to=_("refused"))
        decide(Kind.REFUSED, subject, by, reason)
        if subject.state == State.SUBMITTED:
            move(subject, State.DRAFT)
        move(subject, State.RETIRED, state_reason=reason)
        note("refused", subject, by, reason=reason)
        copy_of(subject, by=cast(User, subject.author))
    return subject


def activate(*, subject: S, by: User) -> S:
    """Have an approved version stand from now on instead of the present one, which is retired.

    Raises:
        Refused: not by this user, by the author, not approved, or altered.
    """
    require_officer(by, _("activate policies"))
    with one_at_a_time():
        subject = fresh(subject, State.APPROVED, to=_("active"))
        refuse_the_author(subject, by)
        refuse_altered(subject)
        before = active_beside(subject)
        with stored_words.kept():
            name, replaced = str(subject), str(before) if before else None
        if before is not None:
            move(before, State.RETIRED, state_reason=REPLACED % {"name": name})
            note("retired", before, by, reason=before.state_reason)
        move(subject, State.ACTIVE)
        note("activated", subject, by, replaces=replaced)
    return subject


def retire(*, subject: S, by: User, reason: str) -> S:
    """End a draft, or an approved or active version. It is never used again.

    Raises:
        Refused: not by this user, not in this state, or without a reason.
    """
    require_officer(by, _("retire policies"))
    require_reason(reason)
    with one_at_a_time():
        subject = fresh(subject, State.DRAFT, State.APPROVED, State.ACTIVE, to=_("retired"))
        if subject.state == State.DRAFT:
            refuse_anothers(subject, by)
        else:
            refuse_the_author(subject, by)
        move(subject, State.RETIRED, state_reason=reason)
        note("retired", subject, by, reason=reason)
    return subject


def new_version(*, subject: S, by: User) -> S:
    """A draft of the same content, to be changed by its new author.

    Raises:
        Refused: not by this user.
    """
    require_officer(by, _("write policies"))
    with one_at_a_time():
        return copy_of(fresh(subject, *State, to=_("copied")), by=by)


def versions_of(subject: S) -> models.QuerySet[S]:
    """All versions of the same thing, this one among them, newest first."""
    line = {name: getattr(subject, name) for name in KEPT[type(subject)].line}
    return type(subject)._default_manager.filter(**line).order_by("-version")

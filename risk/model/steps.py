"""What the registry's steps share: who may, from which state, what is recorded, and whether a version can score."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audit.services import record
from customers import bank_clock, roles
from risk.model.account import operating_system_account
from risk.model.scorer import ModelUnusable
from risk.model.standing import Registered, load_stored
from risk.models import ModelDecision, ModelVersion

State = ModelVersion.State
Through = ModelDecision.Through
log = structlog.get_logger(__name__)


class ModelRefused(Exception):
    """A step that the registry does not allow; the text says why, in words for whoever asked."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction that no other step of the registry runs beside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('risk.model.registry'))")
        yield


def require(user: AbstractBaseUser, allowed: frozenset[str], what: str) -> None:
    """Refuse whoever has none of these roles."""
    if not roles.of(user) & allowed:
        words = _("%(user)s may not %(what)s: that is for %(roles)s.")
        for_whom = _(" and ").join(_(role) for role in sorted(allowed))
        raise ModelRefused(words % {"user": user, "what": what, "roles": for_whom})


def require_reason(text: str) -> None:
    """Refuse what is empty."""
    if not text.strip():
        raise ModelRefused(_("Please give a reason."))


def fresh(model: ModelVersion, *states: State, to: str | Promise) -> ModelVersion:
    """The version as it stands now, if in one of these states."""
    found = ModelVersion.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if found.state not in states:
        words = _("%(subject)s is %(state)s; only what is %(wanted)s can become %(to)s.")
        wanted = _(" or ").join(str(each.label) for each in states)
        said = {"subject": found, "state": found.get_state_display(), "wanted": wanted, "to": to}
        raise ModelRefused(words % said)
    return found


def decide(
    kind: ModelDecision.Kind,
    model: ModelVersion,
    by: User,
    reason: str,
    *,
    through: Through,
    valid_until_on: dt.date | None = None,
) -> None:
    """Record a decision about exactly this manifest.

    Raises:
        ModelRefused: without a reason, or by the author.
    """
    require_reason(reason)
    if by.pk == model.author_id:
        words = _("%(user)s trained %(model)s; somebody else must decide about it.")
        raise ModelRefused(words % {"user": by, "model": model})
    ModelDecision.objects.create(
        kind=kind,
        model=model,
        author_id=model.author_id,
        decided_by=by,
        manifest_sha256=model.manifest_sha256,
        metrics_sha256=model.metrics_sha256,
        reason=reason,
        valid_until_on=valid_until_on,
        through=through,
        account=account_of(through),
    )


def move(model: ModelVersion, state: State, **changes: Any) -> None:
    """Change the state and what goes with it, as the database then has it."""
    model.state = state
    for name, value in changes.items():
        setattr(model, name, value)
    model.save(update_fields=["state", *changes])
    model.refresh_from_db(fields=["state", *changes])


def check_usable(model: ModelVersion) -> None:
    """Refuse what may not or cannot score."""
    today = bank_clock.today()
    if model.valid_until_on is None or model.valid_until_on < today:
        words = _("The approval of %(model)s ended on %(until)s; the bank's day is %(today)s.")
        raise ModelRefused(words % {"model": model, "until": model.valid_until_on, "today": today})
    check_loads(model)


def check_loads(model: ModelVersion) -> None:
    """Read it back as the refresh will: altered bytes or other features are refused here already."""
    asked = Registered(model.pk, str(model), False, None, model.manifest_sha256, model.artifact_id)
    try:
        # A page of it may be damaged: that must not end the transaction around us.
        with transaction.atomic():
            load_stored(asked)
    except ModelUnusable as error:
        raise _cannot_score(model, str(error)) from error
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Whatever a library makes of the bytes or the manifest, it is an answer to whoever asked, not an accident.
        log.exception("model not loaded", model=str(model))
        raise _cannot_score(model, f"{type(error).__name__}: {error}") from error


def _cannot_score(model: ModelVersion, why: str) -> ModelRefused:
    return ModelRefused(_("%(model)s cannot score: %(why)s") % {"model": model, "why": why})


def note(verb: str, model: ModelVersion, by: User, *, through: Through, **detail: Any) -> None:
    """Write a step into the audit trail, with where it was taken."""
    record(
        action=f"risk.model.{verb}",
        subject_type="model",
        subject_id=model.pk,
        actor=by,
        detail={
            "version": str(model),
            "manifest_sha256": model.manifest_sha256,
            "state": model.state,
            "through": through,
            "account": account_of(through),
            **detail,
        },
    )


def account_of(through: Through) -> str:
    """The operating system's account that this process runs under; empty in the admin, where people log in."""
    return "" if through == Through.ADMIN else operating_system_account()

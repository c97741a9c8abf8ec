"""The registry: how a trained model comes to score, who decides each step, and the record of it.

Analysts train. Somebody else validates (an analyst or a compliance officer), and a compliance officer who did not train
it approves, activates and retires. The database checks the essence of it once more, whoever writes (migration 0009).
One step at a time: the services take turns, so that two activations at once leave one active version.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from audit.services import record
from customers import bank_clock, roles
from risk.model import manifest as manifests
from risk.model.scorer import ModelUnusable
from risk.model.standing import Registered, load_stored
from risk.model.standing_note import activation_note
from risk.models import ModelArtifact, ModelDecision, ModelVersion

VALID_DAYS = 365
TRAINERS = frozenset({roles.ANALYSTS})
VALIDATORS = frozenset({roles.ANALYSTS, roles.COMPLIANCE_OFFICERS})
APPROVERS = frozenset({roles.COMPLIANCE_OFFICERS})
State = ModelVersion.State
log = structlog.get_logger(__name__)


class ModelRefused(Exception):
    """A step that the registry does not allow; the text says why, in words for whoever asked."""


def model_save(
    *,
    author: User,
    ubj: bytes,
    manifest: Mapping[str, Any],
    metrics: dict[str, Any],
    rejection_reason: str = "",
) -> ModelVersion:
    """Store a trained model as a candidate, or as rejected with the reason. The same manifest is stored once.

    Args:
        author: Who trained it, an analyst.
        ubj: The model as XGBoost wrote it (UBJ).
        manifest: What is approved with it: bands, calibration, features, training.
        metrics: How well it did on data it had not seen.
        rejection_reason: Why it must not be used; empty for a candidate.

    Raises:
        ModelRefused: the author may not train models.
        risk.model.manifest.ManifestInvalid: the manifest is not one of these bytes.
    """
    _require(author, TRAINERS, "train models")
    manifests.check(manifest, ubj=ubj)
    text = manifests.canonical(manifest)
    sha256 = manifests.sha256_of_text(text)
    with _one_at_a_time():
        known = ModelVersion.objects.filter(manifest_sha256=sha256).first()
        if known:
            return known
        artifact, _ = ModelArtifact.objects.get_or_create(
            sha256=manifest["ubj_sha256"], defaults={"content": ubj}
        )
        latest = ModelVersion.objects.filter(name=manifest["name"]).aggregate(version=Max("version"))
        model = ModelVersion.objects.create(
            name=manifest["name"],
            version=(latest["version"] or 0) + 1,
            author=author,
            manifest_text=text,
            manifest_sha256=sha256,
            artifact=artifact,
            metrics=metrics,
            state=State.REJECTED if rejection_reason else State.CANDIDATE,
            state_reason=rejection_reason,
        )
        _record("saved", model, author, reason=rejection_reason)
    return model


def model_validate(*, model: ModelVersion, by: User, findings: str) -> ModelVersion:
    """Validate a candidate: somebody other than its author has looked at how it was made and how well it does.

    Raises:
        ModelRefused: not by this user, not in this state, or without findings.
    """
    _require(by, VALIDATORS, "validate models")
    with _one_at_a_time():
        model = _fresh(model, State.CANDIDATE, to="validated")
        _decide(ModelDecision.Kind.VALIDATED, model, by, findings)
        _move(model, State.VALIDATED)
        _record("validated", model, by, reason=findings)
    return model


def model_approve(
    *, model: ModelVersion, by: User, reason: str, valid_until_on: dt.date | None = None
) -> ModelVersion:
    """Approve a validated version, prolong an approved or active one, or let a retired one back.

    Args:
        model: The version.
        by: A compliance officer, not its author.
        reason: Why it may be used.
        valid_until_on: The last bank day on which it may score; a year from today unless said.

    Raises:
        ModelRefused: not by this user, not in this state, without a reason, or until a day that is past.
    """
    _require(by, APPROVERS, "approve models")
    today = bank_clock.today()
    until = valid_until_on or today + dt.timedelta(days=VALID_DAYS)
    if until < today:
        raise ModelRefused(f"It cannot be valid until {until}: the bank's day is {today}.")
    with _one_at_a_time():
        model = _fresh(model, State.VALIDATED, State.APPROVED, State.ACTIVE, State.RETIRED, to="approved")
        _decide(ModelDecision.Kind.APPROVED, model, by, reason, valid_until_on=until)
        is_active = model.state == State.ACTIVE
        _move(model, State.ACTIVE if is_active else State.APPROVED, valid_until_on=until)
        _record("approved", model, by, reason=reason, valid_until_on=until.isoformat())
        if is_active:
            activation_note(model)
    return model


def model_activate(*, model: ModelVersion, by: User) -> ModelVersion:
    """Have an approved version score from now on instead of the present one, which is retired.

    Everybody is evaluated again, so that no level of the version before stays.

    Raises:
        ModelRefused: not by this user, not in this state, expired, altered, or not fit for this release.
    """
    _require(by, APPROVERS, "activate models")
    with _one_at_a_time():
        model = _fresh(model, State.APPROVED, to="active")
        _check_usable(model)
        before = ModelVersion.objects.filter(state=State.ACTIVE).first()
        if before:
            _move(before, State.RETIRED, state_reason=f"replaced by {model}", retired_at=Now())
            _record("retired", before, by, reason=before.state_reason)
        _move(model, State.ACTIVE, activated_at=Now(), shadow_since=None)
        _record("activated", model, by, replaces=str(before) if before else None)
        activation_note(model)
    return model


def model_retire(*, model: ModelVersion, by: User, reason: str) -> ModelVersion:
    """Stop the active version. The rules go on alone, and everybody is evaluated again.

    Raises:
        ModelRefused: not by this user, not in this state, or without a reason.
    """
    _require(by, APPROVERS, "retire models")
    _require_words(reason, "a reason")
    with _one_at_a_time():
        model = _fresh(model, State.ACTIVE, to="retired")
        _move(model, State.RETIRED, state_reason=reason, retired_at=Now())
        _record("retired", model, by, reason=reason)
        activation_note(None)
    return model


def model_reject(*, model: ModelVersion, by: User, reason: str) -> ModelVersion:
    """Turn a version down that is not in use. It ends there.

    Raises:
        ModelRefused: not by this user, not in this state, or without a reason.
    """
    _require(by, VALIDATORS, "reject models")
    _require_words(reason, "a reason")
    with _one_at_a_time():
        model = _fresh(model, State.CANDIDATE, State.VALIDATED, State.APPROVED, to="rejected")
        _move(model, State.REJECTED, state_reason=reason, shadow_since=None)
        _record("rejected", model, by, reason=reason)
    return model


def shadow_start(*, model: ModelVersion, by: User) -> ModelVersion:
    """Have a version score the live stream beside the active one; nothing is decided by it. One at a time.

    Raises:
        ModelRefused: not by this user, not in this state, altered, or not fit for this release.
    """
    _require(by, VALIDATORS, "compare models in shadow")
    with _one_at_a_time():
        model = _fresh(model, *ModelVersion.SHADOWABLE, to="in shadow")
        _check_loads(model)
        for other in ModelVersion.objects.filter(shadow_since__isnull=False).exclude(pk=model.pk):
            _move(other, State(other.state), shadow_since=None)
            _record("shadow_stopped", other, by)
        if model.shadow_since is None:
            _move(model, State(model.state), shadow_since=Now())
            _record("shadow_started", model, by)
    return model


def shadow_stop(*, model: ModelVersion, by: User) -> ModelVersion:
    """End the comparison.

    Raises:
        ModelRefused: not by this user, or the version is not in shadow.
    """
    _require(by, VALIDATORS, "compare models in shadow")
    with _one_at_a_time():
        model = _fresh(model, *ModelVersion.SHADOWABLE, to="out of shadow")
        if model.shadow_since is None:
            raise ModelRefused(f"{model} is not in shadow.")
        _move(model, State(model.state), shadow_since=None)
        _record("shadow_stopped", model, by)
    return model


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A transaction that no other step of the registry runs beside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('risk.model.registry'))")
        yield


def _require(user: AbstractBaseUser, allowed: frozenset[str], what: str) -> None:
    if not roles.of(user) & allowed:
        raise ModelRefused(f"{user} may not {what}: that is for {' and '.join(sorted(allowed))}.")


def _require_words(text: str, what: str) -> None:
    if not text.strip():
        raise ModelRefused(f"Please give {what}.")


def _fresh(model: ModelVersion, *states: State, to: str) -> ModelVersion:
    """The version as it stands now, if in one of these states."""
    found = ModelVersion.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if found.state not in states:
        wanted = " or ".join(states)
        raise ModelRefused(f"{found} is {found.state}; only what is {wanted} can become {to}.")
    return found


def _decide(
    kind: ModelDecision.Kind,
    model: ModelVersion,
    by: User,
    reason: str,
    *,
    valid_until_on: dt.date | None = None,
) -> None:
    _require_words(reason, "a reason")
    if by.pk == model.author_id:
        raise ModelRefused(f"{by} trained {model}; somebody else must decide about it.")
    ModelDecision.objects.create(
        kind=kind,
        model=model,
        author_id=model.author_id,
        decided_by=by,
        manifest_sha256=model.manifest_sha256,
        reason=reason,
        valid_until_on=valid_until_on,
    )


def _move(model: ModelVersion, state: State, **changes: Any) -> None:
    model.state = state
    for name, value in changes.items():
        setattr(model, name, value)
    model.save(update_fields=["state", *changes])
    model.refresh_from_db(fields=["state", *changes])


def _check_usable(model: ModelVersion) -> None:
    today = bank_clock.today()
    if model.valid_until_on is None or model.valid_until_on < today:
        raise ModelRefused(
            f"The approval of {model} ended on {model.valid_until_on}; the bank's day is {today}."
        )
    _check_loads(model)


def _check_loads(model: ModelVersion) -> None:
    """Read it back as the refresh will: altered bytes or other features are refused here already."""
    asked = Registered(model.pk, str(model), False, None, model.manifest_sha256, model.artifact_id)
    try:
        # A page of it may be damaged: that must not end the transaction around us.
        with transaction.atomic():
            load_stored(asked)
    except ModelUnusable as error:
        raise ModelRefused(f"{model} cannot score: {error}") from error
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Whatever a library makes of the bytes or the manifest, it is an answer to whoever asked, not an accident.
        log.exception("model not loaded", model=str(model))
        raise ModelRefused(f"{model} cannot score: {type(error).__name__}: {error}") from error


def _record(verb: str, model: ModelVersion, by: User, **detail: Any) -> None:
    record(
        action=f"risk.model.{verb}",
        subject_type="model",
        subject_id=model.pk,
        actor=by,
        detail={
            "version": str(model),
            "manifest_sha256": model.manifest_sha256,
            "state": model.state,
            **detail,
        },
    )

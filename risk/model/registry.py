"""The registry: how a trained model comes to score, who decides each step, and the record of it.

Analysts train. Somebody else validates (an analyst or a compliance officer), and a compliance officer who did not train
it approves, activates and retires. The database checks the essence of it once more, whoever writes (migration 0009).
One step at a time: the services take turns, so that two activations at once leave one active version.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from risk.model import manifest as manifests
from risk.model.standing_note import activation_note
from risk.model.steps import ModelRefused as ModelRefused
from risk.model.steps import (
    State,
    Through,
    check_loads,
    check_usable,
    decide,
    fresh,
    move,
    note,
    one_at_a_time,
    require,
    require_reason,
)
from risk.models import ModelArtifact, ModelDecision, ModelVersion
from risk.stored_words import REPLACED

VALID_DAYS = 365
TRAINERS = frozenset({roles.ANALYSTS})
VALIDATORS = frozenset({roles.ANALYSTS, roles.COMPLIANCE_OFFICERS})
APPROVERS = frozenset({roles.COMPLIANCE_OFFICERS})


def model_save(
    *,
    author: User,
    ubj: bytes,
    manifest: Mapping[str, Any],
    metrics: dict[str, Any],
    rejection_reason: str = "",
    through: Through = Through.PROGRAM,
) -> ModelVersion:
    """Store a trained model as a candidate, or as rejected with the reason. The same manifest is stored once.

    Args:
        author: Who trained it, an analyst.
        ubj: The model as XGBoost wrote it (UBJ).
        manifest: What is approved with it: bands, calibration, features, training.
        metrics: How well it did on data it had not seen.
        rejection_reason: Why it must not be used; empty for a candidate.
        through: Where it was asked for.

    Raises:
        ModelRefused: the author may not train models.
        risk.model.manifest.ManifestInvalid: the manifest is not one of these bytes.
    """
    require(author, TRAINERS, _("train models"))
    manifests.check(manifest, ubj=ubj)
    text = manifests.canonical(manifest)
    sha256 = manifests.sha256_of_text(text)
    with one_at_a_time():
        known = ModelVersion.objects.filter(manifest_sha256=sha256).first()
        if known:
            return known
        artifact, _is_new = ModelArtifact.objects.get_or_create(
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
        model.refresh_from_db(fields=["metrics_sha256"])
        note("saved", model, author, through=through, reason=rejection_reason)
    return model


def model_validate(
    *, model: ModelVersion, by: User, findings: str, through: Through = Through.PROGRAM
) -> ModelVersion:
    """Validate a candidate: somebody other than its author has looked at how it was made and how well it does.

    Raises:
        ModelRefused: not by this user, not in this state, or without findings.
    """
    require(by, VALIDATORS, _("validate models"))
    with one_at_a_time():
        model = fresh(model, State.CANDIDATE, to=State.VALIDATED.label)
        decide(ModelDecision.Kind.VALIDATED, model, by, findings, through=through)
        move(model, State.VALIDATED)
        note("validated", model, by, through=through, reason=findings)
    return model


def model_approve(
    *,
    model: ModelVersion,
    by: User,
    reason: str,
    valid_until_on: dt.date | None = None,
    through: Through = Through.PROGRAM,
) -> ModelVersion:
    """Approve a validated version, prolong an approved or active one, or let a retired one back.

    Args:
        model: The version.
        by: A compliance officer, not its author.
        reason: Why it may be used.
        valid_until_on: The last bank day on which it may score; a year from today unless said.
        through: Where it was decided.

    Raises:
        ModelRefused: not by this user, not in this state, without a reason, or until a day that is past.
    """
    require(by, APPROVERS, _("approve models"))
    today = bank_clock.today()
    until = valid_until_on or today + dt.timedelta(days=VALID_DAYS)
    if until < today:
        words = _("It cannot be valid until %(until)s: the bank's day is %(today)s.")
        raise ModelRefused(words % {"until": until, "today": today})
    with one_at_a_time():
        model = fresh(
            model, State.VALIDATED, State.APPROVED, State.ACTIVE, State.RETIRED, to=State.APPROVED.label
        )
        decide(ModelDecision.Kind.APPROVED, model, by, reason, through=through, valid_until_on=until)
        is_active = model.state == State.ACTIVE
        move(model, State.ACTIVE if is_active else State.APPROVED, valid_until_on=until)
        note("approved", model, by, through=through, reason=reason, valid_until_on=until.isoformat())
        if is_active:
            activation_note(model)
    return model


def model_activate(
    *, model: ModelVersion, by: User, reason: str = "", through: Through = Through.PROGRAM
) -> ModelVersion:
    """Have an approved version score from now on instead of the present one, which is retired.

    Everybody is evaluated again, so that no level of the version before stays.

    Raises:
        ModelRefused: not by this user, not in this state, expired, altered, or not fit for this release.
    """
    require(by, APPROVERS, _("activate models"))
    with one_at_a_time():
        model = fresh(model, State.APPROVED, to=State.ACTIVE.label)
        check_usable(model)
        before = ModelVersion.objects.filter(state=State.ACTIVE).first()
        if before:
            move(before, State.RETIRED, state_reason=REPLACED % {"name": model}, retired_at=Now())
            note("retired", before, by, through=through, reason=before.state_reason)
        move(model, State.ACTIVE, activated_at=Now(), shadow_since=None)
        note(
            "activated",
            model,
            by,
            through=through,
            reason=reason,
            replaces=str(before) if before else None,
        )
        activation_note(model)
    return model


def model_retire(
    *, model: ModelVersion, by: User, reason: str, through: Through = Through.PROGRAM
) -> ModelVersion:
    """Stop the active version. The rules go on alone, and everybody is evaluated again.

    Raises:
        ModelRefused: not by this user, not in this state, or without a reason.
    """
    require(by, APPROVERS, _("retire models"))
    require_reason(reason)
    with one_at_a_time():
        model = fresh(model, State.ACTIVE, to=State.RETIRED.label)
        move(model, State.RETIRED, state_reason=reason, retired_at=Now())
        note("retired", model, by, through=through, reason=reason)
        activation_note(None)
    return model


def model_reject(
    *, model: ModelVersion, by: User, reason: str, through: Through = Through.PROGRAM
) -> ModelVersion:
    """Turn a version down that is not in use. It ends there.

    Raises:
        ModelRefused: not by this user, not in this state, or without a reason.
    """
    require(by, VALIDATORS, _("reject models"))
    require_reason(reason)
    with one_at_a_time():
        model = fresh(model, State.CANDIDATE, State.VALIDATED, State.APPROVED, to=State.REJECTED.label)
        move(model, State.REJECTED, state_reason=reason, shadow_since=None)
        note("rejected", model, by, through=through, reason=reason)
    return model


def shadow_start(*, model: ModelVersion, by: User, through: Through = Through.PROGRAM) -> ModelVersion:
    """Have a version score the live stream beside the active one; nothing is decided by it. One at a time.

    Raises:
        ModelRefused: not by this user, not in this state, altered, or not fit for this release.
    """
    require(by, VALIDATORS, _("compare models in shadow"))
    with one_at_a_time():
        model = fresh(model, *ModelVersion.SHADOWABLE, to=_("in shadow"))
        check_loads(model)
        for other in ModelVersion.objects.filter(shadow_since__isnull=False).exclude(pk=model.pk):
            move(other, State(other.state), shadow_since=None)
            note("shadow_stopped", other, by, through=through)
        if model.shadow_since is None:
            move(model, State(model.state), shadow_since=Now())
            note("shadow_started", model, by, through=through)
    return model


def shadow_stop(*, model: ModelVersion, by: User, through: Through = Through.PROGRAM) -> ModelVersion:
    """End the comparison.

    Raises:
        ModelRefused: not by this user, or the version is not in shadow.
    """
    require(by, VALIDATORS, _("compare models in shadow"))
    with one_at_a_time():
        model = fresh(model, *ModelVersion.SHADOWABLE, to=_("out of shadow"))
        if model.shadow_since is None:
            raise ModelRefused(_("%(model)s is not in shadow.") % {"model": model})
        move(model, State(model.state), shadow_since=None)
        note("shadow_stopped", model, by, through=through)
    return model

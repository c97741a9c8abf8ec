"""What a version is: what it was made of, who decided what about it, until when it may score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from risk.model import specs
from risk.model_page.figures import NONE, count
from risk.models import ModelDecision, ModelVersion

# Told apart by shape as well as by word.
SHAPES = {"active": "●", "approved": "◐", "validated": "◔", "candidate": "○", "retired": "◌", "rejected": "✕"}
SHORT = 12


@dataclass(frozen=True)
class Line:
    """One fact; `is_code` where it is a hash or the like."""

    label: str
    text: str
    is_code: bool = False


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A version among all."""

    model: ModelVersion
    shape: str
    author: str
    validated_by: str
    approved_by: str


def listed(model: ModelVersion) -> Listed:
    """A version as the list shows it; its decisions are at hand."""
    return Listed(
        model=model,
        shape=SHAPES[model.state],
        author=name_of(model.author),
        validated_by=_decider(model, ModelDecision.Kind.VALIDATED),
        approved_by=_decider(model, ModelDecision.Kind.APPROVED),
    )


def decisions_of(model: ModelVersion) -> list[tuple[ModelDecision, str]]:
    """Every decision with who took it, the latest first."""
    found = sorted(model.decisions.all(), key=lambda decision: decision.pk, reverse=True)
    return [(decision, name_of(decision.decided_by)) for decision in found]


def made_of(manifest: Mapping[str, Any], *, currency: str) -> list[Line]:
    """What a version was made of; entries a manifest does not have are left out."""
    training = manifest.get("training", {})
    population = manifest.get("population", {})
    lines = [
        (_("Data"), _window(training)),
        (_("Training rows"), _sizes(training, currency)),
        (_("Split"), training.get("splits", {}).get("words")),
        (_("Speaks of"), _population(population)),
        (_("Trees"), _trees(training)),
        (_("Calibration"), manifest.get("calibration", {}).get("kind")),
        (_("Currency"), training.get("currency")),
        (_("XGBoost"), training.get("xgboost_version")),
    ]
    return [Line(label, str(text)) for label, text in lines if text]


def hashes_of(model: ModelVersion, manifest: Mapping[str, Any]) -> list[Line]:
    """What identifies a version, and whether its features are this release's."""
    schema = manifest.get("schema_hash", "")
    is_ours = schema == specs.SCHEMA_HASH
    fits = _("as this release computes them") if is_ours else _("not those of this release: it cannot score")
    return [
        Line(_("Manifest"), model.manifest_sha256, is_code=True),
        Line(_("Model file"), model.artifact_id, is_code=True),
        Line(_("Metrics"), model.metrics_sha256, is_code=True),
        Line(_("Features"), f"{schema} ({fits})", is_code=True),
        Line(_("Code"), manifest.get("training", {}).get("code_version") or NONE, is_code=True),
    ]


def name_of(user: User) -> str:
    """A user's full name, or the user name where there is none."""
    return user.get_full_name() or user.get_username()


def _decider(model: ModelVersion, kind: ModelDecision.Kind) -> str:
    """Who took the latest decision of a kind."""
    found = [decision for decision in model.decisions.all() if decision.kind == kind]
    return name_of(max(found, key=lambda decision: decision.pk).decided_by) if found else NONE


def _window(training: Mapping[str, Any]) -> str:
    first, last = training.get("data_from_on"), training.get("data_until_on")
    moments = training.get("moments") or []
    if not first or not last:
        return ""
    return _("%(first)s to %(last)s, %(moments)d moments") % {
        "first": first,
        "last": last,
        "moments": len(moments),
    }


def _sizes(training: Mapping[str, Any], currency: str) -> str:
    if not training.get("rows"):
        return ""
    return _("%(rows)s of %(customers)s customers, %(misses)s misses") % {
        key: count(training.get(key), currency) for key in ("rows", "customers", "misses")
    }


def _population(population: Mapping[str, Any]) -> str:
    if not population:
        return ""
    return _(
        "customers with nothing overdue and an instalment due within %(horizon)s days;"
        " missed is one unpaid %(grace)s days after it was due"
    ) % {"horizon": population.get("horizon_days"), "grace": population.get("grace_days")}


def _trees(training: Mapping[str, Any]) -> str:
    if not training.get("rounds"):
        return ""
    return _("%(rounds)d, random seed %(seed)s") % {
        "rounds": training["rounds"],
        "seed": training.get("seed", NONE),
    }

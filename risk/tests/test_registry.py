"""The registry's steps: who may take which, in what order, and what is recorded of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError, OperationalError

from audit.models import AuditEvent
from customers import roles
from customers.tests.factories import CustomerFactory
from risk.model import registry, steps
from risk.model.account import operating_system_account
from risk.model.manifest import ManifestInvalid, canonical
from risk.model.registry import ModelRefused
from risk.models import DayEvaluation, DayRange, ModelArtifact, ModelVersion, SystemProbe
from risk.services import day_close_finished, day_evaluate_again, day_open
from risk.tests.factories import TODAY
from risk.tests.registered import active, analyst, approved, candidate, officer, staff, trained, validated
from risk.tests.small_models import manifest
from tests.threads import Elsewhere, uncommitted, until_somebody_waits_for_a_lock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
State = ModelVersion.State


def test_saved_model_is_a_candidate_with_its_bytes() -> None:
    author = analyst()

    model = candidate(author=author)

    model.refresh_from_db()
    assert (str(model), model.state, model.author) == ("early-warning-1", State.CANDIDATE, author)
    assert model.manifest == manifest(trained())
    assert model.metrics == {"roc_auc": 0.8}
    assert bytes(ModelArtifact.objects.get(pk=model.manifest["ubj_sha256"]).content) == trained()


def test_version_and_decisions_name_their_metrics() -> None:
    model = approved()

    assert len(model.metrics_sha256) == 64
    assert set(model.decisions.values_list("metrics_sha256", flat=True)) == {model.metrics_sha256}
    assert model.has_its_metrics()


@pytest.mark.parametrize(
    "metrics", [{}, {"b": [1.0, -0.0, 1e22, 1e-7, None], "a": {"é": "\u0001"}}, {"none": float("1e300")}]
)
def test_metrics_of_whatever_numbers_are_found_again(metrics: dict[str, Any]) -> None:
    model = registry.model_save(
        author=analyst(), ubj=trained(), manifest=manifest(trained()), metrics=metrics
    )

    assert model.has_its_metrics()


def test_same_manifest_is_saved_once() -> None:
    first = candidate()

    again = candidate()

    assert again == first
    assert ModelVersion.objects.count() == ModelArtifact.objects.count() == 1
    assert AuditEvent.objects.filter(action="risk.model.saved").count() == 1


def test_other_bands_over_the_same_bytes_are_another_version() -> None:
    candidate()

    second = candidate(bands={"medium_from_prob": 0.1, "high_from_prob": 0.2})

    assert (second.version, ModelArtifact.objects.count()) == (2, 1)


def test_model_no_better_than_the_scorecard_is_saved_as_rejected() -> None:
    model = registry.model_save(
        author=analyst(),
        ubj=trained(),
        manifest=manifest(trained()),
        metrics={},
        rejection_reason="no better",
    )

    assert (model.state, model.state_reason) == (State.REJECTED, "no better")
    with pytest.raises(ModelRefused, match="early-warning-1 is rejected; only what is candidate can become"):
        registry.model_validate(model=model, by=analyst(), findings="but I like it")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"ubj_sha256": "0" * 64}, "not that of the model's bytes"),
        ({"name": " "}, "does not say the model's name"),
        ({"name": 1}, "does not say the model's name"),
        ({"training": {"auc": float("nan")}}, "cannot be written as JSON"),
    ],
)
def test_manifest_of_something_else_is_refused(changes: dict[str, Any], because: str) -> None:
    with pytest.raises(ManifestInvalid, match=because):
        candidate(**changes)


def test_canonical_form_knows_no_order() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": "é"}}) == '{"a":{"c":"\\u00e9","d":2},"b":1}'


def test_model_goes_from_candidate_to_active() -> None:
    model = active()

    assert model.state == State.ACTIVE
    assert model.activated_at is not None
    assert model.valid_until_on == TODAY + dt.timedelta(days=365)
    assert list(model.decisions.order_by("pk").values_list("kind", "reason")) == [
        ("validated", "sound"),
        ("approved", "fit for use"),
    ]


def test_every_step_is_audited() -> None:
    model = active()
    by = officer()

    registry.model_retire(model=model, by=by, reason="drifted")

    events = AuditEvent.objects.filter(subject_type="model", subject_id=str(model.pk)).order_by("pk")
    assert [event.action.rpartition(".")[2] for event in events] == [
        "saved", "validated", "approved", "activated", "retired",
    ]  # fmt: skip
    last = events.last()
    assert last is not None
    assert last.actor == by
    assert last.detail == {
        "version": "early-warning-1",
        "manifest_sha256": model.manifest_sha256,
        "state": "retired",
        "through": "program",
        "account": operating_system_account(),
        "reason": "drifted",
    }


STEPS: dict[str, tuple[Callable[..., ModelVersion], Callable[[ModelVersion, User], Any], set[str]]] = {
    "save": (candidate, lambda model, by: candidate(author=by, seed=1), {roles.ANALYSTS}),
    "validate": (
        candidate,
        lambda model, by: registry.model_validate(model=model, by=by, findings="sound"),
        {roles.ANALYSTS, roles.COMPLIANCE_OFFICERS},
    ),
    "approve": (
        validated,
        lambda model, by: registry.model_approve(model=model, by=by, reason="fit"),
        {roles.COMPLIANCE_OFFICERS},
    ),
    "activate": (
        approved,
        lambda model, by: registry.model_activate(model=model, by=by),
        {roles.COMPLIANCE_OFFICERS},
    ),
    "retire": (
        active,
        lambda model, by: registry.model_retire(model=model, by=by, reason="drifted"),
        {roles.COMPLIANCE_OFFICERS},
    ),
    "reject": (
        approved,
        lambda model, by: registry.model_reject(model=model, by=by, reason="leaks"),
        {roles.ANALYSTS, roles.COMPLIANCE_OFFICERS},
    ),
    "shadow": (
        candidate,
        lambda model, by: registry.shadow_start(model=model, by=by),
        {roles.ANALYSTS, roles.COMPLIANCE_OFFICERS},
    ),
}


@pytest.mark.parametrize("role", [None, *roles.ALL])
@pytest.mark.parametrize("step", STEPS)
def test_step_is_for_its_roles_only(step: str, role: str | None) -> None:
    make, take, allowed = STEPS[step]
    model, by = make(), staff(*filter(None, [role]))

    if role in allowed:
        take(model, by)
    else:
        with pytest.raises(ModelRefused, match="may not"):
            take(model, by)


def test_author_decides_nothing_about_the_own_model() -> None:
    author = staff(roles.ANALYSTS, roles.COMPLIANCE_OFFICERS)
    model = candidate(author=author)

    with pytest.raises(ModelRefused, match="somebody else must decide"):
        registry.model_validate(model=model, by=author, findings="sound")
    registry.model_validate(model=model, by=analyst(), findings="sound")
    with pytest.raises(ModelRefused, match="somebody else must decide"):
        registry.model_approve(model=model, by=author, reason="fit")


@pytest.mark.parametrize(
    ("make", "take", "because"),
    [
        (
            candidate,
            lambda model: registry.model_approve(model=model, by=officer(), reason="fit"),
            "candidate",
        ),
        (validated, lambda model: registry.model_activate(model=model, by=officer()), "validated"),
        (approved, lambda model: registry.model_retire(model=model, by=officer(), reason="x"), "approved"),
        (active, lambda model: registry.model_reject(model=model, by=officer(), reason="x"), "active"),
        (active, lambda model: registry.model_activate(model=model, by=officer()), "active"),
        (active, lambda model: registry.shadow_start(model=model, by=analyst()), "active"),
        (
            candidate,
            lambda model: registry.model_validate(model=model, by=analyst(), findings=" "),
            "a reason",
        ),
        (active, lambda model: registry.model_retire(model=model, by=officer(), reason=""), "a reason"),
        (candidate, lambda model: registry.model_reject(model=model, by=officer(), reason=""), "a reason"),
        (candidate, lambda model: registry.shadow_stop(model=model, by=analyst()), "not in shadow"),
    ],
)
def test_step_out_of_order_or_without_words_is_refused(
    make: Callable[[], ModelVersion], take: Callable[[ModelVersion], Any], because: str
) -> None:
    model = make()
    before = model.state

    with pytest.raises(ModelRefused, match=because):
        take(model)

    model.refresh_from_db()
    assert model.state == before


def test_approval_until_a_day_that_is_past_is_refused() -> None:
    with pytest.raises(ModelRefused, match="cannot be valid until 2026-02-16: the bank's day is 2026-02-17"):
        approved(valid_until_on=TODAY - dt.timedelta(days=1))


def test_expired_approval_activates_nothing(at_noon: Any) -> None:
    model = approved(valid_until_on=TODAY)
    at_noon.shift(dt.timedelta(days=1))

    with pytest.raises(ModelRefused, match="approval of early-warning-1 ended on 2026-02-17"):
        registry.model_activate(model=model, by=officer())


def test_approval_is_prolonged_by_another_one() -> None:
    model = active(valid_until_on=TODAY)

    registry.model_approve(
        model=model, by=officer(), reason="still fit", valid_until_on=TODAY + dt.timedelta(days=30)
    )

    model.refresh_from_db()
    assert (model.state, model.valid_until_on) == (State.ACTIVE, TODAY + dt.timedelta(days=30))
    assert model.decisions.filter(kind="approved").count() == 2


def test_retired_model_comes_back_with_a_new_approval() -> None:
    first = active()
    registry.model_activate(model=approved(seed=1), by=officer())

    registry.model_approve(model=first, by=officer(), reason="the new one is worse")
    registry.model_activate(model=first, by=officer())

    first.refresh_from_db()
    assert first.state == State.ACTIVE
    assert ModelVersion.objects.get(version=2).state_reason == "replaced by early-warning-1"


def test_model_of_other_features_is_not_activated() -> None:
    model = approved(schema_hash="0" * 64)

    with pytest.raises(ModelRefused, match=r"early-warning-1 cannot score: .* other features"):
        registry.model_activate(model=model, by=officer())


@pytest.mark.parametrize(
    "take",
    [
        lambda model: registry.model_activate(model=model, by=officer()),
        lambda model: registry.shadow_start(model=model, by=analyst()),
    ],
)
def test_whatever_a_library_makes_of_it_is_a_refusal(take: Callable[[ModelVersion], Any]) -> None:
    model = approved(calibration=5)

    with pytest.raises(ModelRefused, match="early-warning-1 cannot score: AttributeError"):
        take(model)


@pytest.mark.parametrize(
    ("error", "seen"), [(DataError("page"), ModelRefused), (OperationalError("away"), OperationalError)]
)
def test_stored_model_that_cannot_be_read_is_a_refusal_unless_the_database_is_away(
    error: Exception, seen: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = approved()

    def load(_: Any) -> None:
        raise error

    monkeypatch.setattr(steps, "load_stored", load)
    with pytest.raises(seen):
        registry.model_activate(model=model, by=officer())


def test_activation_retires_the_one_before_and_asks_for_everybody() -> None:
    first = active()
    DayEvaluation.objects.all().delete()

    second = registry.model_activate(model=approved(seed=1), by=officer())

    first.refresh_from_db()
    assert (first.state, first.state_reason) == (State.RETIRED, "replaced by early-warning-2")
    assert second.state == State.ACTIVE
    assert DayEvaluation.objects.get().day_on == TODAY
    assert SystemProbe.objects.get(name=SystemProbe.MODEL).detail == {
        "key": f"scores.{second.pk}",
        "model": "early-warning-2",
        "problem": "",
    }


def test_retirement_asks_for_everybody() -> None:
    model = active()
    DayEvaluation.objects.all().delete()

    registry.model_retire(model=model, by=officer(), reason="drifted")

    assert DayEvaluation.objects.get().day_on == TODAY
    assert SystemProbe.objects.get(name=SystemProbe.MODEL).detail["key"] == ""


def test_shadow_is_one_at_a_time_and_ends_with_activation() -> None:
    first, second = candidate(), approved(seed=1)
    by = analyst()

    registry.shadow_start(model=first, by=by)
    registry.shadow_start(model=second, by=by)
    registry.shadow_start(model=second, by=by)

    in_shadow = ModelVersion.objects.filter(shadow_since__isnull=False)
    assert list(in_shadow) == [second]
    registry.model_activate(model=second, by=officer())
    assert not in_shadow.all().exists()


def test_shadow_stops_on_request_and_with_rejection() -> None:
    model = registry.shadow_start(model=candidate(), by=analyst())
    assert registry.shadow_stop(model=model, by=analyst()).shadow_since is None

    registry.shadow_start(model=model, by=analyst())
    assert registry.model_reject(model=model, by=analyst(), reason="worse").shadow_since is None


@pytest.mark.django_db(transaction=True)
def test_activations_at_once_leave_one_active() -> None:
    models = [approved(), approved(seed=1)]
    officers = [officer(), officer()]

    def activate(number: int) -> Any:
        return registry.model_activate(model=models[number], by=officers[number])

    with uncommitted(lambda: activate(0)):
        second = Elsewhere(lambda _: activate(1))
        until_somebody_waits_for_a_lock()
    second.finish()

    states = ModelVersion.objects.order_by("version").values_list("state", flat=True)
    assert list(states) == [State.RETIRED, State.ACTIVE]


@pytest.mark.django_db(transaction=True)
def test_activating_twice_at_once_is_refused_once() -> None:
    model, by = approved(), officer()

    def activate(_: Any = None) -> Any:
        return registry.model_activate(model=model, by=by)

    with uncommitted(activate):
        second = Elsewhere(activate)
        until_somebody_waits_for_a_lock()

    with pytest.raises(ModelRefused, match="is active"):
        second.finish()


@pytest.mark.django_db(transaction=True)
def test_day_that_is_begun_again_is_not_closed_meanwhile() -> None:
    CustomerFactory.create()
    day_open(day=TODAY)
    DayRange.objects.all().delete()

    with uncommitted(day_evaluate_again):
        closing = Elsewhere(lambda _: day_close_finished())
        until_somebody_waits_for_a_lock()

    assert closing.finish() == 0
    assert DayEvaluation.objects.get().state == DayEvaluation.State.RUNNING

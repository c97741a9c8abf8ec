"""The model page: who may see it, what it shows of every version, and what it admits not to know."""

import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import roles
from risk.levels import Level
from risk.model import registry
from risk.model_page.shadow import Pair, comparison_of
from risk.models import CurrentRisk, ModelVersion, MonitoringReport, ShadowRisk
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests import made_metrics, small_models
from risk.tests.factories import TODAY
from risk.tests.registered import active, analyst, candidate, officer, staff, trained
from risk.tests.test_standing import as_owner
from risk.tests.voices import Voice, borrower, listening, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(address: str = "/models/", *, user: User | None = None, **headers: Any) -> str:
    response = logged_in(user or analyst()).get(address, **headers)
    assert response.status_code == 200
    return response.content.decode()


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ")


def measured(**manifest: Any) -> ModelVersion:
    """An active model with the metrics of a whole run."""
    ubj = trained()
    training = {
        "rows": 240_000, "misses": 7_200, "customers": 20_000, "moments": ["2025-10-01"] * 30, "rounds": 180,
        "data_from_on": "2025-06-01", "data_until_on": "2026-02-01", "seed": 2026, "currency": "INR",
        "code_version": "3f2a1bc9", "xgboost_version": "3.2.0", "splits": {"words": "By time and by customer."},
    }  # fmt: skip
    model = registry.model_save(
        author=analyst(),
        ubj=ubj,
        manifest=small_models.manifest(ubj, training=training, **manifest),
        metrics=made_metrics.metrics(),
    )
    by = officer()
    registry.model_validate(model=model, by=by, findings="Reproduced: the same bytes.")
    registry.model_approve(model=model, by=by, reason="Fit for ordering outreach.")
    return registry.model_activate(model=model, by=by)


@pytest.mark.parametrize("address", ["/models/", "/models/now/", "/models/1/"])
def test_anonymous_is_sent_to_the_login(address: str) -> None:
    assert Client().get(address)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("role", sorted(roles.BANK_WIDE))
def test_bank_wide_roles_see_it(role: str) -> None:
    assert "Early-warning model" in page(user=staff(role))


@pytest.mark.parametrize("address", ["/models/", "/models/now/"])
def test_others_are_told_that_it_is_not_for_them(address: str) -> None:
    for user in (staff(roles.RELATIONSHIP_MANAGERS), staff(is_superuser=True, is_staff=True)):
        response = logged_in(user).get(address)

        assert response.status_code == 403
        assert "not for your role" in response.content.decode()


def test_without_a_model_it_says_how_to_train_one() -> None:
    found = text(page())

    assert "Rules alone. No approved model is active" in found
    assert "manage.py train_model --data DIR --author NAME" in found
    assert found.count("Never run.") == 5


def test_active_model_says_what_it_is_and_who_decided() -> None:
    model = measured()
    decision = model.decisions.get(kind="approved")

    found = text(page())

    assert "early-warning-1 scores." in found
    assert model.manifest_sha256 in found
    assert model.artifact_id in found
    assert "2025-06-01 to 2026-02-01, 30 moments" in found
    assert "2,40,000 of 20,000 customers, 7,200 misses" in found
    assert f"{decision.decided_by.username} approved it on" in found
    assert "“Fit for ordering outreach.” By program, operating-system account " in found
    assert f"{model.author.username}" in found
    assert "as this release computes them" in found


def test_metrics_stand_beside_the_baselines() -> None:
    measured()

    found = text(page())

    assert "0.400 (0.370–0.430)" in found
    assert "scorecard 0.300" in found
    assert "The worst tenth." in found
    assert "Median lead time, days 16" in found
    assert "Weigh this." in found


OTHERWISE = "jsonb_set(metrics, '{folds}', '9')"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("table", "guard", "hashed"),
    [
        ("risk_modelversion", "model_hash_is_of_metrics", "metrics_sha256"),
        (
            "risk_modeldecision",
            "decision_is_of_this_version",
            f"encode(sha256(convert_to({OTHERWISE}::text, 'UTF8')), 'hex')",
        ),
    ],
)
def test_altered_metrics_are_not_shown(table: str, guard: str, hashed: str) -> None:
    model = measured()
    as_owner(
        "ALTER TABLE risk_modelversion DISABLE TRIGGER USER",
        f"ALTER TABLE {table} DROP CONSTRAINT {guard}",
        f"UPDATE risk_modelversion SET metrics = {OTHERWISE}, metrics_sha256 = {hashed}",  # noqa: S608
    )

    for address in ("/models/", f"/admin/risk/modelversion/{model.pk}/change/"):
        found = page(address, user=staff(roles.ANALYSTS, is_staff=True))
        assert "ltered" in found
        assert "The worst tenth." not in found


def test_every_version_can_be_looked_at() -> None:
    first, second = active(), candidate(seed=2)

    assert "early-warning-1: active" in text(page())
    found = text(page(f"/models/{second.pk}/"))
    assert "early-warning-2: candidate" in found
    assert "Nobody has decided about it yet." in found
    assert f'href="/models/{first.pk}/"' in page(f"/models/{second.pk}/")


def test_newest_version_is_shown_where_none_is_active() -> None:
    candidate()
    candidate(seed=2)

    assert "early-warning-2: candidate" in text(page())


def test_version_that_is_not_there_is_not_found() -> None:
    assert logged_in(analyst()).get("/models/99/").status_code == 404


def test_rejected_version_says_why() -> None:
    ubj = trained()
    registry.model_save(
        author=analyst(),
        ubj=ubj,
        manifest=small_models.manifest(ubj, schema_hash="0" * 64, training={}, population={}),
        metrics={},
        rejection_reason="The model is not better than the scorecard.",
    )

    found = text(page())

    assert "early-warning-1: rejected" in found
    assert "The model is not better than the scorecard." in found
    assert "not those of this release: it cannot score" in found
    assert "of no form that this release knows" in found


def test_simulated_data_are_called_so() -> None:
    measured(name="early-warning")
    assert "simulated data" not in text(page())
    ubj = trained(seed=3)
    simulated = small_models.manifest(ubj, training={"is_simulated": True})
    model = registry.model_save(author=analyst(), ubj=ubj, manifest=simulated, metrics={})

    assert "Trained on simulated data" in text(page(f"/models/{model.pk}/"))


@pytest.mark.parametrize(
    ("role", "is_staff", "is_linked"),
    [(roles.ANALYSTS, True, True), (roles.ANALYSTS, False, False), (roles.SUPERVISORS, True, False)],
)
def test_steps_are_linked_for_those_who_may_take_them(role: str, is_staff: bool, is_linked: bool) -> None:
    candidate()

    html = page(user=staff(role, is_staff=is_staff))

    assert ("/admin/risk/modelversion/" in html) is is_linked


def test_reports_are_those_of_the_version_or_of_none() -> None:
    model, other = active(), candidate(seed=2)
    failed = {"verdict": "failed", "alarms": [], "in_words": "of this version"}
    MonitoringReport.objects.create(kind="fairness", model=model, as_of_on=TODAY, report=failed)
    MonitoringReport.objects.create(
        kind="performance", model=other, as_of_on=TODAY, report={**failed, "in_words": "of the other"}
    )
    parity = {"customers": 10, "values": 450, "mismatches": 0, "rate": 0, "limit": 0.001, "holds": True}
    MonitoringReport.objects.create(
        kind="parity", as_of_on=TODAY, report={**parity, "features": {}, "seed": 1}
    )

    found = text(page())

    assert "The check failed: of this version. As of bank day 17 Feb 2026, early-warning-1." in found
    assert "of the other" not in found
    assert "0 of 450 values of 10 customers differ" in found
    assert found.count("Never run.") == 3


def refresh(refresher: Refresher, *customers: Any) -> None:
    mark_dirty([customer.pk for customer in customers])
    refresher.run(until=time.monotonic() + 60)


def test_now_counts_what_the_model_says_of_everybody() -> None:
    active()
    refresh(listening(Voice(0.7)), borrower(), borrower(), spender())

    found = text(page("/models/now/", headers=PARTIAL))

    assert "HIGH 2 66.7 % 2 70.0 %" in found
    assert "Does not speak of 1 33.3 % 0 –" in found
    assert "No version runs in shadow." in found
    assert "<html" not in page("/models/now/", headers=PARTIAL)


def test_now_is_a_page_of_its_own_without_scripts() -> None:
    assert "<html" in page("/models/now/")


def test_shadow_is_compared_with_what_decides() -> None:
    active()
    model = candidate(seed=2)
    registry.shadow_start(model=model, by=officer())
    assert "It has scored nobody yet" in text(page("/models/now/"))
    customers = [borrower() for _ in range(3)]
    refresh(listening(Voice(0.4)), *customers)
    CurrentRisk.objects.filter(customer=customers[0]).update(band=Level.HIGH, level=Level.HIGH)
    # The clock of this test stands at noon of another day than the database's.
    ShadowRisk.objects.update(evaluated_at=Now())

    found = text(page("/models/now/"))

    assert "early-warning-2, in shadow since" in found
    assert (
        "Of 3 customers scored by it, 66.7 % would keep their final level. Same band as the active model: 66.7 %."
        in found
    )
    assert "HIGH 0 1 0" in found
    assert "MEDIUM 2 3 +1" in found


def test_comparison_without_an_active_model_is_of_levels_alone() -> None:
    found = comparison_of([Pair(Level.LOW, None, Level.HIGH, Level.HIGH, 7)], currency="INR")

    assert found is not None
    assert (found.band_agreement, found.level_agreement) == ("–", "0.0\u00a0%")
    assert comparison_of([], currency="INR") is None


def test_queries_do_not_grow_with_versions() -> None:
    measured()
    client = logged_in(analyst())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/models/").status_code == 200
        return len(captured)

    few = queries()
    for seed in range(4, 8):
        candidate(seed=seed)

    assert queries() == few
    assert few <= 12


def test_pages_carry_no_inline_script_or_style() -> None:
    measured()

    for html in (page(), page("/models/now/")):
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", html)

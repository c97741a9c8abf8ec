"""Once per bank day and model, one part at a time, and what becomes of a part that fails."""

import datetime as dt
import json
from io import StringIO
from unittest.mock import Mock

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from audit.models import AuditEvent
from customers.tests.factories import CustomerFactory
from risk.model.registry import shadow_start
from risk.model.specs import NAMES
from risk.models import Alert, DayEvaluation, DirtyCustomer, MonitoringReport
from risk.monitoring import daily, drift, parity
from risk.monitoring.checks import Check, check_run, in_json, seed_of
from risk.monitoring.daily import monitor_next
from risk.monitoring.sampling import Sample
from risk.monitoring.subject import standing_subjects, subject_of
from risk.tasks import monitor
from risk.tests import registered
from risk.tests.borrowers import borrowers_store
from risk.tests.factories import NOON, TODAY
from risk.tests.monitored_models import UNSEEN_FROM, active, evaluated, manifest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("at_noon"),
]
KINDS = ["drift", "performance", "fairness", "parity"]


def done_kinds() -> list[str]:
    return list(MonitoringReport.objects.order_by("id").values_list("kind", flat=True))


def run(command: str, **options: object) -> str:
    output = StringIO()
    call_command(command, stdout=output, **options)
    return output.getvalue()


def failing(error: Exception) -> Check:
    def measure(subject: object, sample: object) -> dict[str, object]:
        raise error

    return Check(kind="drift", measure=measure)


def alarming(*alarms: str) -> Check:
    report = {"verdict": "drifted", "alarms": list(alarms), "in_words": "2 of 46 columns drifted"}
    return Check(kind="drift", measure=lambda subject, sample: report)


def test_every_part_is_done_once_in_order():
    borrowers_store(3)
    model = active()
    evaluated()

    assert [monitor_next(day=TODAY) for _ in range(5)] == [True] * 4 + [False]
    assert done_kinds() == KINDS
    assert list(MonitoringReport.objects.order_by("id").values_list("model", flat=True)) == [
        model.pk, model.pk, model.pk, None,
    ]  # fmt: skip
    reports = MonitoringReport.objects.exclude(kind="parity").values_list("report__verdict", flat=True)
    assert set(reports) == {"too_few"}
    # Three customers are too few to see a drift of the model that decides: that is not passed over in silence.
    [alert] = Alert.objects.all()
    assert alert.dedupe_key == f"drift.{model.pk}.{TODAY}"
    assert alert.detail["alarms"] == ["too_few"]


def test_next_day_is_done_anew():
    active()
    evaluated()
    evaluated(TODAY + dt.timedelta(days=1))
    while monitor_next(day=TODAY):
        pass

    assert monitor_next(day=TODAY + dt.timedelta(days=1))


def test_nothing_is_done_before_everybody_is_evaluated():
    active()

    assert DayEvaluation.objects.get().state == DayEvaluation.State.RUNNING
    assert not monitor_next(day=TODAY)
    DayEvaluation.objects.all().delete()
    assert not monitor_next(day=TODAY)
    assert done_kinds() == []


def test_nothing_is_done_while_the_risk_cycle_is_behind(monkeypatch):
    monkeypatch.setattr(daily, "CHUNK", 3)
    active()
    evaluated()
    waiting = [
        DirtyCustomer.objects.create(customer=customer) for customer in CustomerFactory.create_batch(3)
    ]

    assert not monitor_next(day=TODAY)
    DirtyCustomer.objects.filter(pk=waiting[0].pk).update(failed_at=NOON, error="set aside")
    assert monitor_next(day=TODAY)


def test_nothing_is_done_without_a_model():
    registered.approved()
    evaluated()

    assert not monitor_next(day=TODAY)
    assert "there is nothing to monitor" in run("monitor_model")
    assert "there is nothing to compare with" in run("check_drift")
    assert done_kinds() == []


def test_model_in_shadow_is_monitored_too():
    first = active()
    second = registered.candidate(seed=1, **manifest())
    shadow_start(model=second, by=registered.officer())
    evaluated()
    while monitor_next(day=TODAY):
        pass

    drifts = MonitoringReport.objects.filter(kind="drift").values_list("model", flat=True)
    assert set(drifts) == {first.pk, second.pk}
    assert done_kinds().count("parity") == 1


def test_model_that_may_not_score_is_not_monitored(at_noon):
    active()
    at_noon.shift(dt.timedelta(days=400))
    evaluated(TODAY + dt.timedelta(days=400))

    assert standing_subjects() == []
    assert not monitor_next(day=TODAY + dt.timedelta(days=400))


def test_one_process_at_a_time():
    active()
    evaluated()
    with psycopg.connect(settings.DATABASE_OWNER_URL) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('risk.monitoring'))")

        assert not monitor_next(day=TODAY)
        assert done_kinds() == []
        other.execute("SELECT pg_advisory_unlock(hashtext('risk.monitoring'))")

        assert monitor_next(day=TODAY)


def test_part_that_fails_says_so_and_is_not_tried_again(monkeypatch):
    model = active(reference={})
    evaluated()

    assert [monitor_next(day=TODAY) for _ in range(5)] == [True] * 4 + [False]

    [report] = MonitoringReport.objects.filter(kind="drift")
    assert report.report["verdict"] == "failed"
    assert "format None" in report.report["in_words"]
    [alert] = Alert.objects.all()
    assert alert.dedupe_key == f"monitoring_failed.drift.{model.pk}.{TODAY}"
    assert "early-warning-1, 2026-02-17: the check of drift failed" in alert.message


def test_part_that_the_database_interrupted_is_tried_again(monkeypatch):
    active()
    evaluated()
    monkeypatch.setattr(daily, "CHECKS", (failing(OperationalError("gone")),))

    assert monitor_next(day=TODAY)

    assert not Alert.objects.exists()
    monkeypatch.setattr(daily, "CHECKS", (drift.CHECK,))
    assert monitor_next(day=TODAY)
    verdicts = MonitoringReport.objects.order_by("id").values_list("report__verdict", flat=True)
    assert list(verdicts) == ["failed", "too_few"]


def test_part_that_the_database_interrupts_again_and_again_is_given_up_for_the_day(monkeypatch):
    model = active()
    evaluated()
    evaluated(TODAY + dt.timedelta(days=1))
    monkeypatch.setattr(daily, "CHECKS", (failing(OperationalError("statement timeout")),))

    kinds = [monitor_next(day=TODAY) and done_kinds()[-1] for _ in range(6)]

    assert kinds == ["drift", "drift", "drift", "parity", False, False]
    [alert] = Alert.objects.all()
    assert alert.dedupe_key == f"monitoring_failed.drift.{model.pk}.{TODAY}"
    assert alert.detail == {"error": "OperationalError: statement timeout"}
    # The next bank day begins anew.
    assert monitor_next(day=TODAY + dt.timedelta(days=1))
    assert done_kinds()[-1] == "drift"


def test_database_that_is_away_altogether_is_asked_again_with_the_next_tick(monkeypatch):
    active()
    evaluated()
    monkeypatch.setattr(daily, "CHECKS", (failing(OperationalError("gone")),))
    monkeypatch.setattr(MonitoringReport.objects, "create", Mock(side_effect=OperationalError("still gone")))

    with pytest.raises(OperationalError, match="still gone"):
        monitor_next(day=TODAY)

    assert done_kinds() == []


def test_task_does_the_next_part():
    active()
    evaluated()

    monitor()

    assert done_kinds() == ["drift"]


def test_alarm_is_raised_once_for_a_model_and_day_and_audited():
    model = active()
    [subject] = standing_subjects()
    sample = Sample(day=TODAY, count=10, seed=4)

    first = check_run(check=alarming("income_change"), subject=subject, sample=sample)
    check_run(check=alarming("income_change"), subject=subject, sample=sample)

    [alert] = Alert.objects.all()
    assert alert.message == "early-warning-1, 2026-02-17: 2 of 46 columns drifted"
    assert alert.detail == {"report": first.pk, "model": model.pk, "alarms": ["income_change"]}
    assert first.report["sample"] == {"asked": 10, "seed": 4}
    events = AuditEvent.objects.filter(action="risk.model.monitored")
    assert [event.detail["alarms"] for event in events] == [["income_change"]] * 2


def test_parity_that_does_not_hold_tells_operators(monkeypatch):
    active()
    found = parity.Parity(
        as_of_on=TODAY, seed=1, customers=2, tallies={"a": parity.Tally(values=10, mismatches=1)}
    )
    monkeypatch.setattr(parity, "parity_check", lambda **options: found)

    monkeypatch.setattr(daily, "CHECKS", (alarming(), *daily.CHECKS[1:]))
    with pytest.raises(CommandError, match="1 of 4 checks alarmed"):
        run("monitor_model")

    [alert] = Alert.objects.all()
    assert alert.message == "2026-02-17: 1 of 10 live features are not what the raw rows say"


def test_command_does_everything_at_once_and_again(monkeypatch):
    active()
    monkeypatch.setattr(daily, "CHECKS", (alarming(), *daily.CHECKS[1:]))

    first, second = run("monitor_model", sample=50), run("monitor_model", sample=50)

    assert first == second
    assert [line.split()[0] for line in first.splitlines()] == KINDS
    assert done_kinds() == KINDS * 2


@pytest.mark.parametrize("command", ["monitor_model", "check_drift"])
def test_commands_want_a_sample(command):
    with pytest.raises(CommandError, match="at least 1"):
        run(command, sample=0)


def test_drift_of_a_day_to_come_is_refused():
    with pytest.raises(CommandError, match="2026-02-18 is still to come"):
        run("check_drift", as_of=TODAY + dt.timedelta(days=1))


def test_drift_of_any_version_can_be_checked():
    borrowers_store(3)
    registered.candidate(**manifest())

    told = run("check_drift", model="early-warning-1", as_of=TODAY - dt.timedelta(days=2))

    assert "3 customers are too few to conclude anything from" in told
    assert MonitoringReport.objects.get().as_of_on == TODAY - dt.timedelta(days=2)


def test_drift_is_printed_as_json():
    shadow_start(model=registered.candidate(**manifest()), by=registered.officer())

    [report] = json.loads(run("check_drift", json=True))

    assert report == MonitoringReport.objects.get().report
    # A model in shadow decides nothing: too few customers are no alarm.
    assert (report["verdict"], report["alarms"], report["estimated"]) == ("too_few", [], None)
    assert report["coverage"]["share"] is None
    assert len(report["columns"]) == len(NAMES) + 1


def test_drift_makes_the_command_fail_and_shows_every_alarm(monkeypatch):
    names = [f"feature_{number}" for number in range(12)]
    column = {"verdict": "drifted", "psi": 3.0, "psi_threshold": 0.5, "ks": None, "ks_threshold": 0.2}
    report = {
        "verdict": "drifted", "alarms": names, "in_words": "12 of 12 columns drifted", "customers": 600, "rows": 2_400,
        "moments": {"from_on": "2026-01-20", "until_on": "2026-02-16"},
        "columns": [{"name": name} | column for name in names],
    }  # fmt: skip
    monkeypatch.setattr(drift, "CHECK", Check(kind="drift", measure=lambda subject, sample: report))
    active()
    output = StringIO()

    with pytest.raises(CommandError, match="Something drifted") as refused:
        call_command("check_drift", stdout=output)

    assert refused.value.returncode == 1
    assert "600 customers, 2,400 rows: 12 of 12 columns drifted." in output.getvalue()
    assert [line.split()[:4] for line in output.getvalue().splitlines()[2:]] == [
        [name, "3.000", "0.500", "–"] for name in names
    ]


def test_drift_against_no_reference_is_refused():
    registered.candidate()

    with pytest.raises(CommandError, match="no reference to compare with"):
        run("check_drift", model="early-warning-1")


def test_altered_model_is_not_checked():
    model = registered.candidate()
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
        owner.execute("ALTER TABLE risk_modelartifact DISABLE TRIGGER USER")
        owner.execute("ALTER TABLE risk_modelartifact DROP CONSTRAINT artifact_hash_is_of_content")
        owner.execute("UPDATE risk_modelartifact SET content = content || '\\x00'::bytea")

    with pytest.raises(CommandError, match="altered"):
        run("check_drift", model=str(model))


def test_seed_is_of_the_model_and_the_day():
    subject = subject_of(registered.candidate())

    today = seed_of(subject=subject, day=TODAY)
    assert today == seed_of(subject=subject, day=TODAY)
    assert today != seed_of(subject=subject, day=TODAY + dt.timedelta(days=1))


def test_subject_knows_how_long_its_labels_took_and_whose_they_are():
    subject = subject_of(registered.candidate(**manifest()))
    assert subject.unseen_from_on == UNSEEN_FROM
    assert subject.learnt_missed_instalments

    subject.model.metrics = {"data": {"labels_from": "file", "label_days": 90}}

    assert subject.unseen_from_on == UNSEEN_FROM + dt.timedelta(days=90 - 33)
    assert not subject.learnt_missed_instalments


def test_reports_hold_only_what_json_knows():
    found = in_json({"a": float("nan"), "b": [1 / 3, (2, "x")], "c": None, "d": True})

    assert found == {"a": None, "b": [0.333333, [2, "x"]], "c": None, "d": True}

"""Every part of the system on Home: what is said of it, and that nothing is called working on an old look."""

import datetime as dt

import pytest
from django.utils import timezone

from interventions.console import status
from interventions.console.home.redis_look import RedisLook
from interventions.console.home.system import system_parts
from interventions.console.status import Part, State
from interventions.contact import breaker
from interventions.models import ProviderRest
from interventions.tests import staff
from risk.models import SystemProbe
from risk.tests import registered

pytestmark = pytest.mark.django_db
WELL = RedisLook(waiting=0, cache_answers=True)
PROBED = (
    SystemProbe.EVENT_LOG, SystemProbe.RISK_ENGINE, SystemProbe.WORKERS, SystemProbe.CONSUMERS, SystemProbe.AUDIT,
)  # fmt: skip
# Which parts each look tells of.
TOLD_BY = {
    SystemProbe.EVENT_LOG: {"last_event", "lag"},
    SystemProbe.RISK_ENGINE: {"evaluation", "model"},
    SystemProbe.WORKERS: {"workers", "sending"},
    SystemProbe.CONSUMERS: {"consumers"},
    SystemProbe.AUDIT: {"audit"},
}


def probe(name: str, *, age_seconds: float = 3, is_ok: bool = True, **detail: object) -> None:
    at = timezone.now() - dt.timedelta(seconds=age_seconds)
    SystemProbe.objects.create(name=name, is_ok=is_ok, detail=detail, probed_at=at)


def shown(redis: RedisLook = WELL, *, counted_seconds_ago: float | None = 20) -> dict[str, Part]:
    counted_at = None
    if counted_seconds_ago is not None:
        counted_at = timezone.now() - dt.timedelta(seconds=counted_seconds_ago)
    parts = system_parts(probes=status.read_probes(), redis=redis, counted_at=counted_at)
    return {part.key: part for part in parts}


def seen(*ages_seconds: float) -> dict[str, dict[str, str]]:
    now = timezone.now()
    return {
        str(number): {"at": (now - dt.timedelta(seconds=age)).isoformat()}
        for number, age in enumerate(ages_seconds)
    }


def test_everything_that_was_looked_at_lately_is_working() -> None:
    now = timezone.now().isoformat()
    for name in PROBED:
        probe(name, lag=0, last_event_at=now, evaluated_at=now, verified_at=now, seen=seen(3))

    assert {part.state for part in shown().values()} == {State.OK}
    assert all(part.probed_at for part in shown().values())


@pytest.mark.parametrize("name", PROBED)
def test_an_old_look_makes_its_parts_stale(name: str) -> None:
    for each in PROBED:
        probe(each, age_seconds=600 if each == name else 3)

    stale = {key for key, part in shown().items() if part.state == State.STALE}

    assert stale == TOLD_BY[name]


def test_what_nobody_ever_looked_at_is_not_called_working() -> None:
    found = shown(counted_seconds_ago=None)

    working = {key for key, part in found.items() if part.state == State.OK}
    assert working == {"database", "broker", "cache"}
    assert {part.state for key, part in found.items() if key not in working} == {State.UNKNOWN}


def test_lag_that_stands_still_is_a_failure() -> None:
    at = (timezone.now() - status.STANDS_AFTER - dt.timedelta(seconds=1)).isoformat()
    probe(SystemProbe.EVENT_LOG, lag=5, moved_at=at)

    found = shown()["lag"]

    assert (found.state, found.text) == (State.FAILING, "5 events waiting")
    assert "none is stored" in found.note


@pytest.mark.parametrize(("lag", "moved_seconds_ago"), [(0, 100), (5, 10)])
def test_lag_that_is_being_stored_is_none(lag: int, moved_seconds_ago: int) -> None:
    at = (timezone.now() - dt.timedelta(seconds=moved_seconds_ago)).isoformat()
    probe(SystemProbe.EVENT_LOG, lag=lag, moved_at=at)

    assert shown()["lag"].state == State.OK


@pytest.mark.parametrize(("waiting", "words"), [(7, "no worker is running"), (0, "beat is not running")])
def test_missing_ticks_are_told_by_what_waits(waiting: int, words: str) -> None:
    probe(SystemProbe.WORKERS, age_seconds=60, seen=seen(60))

    found = shown(RedisLook(waiting=waiting, cache_answers=True))["workers"]

    assert found.state == State.STALE
    assert words in found.note


def test_only_processes_seen_lately_are_counted() -> None:
    probe(SystemProbe.WORKERS, seen=seen(3, 50, 70))
    probe(SystemProbe.CONSUMERS, seen=seen(3, 40))

    found = shown()

    assert found["workers"].text == "2 workers at work"
    assert found["consumers"].text == "1 running"


def test_each_redis_is_told_by_itself() -> None:
    away = shown(RedisLook(waiting=None, cache_answers=True))
    assert (away["broker"].state, away["cache"].state) == (State.FAILING, State.OK)

    away = shown(RedisLook(waiting=3, cache_answers=False))
    assert (away["broker"].text, away["cache"].state) == ("answers, 3 tasks waiting", State.FAILING)


@pytest.mark.parametrize(("seconds", "state"), [(20, State.OK), (200, State.STALE)])
def test_counts_have_their_age(seconds: float, state: State) -> None:
    assert shown(counted_seconds_ago=seconds)["counts"].state == state


def test_model_in_force_is_shown_with_its_age() -> None:
    probe(SystemProbe.RISK_ENGINE)
    registered.active()
    SystemProbe.objects.filter(name=SystemProbe.MODEL).update(probed_at=timezone.now() - dt.timedelta(days=9))

    found = shown()["model"]

    assert found.state == State.OK
    assert found.text.startswith("early-warning-1, in force since ")
    assert found.text.endswith("trained 0 days ago")


def test_models_problem_is_a_failure() -> None:
    probe(SystemProbe.RISK_ENGINE)
    probe(SystemProbe.MODEL, is_ok=False, model="", problem="early-warning-3: its stored bytes were altered")

    found = shown()["model"]

    assert (found.state, found.text) == (State.FAILING, "rules alone")
    assert "altered" in found.note


def test_faults_of_the_audit_are_said() -> None:
    probe(SystemProbe.AUDIT, is_ok=False, faults=["No checkpoint has been signed."], fault_count=1)

    found = shown()["audit"]

    assert (found.state, found.note, found.text) == (
        State.FAILING, "No checkpoint has been signed.", "never verified",
    )  # fmt: skip


def test_open_breaker_and_resting_providers_are_said() -> None:
    ProviderRest.objects.create(provider="twilio", until_at=timezone.now() + dt.timedelta(minutes=3))
    ProviderRest.objects.create(provider="mended", until_at=timezone.now() - dt.timedelta(minutes=3))
    found = shown()["sending"]
    assert (found.state, found.text) == (State.FAILING, "1 provider rests")
    assert "twilio failed" in found.note

    breaker.open(by=staff.supervisor(), reason="too many")
    assert shown()["sending"].text == "stopped"


def test_nothing_is_sent_where_no_worker_runs() -> None:
    probe(SystemProbe.WORKERS, age_seconds=90, seen=seen(90))

    found = shown()["sending"]

    assert (found.state, found.note) == (State.STALE, "Workers send: messages wait until one runs.")

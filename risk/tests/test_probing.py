"""What workers note of themselves for the status page."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings as django_settings

from audit import standing
from audit.standing import Trail
from risk import probing, tasks
from risk.models import SystemProbe
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db


def probe(name: str) -> SystemProbe:
    return SystemProbe.objects.get(name=name)


def test_each_process_is_noted_with_its_moment() -> None:
    with time_machine.travel(NOON, tick=False):
        probing.seen(part=SystemProbe.CONSUMERS, who="a:1", partitions=2)
    later = NOON + dt.timedelta(seconds=5)
    with time_machine.travel(later, tick=False):
        probing.seen(part=SystemProbe.CONSUMERS, who="b:2", partitions=1)

    found = probe(SystemProbe.CONSUMERS)

    assert found.probed_at == later
    assert {
        who: (dt.datetime.fromisoformat(each["at"]), each["partitions"])
        for who, each in found.detail["seen"].items()
    } == {
        "a:1": (NOON, 2),
        "b:2": (later, 1),
    }


def test_process_that_is_gone_is_forgotten() -> None:
    with time_machine.travel(NOON, tick=False):
        probing.seen(part=SystemProbe.WORKERS, who="a:1")
    with time_machine.travel(NOON + probing.REMEMBERED + dt.timedelta(seconds=1), tick=False):
        probing.seen(part=SystemProbe.WORKERS, who="b:2")

    assert list(probe(SystemProbe.WORKERS).detail["seen"]) == ["b:2"]


def test_tick_notes_the_worker() -> None:
    tasks.tick.apply(throw=True)

    assert len(probe(SystemProbe.WORKERS).detail["seen"]) == 1


def test_beat_asks_for_what_the_status_page_needs() -> None:
    asked = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}

    assert {tasks.tick.name, tasks.look_at_audit.name} <= asked


def test_sound_audit_is_noted_as_such() -> None:
    tasks.look_at_audit()

    found = probe(SystemProbe.AUDIT)

    assert (found.is_ok, found.detail["fault_count"], found.detail["verified_at"]) == (True, 0, None)


def test_faults_of_the_audit_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [f"fault {number}" for number in range(7)]
    trail = Trail(sealed=3, waiting=0, checkpoint=None, uncovered=3, verified=None, whole=None, faults=faults)
    monkeypatch.setattr(standing, "trail", lambda: trail)

    tasks.look_at_audit()

    found = probe(SystemProbe.AUDIT)
    assert (found.is_ok, found.detail["fault_count"]) == (False, 7)
    assert found.detail["faults"] == faults[: probing.MOST_FAULTS]

"""A customer whose evaluation fails: set aside, said aloud, in nobody's way, and tried again on news."""

import datetime as dt
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
import structlog
import time_machine
from django.core.management import call_command

from customers.tests.factories import CustomerFactory
from risk import reading, refresh
from risk.models import Alert, CurrentRisk, DayRange, DirtyCustomer, SystemProbe
from risk.refresh import Refresher
from risk.services import bank_day_tick, mark_dirty
from risk.tests.factories import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
Poison = Callable[..., None]


@pytest.fixture
def customers() -> list[int]:
    return [CustomerFactory.create().pk for _ in range(7)]


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Poison:
    """Let the evaluation of some customers fail from now on."""
    read = reading.read_dues

    def let(*ids: int) -> None:
        def read_dues(**arguments: Any) -> Any:
            if poisoned := set(ids) & set(arguments["ids"]):
                raise ValueError(f"cannot evaluate {min(poisoned)}")
            return read(**arguments)

        monkeypatch.setattr(reading, "read_dues", read_dues)

    return let


def run(refresher: Refresher) -> None:
    refresher.note.taken_at = float("-inf")
    refresher.run(until=time.monotonic() + 60)


def set_aside() -> set[int]:
    return set(DirtyCustomer.objects.filter(failed_at__isnull=False).values_list("pk", flat=True))


def evaluated() -> set[int]:
    return set(CurrentRisk.objects.values_list("pk", flat=True))


def test_one_who_fails_is_set_aside_and_the_others_are_evaluated(
    refresher: Refresher, customers: list[int], poison: Poison
) -> None:
    poison(customers[3])
    mark_dirty(customers)

    with structlog.testing.capture_logs() as logs:
        run(refresher)

    assert set_aside() == {customers[3]}
    assert evaluated() == set(customers) - {customers[3]}
    assert DirtyCustomer.objects.get().error == f"ValueError: cannot evaluate {customers[3]}"
    assert [line["first"] for line in logs if line["event"] == "set aside"] == [[customers[3]]]


def test_set_aside_customers_are_passed_over_until_news_come(
    refresher: Refresher, customers: list[int], poison: Poison
) -> None:
    poison(*customers[:2])
    mark_dirty(customers)
    run(refresher)
    poison()
    run(refresher)
    assert set_aside() == set(customers[:2])

    mark_dirty(customers[:1])
    run(refresher)

    assert set_aside() == {customers[1]}
    assert evaluated() == set(customers) - {customers[1]}


def test_command_tries_again(refresher: Refresher, customers: list[int], poison: Poison) -> None:
    poison(customers[0])
    mark_dirty(customers)
    run(refresher)
    poison()

    said = io.StringIO()
    call_command("retry_set_aside", stdout=said)
    run(refresher)

    assert said.getvalue() == "1 customers will be evaluated again.\n"
    assert evaluated() == set(customers)
    assert not DirtyCustomer.objects.exists()


def test_a_failure_does_not_hold_up_the_day_and_the_next_day_tries_again(
    refresher: Refresher, customers: list[int], poison: Poison, at_noon: time_machine.Traveller
) -> None:
    poison(customers[6])
    bank_day_tick()
    run(refresher)
    assert not DayRange.objects.exists()
    assert (set_aside(), len(evaluated())) == ({customers[6]}, 6)

    poison()
    at_noon.shift(dt.timedelta(days=1))
    bank_day_tick()
    run(refresher)

    assert (set_aside(), len(evaluated())) == (set(), 7)


def test_where_all_fail_the_search_for_one_ends(
    refresher: Refresher, customers: list[int], poison: Poison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "MOST_SEARCHED", 2)
    poison(*customers)
    mark_dirty(customers)

    with structlog.testing.capture_logs() as logs:
        run(refresher)

    assert [line["customers"] for line in logs if line["event"] == "set aside"] == [1, 1, 1, 4]
    assert set_aside() == set(customers)


def test_operators_are_told_once_a_day_and_the_probe_says_so(
    refresher: Refresher, customers: list[int], poison: Poison
) -> None:
    poison(customers[1], customers[4])
    mark_dirty(customers)
    run(refresher)
    mark_dirty(customers[1:2])
    run(refresher)

    alert = Alert.objects.get()
    assert (alert.kind, alert.detail) == (Alert.Kind.OPERATIONAL, {"customers": [customers[1], customers[4]]})
    probe = SystemProbe.objects.get(name=SystemProbe.RISK_ENGINE)
    assert (probe.is_ok, probe.detail["set_aside"]) == (False, 2)

    poison()
    mark_dirty(customers)
    run(refresher)
    assert SystemProbe.objects.get(name=SystemProbe.RISK_ENGINE).is_ok


def test_set_aside_customer_keeps_the_repayment_that_waits(
    refresher: Refresher, customers: list[int], poison: Poison
) -> None:
    repaid_at = dt.datetime(2026, 2, 17, 6, tzinfo=dt.UTC)
    poison(customers[2])
    mark_dirty(customers)
    DirtyCustomer.objects.filter(pk=customers[2]).update(repayment_from=repaid_at)

    run(refresher)

    assert DirtyCustomer.objects.get().repayment_from == repaid_at


def test_a_days_range_is_evaluated_as_of_that_day_by_a_clock_that_is_behind(
    refresher: Refresher, customers: list[int], at_noon: time_machine.Traveller
) -> None:
    at_noon.shift(dt.timedelta(days=1))
    bank_day_tick()
    at_noon.shift(dt.timedelta(days=-1))

    run(refresher)

    assert set(CurrentRisk.objects.values_list("as_of_on", flat=True)) == {TODAY + dt.timedelta(days=1)}
    assert len(evaluated()) == len(customers)

"""The cache: readable by anybody, never older than it was, rebuilt from PostgreSQL when lost."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import Customer
from customers.tests.factories import CustomerFactory, InstalmentFactory, LoanFactory
from risk.model import specs
from risk.model.explain import THEMES
from risk.models import CurrentRisk, DirtyCustomer
from risk.profile_cache import (
    LIFETIME,
    SAMPLES_KEPT,
    SAMPLES_KEY,
    ProfileCache,
    Refreshed,
    key_of,
    latency_samples,
)
from risk.rebuild import profiles_rebuild
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import NOON, TileFactory, days_ago
from risk.tests.registered import active
from risk.tests.voices import Voice, borrower, borrower_due_today, listening, spender

STATED = {
    "customer_id": "100",
    "revision": "1",
    "risk_score": "1.5",
    "risk_level": "LOW",
    "hardship_type": "NONE",
    "segment": "STABLE",
    "next_due_on": "2026-02-22",
    "as_of": "2026-02-17",
    "withdrawal_spike_points": "1.5",
    "salary_gap_points": "0",
    "txn_count": "12",
    "salary_count": "1",
    "days_since_salary": "20",
    "atm_withdrawals_7d": "7",
    "total_spend": "1234.00",
    "spending_change_pct": "0.00",
}

SAID = {
    "risk_level": "MEDIUM",
    "score_level": "LOW",
    "probability": "0.400000",
    "model_band": "MEDIUM",
    "model_version": "early-warning-1",
}

pytestmark = [pytest.mark.redis, pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def cache() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(django_settings.CACHE_URL, decode_responses=True) as client:
        yield client


@pytest.fixture
def customer() -> Customer:
    """Customer 100: paid twenty days ago, withdrew cash seven times today, an instalment due in five days."""
    customer = CustomerFactory.create(bank_id="100")
    TileFactory.create(
        customer=customer, day_on=days_ago(20), txn_count=5, debit_amount=1_234, salary_count=1
    )
    TileFactory.create(customer=customer, txn_count=7, cash_count=7)
    InstalmentFactory.create(loan=LoanFactory.create(customer=customer), due_on=days_ago(-5))
    return customer


def theme_of(feature: str) -> str:
    return next(code for code, members in THEMES.items() if feature in members)


def refreshed(*customers: Customer) -> Refreshed:
    mark_dirty([customer.pk for customer in customers])
    found = Refresher().chunk()
    assert found is not None
    return found[0]


def test_profile_is_readable_by_hand(cache: redis.Redis, customer: Customer) -> None:
    refreshed(customer)

    profile: Any = cache.hgetall("customer:100")

    assert STATED.items() <= profile.items()
    assert dt.datetime.fromisoformat(profile["evaluated_at"]) == CurrentRisk.objects.get().evaluated_at


def test_profile_expires_by_itself(cache: redis.Redis, customer: Customer) -> None:
    refreshed(customer)

    remaining: Any = cache.pttl("customer:100")
    assert 0 <= LIFETIME.total_seconds() - remaining / 1000 < 60


@pytest.mark.parametrize(
    ("cached_revision", "is_written"), [(None, True), (6, True), (7, True), (8, False), (10, False)]
)
def test_older_revision_is_refused(
    cache: redis.Redis, customer: Customer, cached_revision: int | None, is_written: bool
) -> None:
    news = refreshed(customer)
    cache.flushall()
    if cached_revision is not None:
        cache.hset("customer:100", mapping={"revision": cached_revision, "gone": "yes"})

    written = ProfileCache().write(Refreshed(**{**vars(news), "revisions": [7]}))

    assert written == int(is_written)
    assert cache.hget("customer:100", "revision") == str(7 if is_written else cached_revision)
    assert cache.hexists("customer:100", "gone") is not is_written


def test_many_profiles_are_written_in_several_calls(
    cache: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("risk.profile_cache.CUSTOMERS_PER_CALL", 2)

    refreshed(*[CustomerFactory.create() for _ in range(5)])

    assert len(list(cache.scan_iter("customer:*"))) == 5


def test_same_number_in_two_sources_is_two_profiles() -> None:
    assert key_of(source="core", bank_id="100") == "customer:100"
    assert key_of(source="cards", bank_id="100") == "customer@cards:100"
    assert key_of(source="core", bank_id="cards:100") != key_of(source="cards", bank_id="100")


def test_lost_cache_is_rebuilt_as_it_was(cache: redis.Redis, customer: Customer) -> None:
    others = [CustomerFactory.create() for _ in range(4)]
    refreshed(customer, *others)
    CurrentRisk.objects.filter(pk=others[0].pk).update(as_of_on=days_ago(3))
    before = {key: cache.hgetall(key) for key in cache.scan_iter("customer:*")}
    before[key_of(source="core", bank_id=others[0].bank_id)] |= {"as_of": days_ago(3).isoformat()}
    cache.flushall()

    assert list(profiles_rebuild(cache=ProfileCache(), chunk=2)) == [2, 4, 5]

    assert {key: cache.hgetall(key) for key in cache.scan_iter("customer:*")} == before
    assert len(before) == 5
    assert not DirtyCustomer.objects.exists()


def test_profile_says_what_the_model_says(cache: redis.Redis) -> None:
    active()
    spoken_of, other = borrower(bank_id="100"), spender(bank_id="200")
    mark_dirty([spoken_of.pk, other.pk])

    listening(Voice(0.4)).chunk()

    profile: Any = cache.hgetall("customer:100")
    assert SAID.items() <= profile.items()
    features = json.loads(profile["model_features"])
    assert tuple(features) == specs.NAMES
    assert (features["days_to_due"], features["balance_to_due"]) == (10, None)
    assert json.loads(profile["model_reasons"]) == [theme_of(specs.NAMES[0])]
    unsaid = (SAID.keys() | {"model_features", "model_reasons", "model_held"}) - {"risk_level"}
    assert not unsaid & set(cache.hgetall("customer:200"))


def test_profile_says_that_the_model_is_silent(cache: redis.Redis, at_noon: time_machine.Traveller) -> None:
    active()
    customer = borrower_due_today(bank_id="100")
    mark_dirty([customer.pk])
    listening(Voice(0.4)).chunk()
    at_noon.shift(dt.timedelta(days=1))
    mark_dirty([customer.pk])
    listening(Voice(0.9)).chunk()

    profile: Any = cache.hgetall("customer:100")

    assert (profile["probability"], profile["model_band"], profile["model_held"]) == (
        "0.400000",
        "MEDIUM",
        "1",
    )
    assert not {"model_features", "model_reasons"} & set(profile)
    cache.flushall()
    list(profiles_rebuild(cache=ProfileCache()))
    assert cache.hgetall("customer:100") == profile


def test_row_that_is_short_is_noticed(customer: Customer) -> None:
    news = refreshed(customer, CustomerFactory.create())

    with pytest.raises(ValueError, match="argument 2 is longer"):
        ProfileCache().write(Refreshed(**{**vars(news), "revisions": [7]}))


def test_lost_cache_is_rebuilt_with_what_the_model_said(cache: redis.Redis) -> None:
    active()
    customers = [borrower(), spender(), borrower()]
    mark_dirty([customer.pk for customer in customers])
    listening(Voice(0.4)).chunk()
    before = {key: cache.hgetall(key) for key in cache.scan_iter("customer:*")}
    cache.flushall()

    assert list(profiles_rebuild(cache=ProfileCache())) == [3]

    assert {key: cache.hgetall(key) for key in cache.scan_iter("customer:*")} == before


def test_rebuild_does_not_replace_what_is_newer(cache: redis.Redis, customer: Customer) -> None:
    refreshed(customer)
    cache.hset("customer:100", "revision", 2)

    list(profiles_rebuild(cache=ProfileCache()))

    assert cache.hget("customer:100", "revision") == "2"


def test_rebuild_command_says_how_many(cache: redis.Redis, customer: Customer) -> None:
    refreshed(customer)
    cache.flushall()
    output = StringIO()

    call_command("rebuild_risk_cache", stdout=output)

    assert output.getvalue().strip() == "1 profiles are in the cache."
    assert cache.exists("customer:100")


def test_rebuild_command_says_when_the_cache_is_away(customer: Customer, settings: Any) -> None:
    refreshed(customer)
    settings.CACHE_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(CommandError, match="The cache cannot be reached"):
        call_command("rebuild_risk_cache")


def test_latency_is_sampled_from_the_first_waiting_event(cache: redis.Redis, customer: Customer) -> None:
    DirtyCustomer.objects.create(customer=customer, appended_at=NOON - dt.timedelta(seconds=3))

    Refresher().run(until=time.monotonic() + 60)

    client = ProfileCache().client
    (sample,) = latency_samples(client, since=NOON)
    assert 3_000 <= sample < 63_000
    assert latency_samples(client, since=NOON + dt.timedelta(hours=1)) == []


def test_latency_samples_are_thinned_and_bounded(cache: redis.Redis) -> None:
    now = timezone.now()
    cache.lpush(SAMPLES_KEY, *["0:0.0"] * SAMPLES_KEPT)

    ProfileCache().sample_latency(appended_at=[now] * 1_200, now=now)
    ProfileCache().sample_latency(appended_at=[], now=now)

    assert cache.llen(SAMPLES_KEY) == SAMPLES_KEPT
    assert len(latency_samples(ProfileCache().client, since=now - dt.timedelta(seconds=1))) == 400

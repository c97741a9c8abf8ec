"""A partner's own Kafka client sends events as docs/event.md describes them; the customer's risk shows."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from customers.models import Customer
from ingest.models import DeadLetter
from risk.levels import Level
from risk.models import CurrentRisk
from tests.kafka_topic import KafkaTopic
from tests.programs import CELERY, MANAGE, Program

pytestmark = [
    pytest.mark.flow,
    pytest.mark.kafka,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def running(topic: KafkaTopic, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    """Consumer, worker and beat."""
    own = {"KAFKA_TOPIC": topic.name, "KAFKA_GROUP": topic.name, "RISK_CYCLE_SECONDS": "1"}
    environment = process_environment | own
    worker = (*CELERY, "worker", "--beat", "--schedule", str(tmp_path / "beat"), "--concurrency", "1")
    with (
        Program(
            *MANAGE, "consume_transactions", environment=environment, output=tmp_path / "consumer"
        ) as consumer,
        Program(*worker, environment=environment, output=tmp_path / "worker"),
    ):
        yield consumer


def withdrawals(customer_id: int | str, count: int) -> list[bytes]:
    """Yesterday's withdrawals at cash machines, as another program would write them."""
    noon = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return [
        json.dumps(
            {
                "transaction_id": f"W-{customer_id}-{number}",
                "customer_id": customer_id,
                "timestamp": (noon + dt.timedelta(seconds=number)).strftime("%Y-%m-%d %H:%M:%SZ"),
                "amount": 2000,
                "transaction_type": "DEBIT",
                "channel": "ATM",
                "merchant_category": "ATM_WITHDRAWAL",
                "persona": "STABLE",
            }
        ).encode()
        for number in range(count)
    ]


def profile(bank_id: str) -> dict[str, str]:
    """What the cache holds of a customer: `redis-cli hgetall customer:100`."""
    with redis.Redis.from_url(settings.CACHE_URL, decode_responses=True) as cache:
        found: dict[str, str] = cache.hgetall(f"customer:{bank_id}")
    return found


def test_events_of_any_client_become_risk_and_a_cached_profile(topic: KafkaTopic, running: Program) -> None:
    # No key; one customer's id as a number and as text; and something that is no event at all.
    topic.append([*withdrawals(100, 6), *withdrawals("100", 12)[6:], b"not an event"], partition=None)

    running.until(lambda: profile("100").get("atm_withdrawals_7d") == "12")

    customer = Customer.objects.get()
    risk = CurrentRisk.objects.get(customer=customer)
    found = profile("100")
    assert (customer.bank_id, customer.is_provisional, DeadLetter.objects.count()) == ("100", True, 1)
    assert (found["customer_id"], found["revision"]) == ("100", str(risk.revision))
    assert (float(found["risk_score"]), found["risk_level"]) == (risk.score, Level(risk.level).label)
    assert found["hardship_type"] == "LIQUIDITY_STRESS"

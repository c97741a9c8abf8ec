"""The embedded servers: they come up, survive SIGKILL without losing what they acknowledged, and go away."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from embedded import DirectoryInUseError, Services
from embedded.processes import ProcessIdentity, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.slow]
NOTHING_GIVEN: dict[str, str] = {}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    messages: list[str] = []
    directory = tmp_path_factory.mktemp("embedded")
    with Services(directory, environ=NOTHING_GIVEN, report=messages.append) as started:
        yield started


def database(services: Services, variable: str = "DATABASE_URL") -> psycopg.Connection:
    return psycopg.connect(services.environment()[variable], autocommit=True)


def test_postgresql_keeps_committed_rows_over_sigkill(services: Services) -> None:
    with database(services, "DATABASE_OWNER_URL") as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS number")

    services.postgresql.kill()
    services.postgresql.start()

    with database(services, "DATABASE_OWNER_URL") as owner:
        assert owner.execute("SELECT number FROM kept").fetchall() == [(1,)]


def test_postgresql_application_role_owns_nothing(services: Services) -> None:
    with database(services) as application, pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute("CREATE TABLE forbidden ()")


def test_postgresql_refuses_a_wrong_password(services: Services) -> None:
    url = services.environment()["DATABASE_URL"]
    wrong = url.replace(url.split("@")[0], "postgres://equilibrate_app:wrong")

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)


def test_postgresql_terminates_connections(services: Services) -> None:
    with database(services) as connection:
        assert services.postgresql.terminate_connections() >= 1
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_broker_keeps_keys_over_restart_and_cache_does_not(services: Services) -> None:
    urls = services.environment()
    for variable in ("REDIS_URL", "CACHE_URL"):
        with redis.Redis.from_url(urls[variable]) as client:
            client.set("key", "value")

    for server in (services.broker, services.cache):
        server.stop()
        server.start()

    with redis.Redis.from_url(urls["REDIS_URL"]) as broker, redis.Redis.from_url(urls["CACHE_URL"]) as cache:
        assert broker.get("key") == b"value"
        assert cache.get("key") is None
        assert broker.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert cache.config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lru"


def test_a_server_that_died_is_started_again(services: Services) -> None:
    killed = services.broker.pid
    assert killed is not None

    os.kill(killed, signal.SIGKILL)

    assert wait_until(lambda: services.broker.pid not in {None, killed} and services.broker.is_ready(), 20)


def test_kafka_keeps_acknowledged_messages_over_sigkill(services: Services) -> None:
    servers = services.environment()["KAFKA_BOOTSTRAP_SERVERS"]
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    producer.send("kept", b"message").get(timeout=30)
    producer.close()

    services.kafka.kill()
    services.kafka.start()

    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=None, consumer_timeout_ms=30_000)
    consumer.assign([TopicPartition("kept", 0)])
    consumer.seek_to_beginning()
    assert next(consumer).value == b"message"
    consumer.close()


def test_a_directory_belongs_to_one_process(services: Services) -> None:
    with pytest.raises(DirectoryInUseError, match=str(os.getpid())):
        Services(services.directory, environ=NOTHING_GIVEN).start()


def test_a_given_server_is_used_instead(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgres://somewhere/else"}

    with Services(tmp_path, names=["postgresql"], environ=given) as services:
        assert services.environment() == given
        assert not (tmp_path / "postgresql").exists()


def test_servers_die_with_a_killed_parent_and_start_again(tmp_path: Path) -> None:
    program = (
        "import sys, time; from embedded import Services; "
        "s = Services(sys.argv[1], names=['broker'], environ={}); s.start(); "
        "print(s.broker.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        identity = ProcessIdentity.of(int(parent.stdout.readline()))
        parent.kill()
    assert identity is not None

    assert wait_until(lambda: not identity.is_alive(), 10)
    with Services(tmp_path, names=["broker"], environ=NOTHING_GIVEN) as services:
        assert services.broker.is_ready()


def test_another_port_is_chosen_when_a_stranger_took_it(tmp_path: Path) -> None:
    with Services(tmp_path, names=["cache"], environ=NOTHING_GIVEN) as services:
        first = services.environment()["CACHE_URL"]
    port = int(first.rpartition(":")[2].partition("/")[0])

    stranger = socket.create_server(("127.0.0.1", port))
    with stranger, Services(tmp_path, names=["cache"], environ=NOTHING_GIVEN) as services:
        assert services.environment()["CACHE_URL"] != first

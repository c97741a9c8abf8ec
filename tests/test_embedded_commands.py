"""What surrounds the embedded servers: hashes, remembered facts, kept programs, the command line."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.__main__ import chosen_names
from embedded.commands import program_environment
from embedded.errors import EmbeddedError
from embedded.kafka import new_cluster_id
from embedded.kafka_jars import MANIFEST, check_hashes, check_versions
from embedded.memory import Memory, remembered_secret
from embedded.ports import free_port, is_free
from embedded.processes import wait_until


def test_kafka_jars_of_two_versions_are_refused() -> None:
    with pytest.raises(EmbeddedError, match=r"3\.9\.1"):
        check_versions(["kafka_2.13-4.4.0.jar", "kafka-clients-3.9.1.jar", "slf4j-api-1.7.36.jar"])


def test_kafka_jars_of_the_manifest_carry_one_version() -> None:
    check_versions(line.split()[1] for line in MANIFEST.read_text().splitlines())


def test_a_changed_jar_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"changed")
    manifest = f"{hashlib.sha256(b'reviewed').hexdigest()}  a.jar\n"

    with pytest.raises(EmbeddedError, match=r"a\.jar"):
        check_hashes(tmp_path, manifest)


def test_memory_and_secrets_are_private_and_stay(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")

    assert memory.remember("port", lambda: "1") == "1"
    assert Memory(tmp_path / "memory.json").remember("port", lambda: "2") == "1"
    assert remembered_secret(tmp_path / "secret") == remembered_secret(tmp_path / "secret")
    for name in ("memory.json", "secret"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_commands_find_the_checkpoints_of_a_directory_with_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUDIT_CHECKPOINT_DIRECTORY", raising=False)

    assert "AUDIT_CHECKPOINT_DIRECTORY" not in program_environment(tmp_path, {})
    (tmp_path / "audit-key.pem").touch()
    found = program_environment(tmp_path, {})
    assert found["AUDIT_SIGNING_KEY_FILE"] == str(tmp_path / "audit-key.pem")
    assert found["AUDIT_CHECKPOINT_DIRECTORY"] == str(tmp_path / "audit-checkpoints")
    monkeypatch.setenv("AUDIT_CHECKPOINT_DIRECTORY", "/elsewhere")
    assert program_environment(tmp_path, {})["AUDIT_CHECKPOINT_DIRECTORY"] == "/elsewhere"


def test_free_port_is_free_and_cluster_ids_fit_a_command_line() -> None:
    assert is_free(free_port())
    assert {len(new_cluster_id()) for _ in range(100)} == {22}


def test_unknown_server_names_are_refused() -> None:
    with pytest.raises(EmbeddedError, match="oracle"):
        chosen_names("postgresql, oracle")


@pytest.mark.flow
def test_a_failing_program_is_started_again_until_it_succeeds(tmp_path: Path) -> None:
    counter = tmp_path / "count"
    program = f"echo x >> {counter}; test $(wc -l < {counter}) -ge 2"

    result = _keep_running(["sh", "-c", program]).wait(timeout=20)

    assert result == 0
    assert counter.read_text() == "x\nx\n"


@pytest.mark.flow
def test_a_kept_program_is_told_to_stop(tmp_path: Path) -> None:
    stopped, ready = tmp_path / "stopped", tmp_path / "ready"
    process = _keep_running(
        ["sh", "-c", f"trap 'touch {stopped}; exit 1' TERM; touch {ready}; while :; do sleep 0.05; done"]
    )
    assert wait_until(ready.exists, 20)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=20) == 0
    assert stopped.exists()


@pytest.mark.flow
def test_a_kept_program_ends_with_its_guardian(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with subprocess.Popen(["sleep", "60"]) as guardian:
        command = ["sh", "-c", f"touch {ready}; exec sleep 60"]
        process = _keep_running(command, KEEP_RUNNING_WHILE=str(guardian.pid))
        assert wait_until(ready.exists, 20)
        guardian.kill()

    assert process.wait(timeout=20) == 0


@pytest.mark.flow
def test_run_passes_variables_and_exit_code_on(tmp_path: Path) -> None:
    given = {**_child_environment(), "CACHE_URL": "redis://127.0.0.1:1/0"}
    command = ["sh", "-c", 'echo "$CACHE_URL ${#SECRET_KEY}"; exit 7']

    result = subprocess.run(
        [sys.executable, "-m", "embedded", "run", "--directory", tmp_path, "--only", "cache", "--", *command],
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 7
    assert result.stdout.split()[0] == "redis://127.0.0.1:1/0"
    assert int(result.stdout.split()[1]) >= 50


def _keep_running(command: list[str], **variables: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "embedded.keep_running", "--", *command]
    return subprocess.Popen(argv, env={**_child_environment(), **variables})


def _child_environment() -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(MANIFEST.parents[1])}
    environment.pop("SECRET_KEY", None)
    return environment

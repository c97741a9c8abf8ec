"""The soak in sends, short: workers killed while they send, nothing sent twice, lost, or against the rules."""

import json
import subprocess

import pytest

from benchmarks.report import ROOT


@pytest.mark.slow
@pytest.mark.flow
@pytest.mark.timeout(280)
def test_kills_double_lose_and_break_nothing() -> None:
    arguments = ["--kills", "4", "--seconds", "15", "--per-second", "3", "--json"]

    done = subprocess.run(
        [str(ROOT / "script" / "soak"), "sends", "--name", "sends_test", *arguments],
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-4000:]
    rows = {row["name"]: row["value"] for row in json.loads(done.stdout.splitlines()[-1])["rows"]}
    assert rows["kills"] == 4
    assert rows["sends"] > 0
    assert rows["double_sends"] == rows["lost_sends"] == rows["misreported"] == rows["gate_violations"] == 0

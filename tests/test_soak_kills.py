"""The soak in kills, short: every process and server killed once while events flow, nothing lost, doubled or wrong."""

import json
import subprocess

import pytest

from benchmarks.report import ROOT


@pytest.mark.slow
@pytest.mark.flow
@pytest.mark.timeout(280)
def test_kills_lose_double_and_falsify_nothing() -> None:
    arguments = ["--kills", "8", "--transactions", "12000", "--customers", "500", "--seconds", "20", "--json"]

    done = subprocess.run(
        [str(ROOT / "script" / "soak"), "kills", "--name", "kills_test", *arguments],
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-4000:]
    rows = {row["name"]: row["value"] for row in json.loads(done.stdout.splitlines()[-1])["rows"]}
    assert rows["kills"] == 8
    assert rows["lost"] == rows["doubled"] == rows["mismatched_customers"] == 0

"""The soak in manipulations of the audit, short: every one is detected and located, in memory as in the database."""

import json
import subprocess

import pytest

from benchmarks.report import ROOT


@pytest.mark.slow
@pytest.mark.flow
@pytest.mark.timeout(280)
def test_no_manipulation_goes_undetected() -> None:
    arguments = ["--rows", "230", "--sample", "1", "--json"]

    done = subprocess.run(
        [str(ROOT / "script" / "soak"), "audit", "--name", "audit_fuzz_test", *arguments],
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-4000:]
    rows = {row["name"]: row["value"] for row in json.loads(done.stdout.splitlines()[-1])["rows"]}
    assert rows["edits"] > 230 * 30
    assert rows["undetected"] == rows["found_otherwise"] == rows["clean_problems"] == 0

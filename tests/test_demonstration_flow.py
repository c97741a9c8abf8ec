"""`script/demo --check`, whole: its own servers, a small portfolio, every program, one JSON object."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from demonstration.check import KEYS
from embedded.commands import CHECKOUT
from embedded.services import VARIABLES

pytestmark = [pytest.mark.flow, pytest.mark.slow]


@pytest.mark.timeout(420)
def test_check_of_a_new_bank_finds_everything_moving(tmp_path: Path) -> None:
    options = ["--check", "--customers", "500", "--days", "100", "--directory", str(tmp_path / "demo")]

    result = subprocess.run(
        [sys.executable, "-m", "demonstration", *options],
        env=_environment_without_servers(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert tuple(found) == KEYS
    assert found["event_log"] == "kafka"
    assert found["customers"] == 500
    assert found["dead_letters"] == 0
    assert sum(found["levels"].values()) == 500
    assert found["cases"]["open"] > 0


def _environment_without_servers() -> dict[str, str]:
    given = {variable for variables in VARIABLES.values() for variable in variables}
    kept = {key: value for key, value in os.environ.items() if key not in given}
    return {**kept, "PYTHONPATH": str(CHECKOUT / "script")}

"""Who runs a process, as the operating system says it."""

import os
import pwd
from pathlib import Path

import pytest

from risk.model.account import NOBODY_LOGGED_IN, operating_system_account

OWN = pwd.getpwuid(os.getuid()).pw_name
# No account has it: it is the one before "nobody logged in".
UNKNOWN = NOBODY_LOGGED_IN - 1


@pytest.mark.parametrize("said", [str(os.getuid()), str(NOBODY_LOGGED_IN), "", "unknown"])
def test_account_is_the_processs_own(tmp_path: Path, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody")
    monkeypatch.setenv("USER", "somebody")
    (tmp_path / "loginuid").write_text(said)

    assert operating_system_account(login_uid=tmp_path / "loginuid") == OWN


def test_account_is_known_where_the_system_keeps_no_login(tmp_path: Path) -> None:
    assert operating_system_account(login_uid=tmp_path / "none") == OWN


def test_who_logged_in_and_changed_the_account_is_named(tmp_path: Path) -> None:
    (tmp_path / "loginuid").write_text(f"{UNKNOWN}\n")

    assert operating_system_account(login_uid=tmp_path / "loginuid") == f"{OWN} (logged in as uid {UNKNOWN})"

"""Under which account of the operating system this process runs, and who logged in to it."""

import os
import pwd
from pathlib import Path

LOGIN_UID = Path("/proc/self/loginuid")
# What Linux says of a process that nobody logged in for.
NOBODY_LOGGED_IN = 2**32 - 1


def operating_system_account(*, login_uid: Path = LOGIN_UID) -> str:
    """The account, and who logged in where that was another one: `equilibrate (logged in as meera)`.

    Of the process itself, not of its environment, which whoever starts it may set. Who changed to a service's account
    is known where Linux keeps it.
    """
    uid = os.getuid()
    logged_in = _logged_in(login_uid)
    if logged_in in (None, uid):
        return _name(uid)
    return f"{_name(uid)} (logged in as {_name(logged_in)})"


def _logged_in(login_uid: Path) -> int | None:
    try:
        uid = int(login_uid.read_text())
    except (OSError, ValueError):
        return None
    return None if uid == NOBODY_LOGGED_IN else uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"

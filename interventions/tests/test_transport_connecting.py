"""Connecting ends with its time, whatever the network does: a permit that has lapsed is of no use."""

import socket
import time
from typing import Any

import pytest

from interventions.models import Channel
from interventions.sending.lapse import Lapse
from interventions.tests.messages import Leave, message
from interventions.tests.providers import RawServer, closed_port
from interventions.transports.base import NotYet
from interventions.transports.connecting import connect
from interventions.transports.email import Server, Smtp
from interventions.transports.twilio import Account, TwilioMessages

LONG_SECONDS, SHORT_SECONDS = 60.0, 0.3


def address_of(port: int) -> Any:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))


def test_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as nobody, RawServer(lambda it: it.say(b"x")) as server:
        found = [address_of(nobody), address_of(server.port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        with connect("bank.example", 443, seconds=10) as made:
            assert made.recv(1) == b"x"


def test_last_failure_is_told() -> None:
    with closed_port() as nobody, pytest.raises(ConnectionRefusedError):
        connect("127.0.0.1", nobody, seconds=10)


def test_no_address_is_tried_without_time() -> None:
    with RawServer(lambda it: it.hang()) as server, pytest.raises(TimeoutError, match="no time was left"):
        connect("127.0.0.1", server.port, seconds=0)


def test_handshake_that_drips_ends_with_the_permit() -> None:
    """Each byte begins a socket's own timeout anew."""
    drip = b"\x16\x03\x03\x3f\xff" + b"x" * 2_000
    with RawServer(lambda it: it.drip(drip)) as server:
        url = server.url.replace("http:", "https:")
        account = Account(base_url=url, sid="AC1", token="secret", timeout_seconds=LONG_SECONDS)
        transport = TwilioMessages(account, channel=Channel.SMS, sender="+15005550006")
        began = time.monotonic()

        with pytest.raises(NotYet) as caught:
            transport.send(message(lapse=Lapse.after(SHORT_SECONDS)), Leave())

    assert time.monotonic() - began < LONG_SECONDS / 2
    assert (caught.value.is_of_provider, caught.value.needs_operator) == (True, False)


def test_silent_mail_server_holds_a_worker_no_longer_than_the_permit() -> None:
    with RawServer(lambda it: it.hang()) as server:
        transport = Smtp(
            Server(
                "127.0.0.1", server.port, "none", "", "", "help@bank.example", timeout_seconds=LONG_SECONDS
            )
        )
        mail = message(
            channel=Channel.EMAIL,
            address="asha@example.org",
            subject="We are there",
            lapse=Lapse.after(SHORT_SECONDS),
        )
        began = time.monotonic()

        with pytest.raises(NotYet) as caught:
            transport.send(mail, Leave())

    assert time.monotonic() - began < 15
    assert caught.value.is_of_provider

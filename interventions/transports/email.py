"""E-mail over SMTP, command by command, so that it is known what the server had when something failed.

Until the text is written nothing can have been sent. Once it is, a reply decides: 2xx it is the server's to deliver,
4xx and 5xx it did not take it (RFC 5321, section 4.2.1). No reply means that nobody knows.
"""

import datetime as dt
import re
import smtplib
import socket
import ssl
import time
from contextlib import ExitStack
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import NoReturn, cast

from interventions.contact import addresses
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotSent,
    NotThere,
    NotYet,
    OutcomeUnknown,
    Permit,
    patience,
    require,
    require_fresh,
)
from interventions.transports.connecting import connect
from interventions.transports.deadline import Deadline

NAME = "smtp"


@dataclass(frozen=True)
class Server:
    """A mail server that takes our messages.

    Args:
        host, port: where it is.
        security: `starttls`, `tls` or `none`.
        user, password: to log in; an empty user does not.
        sender: the From address, with or without a name.
        timeout_seconds: for one whole exchange.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    timeout_seconds: float


class Smtp:
    """Plain-text e-mail.

    Args:
        server: that takes the messages.
        tls: whom to trust; the system's authorities where none is given.
    """

    name = NAME

    def __init__(self, server: Server, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls or ssl.create_default_context()
        self.timeout_seconds = server.timeout_seconds

    def send(self, message: Message, permit: Permit) -> Handed:
        """Give the server one message."""
        require(permit, message)
        composed = compose(message, sender=self._server.sender)
        within_seconds, began = patience(message, timeout_seconds=self.timeout_seconds), time.monotonic()
        with ExitStack() as stack:
            with Deadline(within_seconds) as first:
                client = self._connected(first, within_seconds)
                # Without QUIT, whose answer nobody needs.
                stack.callback(client.close)
                _begin(client, sender=addresses.within(self._server.sender), recipient=message.address)
            require_fresh(message)
            deadline = stack.enter_context(Deadline(self.timeout_seconds - (time.monotonic() - began)))
            deadline.watch(cast("socket.socket", client.sock))
            _finish(client, composed)
        return Handed(NAME, message_id(message, sender=self._server.sender))

    def lookup(self, message: Message) -> Handed | NotThere | CannotTell:
        """SMTP answers no questions."""
        return CannotTell()

    def _connected(self, deadline: Deadline, within_seconds: float) -> smtplib.SMTP:
        server = self._server
        try:
            client = _Watched(server, deadline, self._tls, within_seconds)
        except (OSError, smtplib.SMTPException) as error:
            raise NotYet(
                f"No connection to the mail server {server.host}: {type(error).__name__}",
                needs_operator=_will_stay(error),
                is_of_provider=True,
            ) from error
        try:
            client.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                client.starttls(context=self._tls)
                deadline.watch(cast("socket.socket", client.sock))
                client.ehlo()
            if server.user:
                client.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            client.close()
            raise NotYet(
                f"The mail server {server.host} did not let us in: {type(error).__name__}",
                needs_operator=_will_stay(error),
                is_of_provider=True,
            ) from error
        return client


class _Watched(smtplib.SMTP):
    """A connection that ends with the deadline, under TLS from its first byte where that is wanted."""

    def __init__(
        self, server: Server, deadline: Deadline, tls: ssl.SSLContext, within_seconds: float
    ) -> None:
        self._deadline = deadline
        self._within_seconds = within_seconds
        self._tls = tls if server.security == "tls" else None
        # The host's own name would be asked from DNS, which may take longer than everything else.
        ours = addresses.within(server.sender).rpartition("@")[2]
        super().__init__(server.host, server.port, local_hostname=ours, timeout=server.timeout_seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = connect(host, port, seconds=self._within_seconds)
        found.settimeout(timeout)
        self._deadline.watch(found)
        if self._tls:
            found = self._tls.wrap_socket(found, server_hostname=host)
            self._deadline.watch(found)
        return found


def message_id(message: Message, *, sender: str) -> str:
    """The message's id: the same however often it is composed, so that mail programs show a twin once."""
    return f"<{message.key}@{addresses.within(sender).rpartition('@')[2]}>"


def compose(message: Message, *, sender: str) -> bytes:
    """The e-mail as it goes over the wire.

    Raises:
        NotSent: subject or address cannot stand in a header.
    """
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=policy.SMTP)
    try:
        mail["From"] = Address(display_name=name, addr_spec=address)
        mail["To"] = Address(addr_spec=message.address)
        mail["Subject"] = message.subject
    except (ValueError, HeaderParseError, IndexError) as error:
        raise NotSent("The subject or the address cannot be written into an e-mail's header") from error
    mail["Date"] = format_datetime(message.handed_over_at.astimezone(dt.UTC))
    mail["Message-ID"] = message_id(message, sender=sender)
    mail["Content-Language"] = message.language
    mail.set_content(message.body, charset="utf-8")
    return _unsubscribe(message) + mail.as_bytes()


def _unsubscribe(message: Message) -> bytes:
    """RFC 8058. Written by hand: the library would encode an address that is longer than a line."""
    if not message.unsubscribe_url:
        return b""
    return (
        f"List-Unsubscribe: <{message.unsubscribe_url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ).encode("ascii")


def _begin(client: smtplib.SMTP, *, sender: str, recipient: str) -> None:
    """All that comes before the text; after any failure of it nothing was sent."""
    try:
        code, _said = client.mail(sender)
        if code != 250:
            raise NotYet(
                f"The mail server answered {code} to our address",
                needs_operator=code >= 500,
                is_of_provider=True,
            )
        code, _said = client.rcpt(recipient)
        if code not in (250, 251):
            _refused(code, "to the customer's address")
        code, _said = client.docmd("DATA")
        if code != 354:
            _refused(code, "when the text was to be sent")
    except (OSError, smtplib.SMTPException) as error:
        raise NotYet(
            f"The mail server hung up before the text: {type(error).__name__}", is_of_provider=True
        ) from error


def _finish(client: smtplib.SMTP, composed: bytes) -> None:
    """The text and the reply to it."""
    stuffed = re.sub(rb"(?m)^\.", b"..", composed)
    try:
        client.send(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
        code, _said = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(f"No answer to the text: {type(error).__name__}") from error
    if 200 <= code < 300:
        return
    if not 400 <= code < 600:
        raise OutcomeUnknown("The mail server's answer to the text makes no sense")
    _refused(code, "to the text")


def _refused(code: int, to_what: str) -> NoReturn:
    words = f"The mail server answered {code} {to_what}"
    raise NotSent(words) if 500 <= code < 600 else NotYet(words)


def _will_stay(error: Exception) -> bool:
    """Whether the same would happen again until somebody changes a setting."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError)

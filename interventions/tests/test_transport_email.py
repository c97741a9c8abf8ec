"""E-mail: against a real SMTP server that takes it, and one that fails at every step."""

import asyncio
import datetime as dt
import email
import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from interventions.models import Channel
from interventions.sending.lapse import OVER
from interventions.tests.messages import AT, Leave, message
from interventions.tests.providers import Behaviour, Conversation, RawServer, closed_port
from interventions.transports.base import CannotTell, Handed, Message, NotSent, NotYet, OutcomeUnknown
from interventions.transports.email import Server, Smtp, compose

PATIENCE_SECONDS = 0.4
SENDER = "Ein Haus für Geld <help@bank.example>"
UNSUBSCRIBE = "https://risk.bank.example/provider/unsubscribe/" + "t" * 90 + "/"


def mail(**fields: Any) -> Message:
    given = {"channel": Channel.EMAIL, "address": "asha@example.org", "subject": "We are there for you"}
    return message(**given | fields)


def server_at(port: int, **fields: Any) -> Server:
    given: dict[str, Any] = {
        "host": "127.0.0.1", "port": port, "security": "none", "user": "", "password": "",
        "sender": SENDER, "timeout_seconds": PATIENCE_SECONDS,
    }  # fmt: skip
    return Server(**given | fields)


class Inbox:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 kept"


class AnyPort(Controller):
    """Takes a port that is free."""

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, host="127.0.0.1", port=0, ssl=self.ssl_context)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server(**options: Any) -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    controller = AnyPort(inbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()


def received(inbox: Inbox) -> EmailMessage:
    (envelope,) = inbox.envelopes
    content = envelope.content
    assert isinstance(content, bytes)
    parsed = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize("subject", ["We are there for you", "हम आपके साथ हैं " * 10])
@pytest.mark.parametrize("body", ["Dear Asha,\n\n.\n..\nSTOP\n", "प्रिय आशा, " * 200, "x" * 2_000])
def test_words_arrive_as_they_are(subject: str, body: str) -> None:
    said = mail(subject=subject.strip(), body=body, language="hi", unsubscribe_url=UNSUBSCRIBE)

    with smtp_server() as (inbox, port):
        handed = Smtp(server_at(port)).send(said, Leave())

    got = received(inbox)
    assert handed == Handed("smtp", f"<{said.key}@bank.example>")
    assert got["Message-ID"] == handed.provider_id
    assert got["Subject"] == said.subject
    assert got["From"] == SENDER
    assert got["To"] == said.address
    assert dt.datetime.strptime(got["Date"], "%a, %d %b %Y %H:%M:%S %z") == AT
    assert got.get_content_type() == "text/plain"
    assert got.get_content().replace("\r", "").rstrip("\n") == body.rstrip("\n")
    assert got["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert inbox.envelopes[0].mail_from == "help@bank.example"
    assert inbox.envelopes[0].rcpt_tos == [said.address]


def test_no_link_is_promised_where_there_is_none() -> None:
    assert b"List-Unsubscribe" not in compose(mail(), sender=SENDER)


def test_no_line_is_longer_than_servers_take() -> None:
    written = compose(mail(subject="हम आपके साथ हैं " * 12, body="ह" * 5_000), sender=SENDER)

    assert max(map(len, written.split(b"\r\n"))) <= 998
    assert b"\n" not in written.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "fields",
    [{"subject": "Hello\nBcc: everybody@example.org"}, {"address": "a@b\r\nBcc: c@d"}, {"address": "nobody"}],
)
def test_nothing_slips_into_a_header(fields: Mapping[str, str]) -> None:
    with pytest.raises(NotSent, match="cannot be written into an e-mail's header"):
        compose(mail(**fields), sender=SENDER)


def test_nothing_is_written_without_a_permit() -> None:
    with smtp_server() as (inbox, port), pytest.raises(NotSent, match="permit is not for this"):
        Smtp(server_at(port)).send(mail(), Leave(covered=False))

    assert inbox.envelopes == []


def test_nothing_is_written_after_the_permit_lapsed() -> None:
    with smtp_server() as (inbox, port), pytest.raises(NotYet, match="asked again"):
        Smtp(server_at(port)).send(mail(lapse=OVER), Leave())

    assert inbox.envelopes == []


def test_smtp_answers_no_questions() -> None:
    assert isinstance(Smtp(server_at(1)).lookup(mail()), CannotTell)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_e_mail_under_tls_with_a_login(certificate: Path, security: str) -> None:
    options: dict[str, Any] = {
        "authenticator": lambda _s, _session, _e, _m, data: AuthResult(
            # Not handled: aiosmtpd itself is to say that it was wrong.
            success=data == (b"equilibrate", b"secret"),
            handled=False,
        )
    }
    if security == "starttls":
        options |= {"tls_context": serving(certificate), "require_starttls": True, "auth_required": True}
    else:
        options |= {"ssl_context": serving(certificate), "auth_require_tls": False}

    with smtp_server(**options) as (inbox, port):
        server = server_at(
            port, security=security, user="equilibrate", password="secret", timeout_seconds=10.0
        )
        Smtp(server, tls=trusting(certificate)).send(mail(), Leave())

        with pytest.raises(NotYet, match="did not let us in"):
            Smtp(server_at(port, security=security, user="equilibrate", password="x", timeout_seconds=10.0),
                 tls=trusting(certificate)).send(mail(), Leave())  # fmt: skip
        with pytest.raises(NotYet) as untrusted:
            Smtp(server).send(mail(), Leave())

    assert len(inbox.envelopes) == 1
    assert untrusted.value.needs_operator


def test_server_without_starttls_needs_an_operator() -> None:
    with smtp_server() as (inbox, port), pytest.raises(NotYet, match="did not let us in") as caught:
        Smtp(server_at(port, security="starttls")).send(mail(), Leave())

    assert caught.value.needs_operator
    assert inbox.envelopes == []


GOOD = {
    "": "220 ready", "ehlo": "250 hello", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go on", ".": "250 kept",
}  # fmt: skip
HANG_UP, HANG, RESET, DRIP = "hang up", "hang", "reset", "drip"


def script(**replies: str) -> Behaviour:
    """A server that answers as usual, but for the steps named."""
    said = GOOD | {".": replies.pop("text", GOOD["."]), "": replies.pop("banner", GOOD[""])} | replies

    def behave(conversation: Conversation) -> None:
        lines = conversation.connection.makefile("rb")
        if not answer(conversation, said[""]):
            return
        while line := lines.readline():
            word = line.split()[0].decode().lower()
            if word == "data" and said["data"].startswith("354"):
                conversation.say(said["data"].encode() + b"\r\n")
                while lines.readline() not in (b".\r\n", b""):
                    pass
                word = "."
            if not answer(conversation, said[word]):
                return

    return behave


def answer(conversation: Conversation, how: str) -> bool:
    """Whether the conversation goes on."""
    if how == HANG_UP:
        return False
    if how in (HANG, RESET, DRIP):
        {
            HANG: conversation.hang,
            RESET: conversation.reset,
            DRIP: lambda: conversation.drip(b"250-" + b"x" * 400),
        }[how]()
        return False
    conversation.say(how.encode() + b"\r\n")
    return True


def sent_to(behaviour: Callable[[Conversation], None]) -> Handed:
    with RawServer(behaviour) as server:
        return Smtp(server_at(server.port)).send(mail(), Leave())


def test_script_is_a_server() -> None:
    assert sent_to(script()).provider == "smtp"


def test_nobody_listening_is_certainly_not_sent() -> None:
    with closed_port() as port, pytest.raises(NotYet, match="No connection to the mail server"):
        Smtp(server_at(port)).send(mail(), Leave())


@pytest.mark.parametrize("step", ["banner", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("how", [HANG_UP, HANG, RESET, DRIP, "421 closing", "451 later", "nonsense"])
def test_before_the_text_nothing_was_sent(step: str, how: str) -> None:
    # A server that does not know EHLO is asked by HELO.
    replies = {step: how} | ({"helo": how} if step == "ehlo" else {})

    with pytest.raises(NotYet) as caught:
        sent_to(script(**replies))

    assert not caught.value.needs_operator


@pytest.mark.parametrize("step", ["rcpt", "data", "text"])
@pytest.mark.parametrize("code", [550, 552, 554])
def test_refusal_is_final(step: str, code: int) -> None:
    with pytest.raises(NotSent, match=f"answered {code}"):
        sent_to(script(**{step: f"{code} no"}))


@pytest.mark.parametrize("step", ["banner", "mail"])
def test_refusing_us_is_not_the_messages_fault(step: str) -> None:
    with pytest.raises(NotYet) as caught:
        sent_to(script(**{step: "554 you are not welcome"}))

    assert caught.value.needs_operator


@pytest.mark.parametrize("code", [421, 450, 452])
def test_text_that_was_not_taken_is_tried_later(code: int) -> None:
    with pytest.raises(NotYet, match=f"answered {code}"):
        sent_to(script(text=f"{code} later"))


@pytest.mark.parametrize("how", [HANG_UP, HANG, RESET, DRIP, "nonsense", "354 more"])
def test_text_without_an_answer_is_unknown(how: str) -> None:
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        sent_to(script(text=how))

    assert time.monotonic() - began < 10 * PATIENCE_SECONDS


def test_forwarded_recipient_is_taken() -> None:
    assert sent_to(script(rcpt="251 will forward")).provider == "smtp"

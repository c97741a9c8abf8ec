"""The e-mail digest: its time, its words, and that it is sent once at most whatever happens in between."""

import datetime as dt
import smtplib
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from hypothesis import given
from hypothesis import strategies as some
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from embedded.ports import free_port
from interventions import tasks
from interventions.alerting import choosing, digests, schedule
from interventions.models import AlertDigest, AlertSettings, Notice, StaffSettings
from interventions.tests import staff

pytestmark = pytest.mark.django_db
KOLKATA = ZoneInfo("Asia/Kolkata")
# A Tuesday, 11:30 in Mumbai.
START = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
# Hypothesis adds the zone.
YEARS = (dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31))  # noqa: DTZ001
State, Digest = AlertDigest.State, AlertSettings.Digest


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def reader(settings: Settings) -> User:
    settings.PUBLIC_BASE_URL = "https://equilibrate.bank.example/"
    made = staff.manager()
    made.email = "rm1@bank.example"
    made.save()
    return made


def choice(**fields: Any) -> choosing.Choice:
    given = {
        "in_bell": ["turned_high"],
        "in_mail": ["turned_high", "sla_breached"],
        "digest": Digest.HOURLY,
        "daily_at": dt.time(9),
        "is_working_hours_only": False,
    }
    return choosing.Choice(**{**given, **fields})


def tell(user: User, *kinds: str, at: dt.datetime) -> None:
    customer = staff.assessed("Asha Rao", assigned_rm=user)
    for kind in kinds or ("turned_high",):
        notice = Notice.objects.create(kind=kind, customer=customer, manager=user)
        Notice.objects.filter(pk=notice.pk).update(told_at=at)


def html_of(message: mail.EmailMessage) -> str:
    assert isinstance(message, mail.EmailMultiAlternatives)
    return str(message.alternatives[0][0])


def test_digest_counts_and_links_and_names_nobody(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, "turned_high", "turned_high", "sla_breached", at=START + MINUTE)
    clock.move_to(START + HOUR)
    tasks.send_digests()

    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == ("3 new alerts in Equilibrate", ["rm1@bank.example"])
    html = html_of(sent)
    for text in (sent.body, html):
        assert "The risk of 2 customers rose to HIGH" in text
        assert "https://equilibrate.bank.example/queue/?level=HIGH" in text
        assert "Asha" not in text
        assert "₹" not in text
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert AlertDigest.objects.get().state == State.SENT
    assert AuditEvent.objects.get(action="interventions.alert_digest.sent").subject_id == str(reader.pk)


def test_digest_is_sent_once(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    clock.move_to(START + HOUR)
    assert [digests.send_due() for _time in range(3)] == [1, 0, 0]
    clock.move_to(START + 2 * HOUR)

    assert digests.send_due() == 0
    assert len(mail.outbox) == 1


def test_nothing_new_sends_nothing(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice(in_mail=["sla_breached"]))
    tell(reader, "turned_high", at=START + MINUTE)
    clock.move_to(START + HOUR)
    assert digests.send_due() == 0

    assert mail.outbox == []
    assert not AlertDigest.objects.exists()


def test_what_was_read_in_the_bell_is_not_sent(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    AlertSettings.objects.update(read_up_to=Notice.objects.get().pk)
    clock.move_to(START + HOUR)

    assert digests.send_due() == 0


def test_what_commits_late_is_in_the_next_one(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + HOUR - MINUTE)
    clock.move_to(START + HOUR)
    assert digests.send_due() == 0
    clock.move_to(START + 2 * HOUR)

    assert digests.send_due() == 1


def test_killed_worker_leaves_unknown_and_no_second_mail(
    clock: time_machine.Traveller, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    clock.move_to(START + HOUR)

    def killed(_backend: EmailBackend, _messages: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(EmailBackend, "send_messages", killed)
        digests.send_due()
    assert AlertDigest.objects.get().state == State.SENDING

    clock.move_to(START + HOUR + 11 * MINUTE)
    assert digests.send_due() == 0
    assert AlertDigest.objects.get().state == State.UNKNOWN
    clock.move_to(START + 2 * HOUR)
    assert digests.send_due() == 0
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("error", "state", "is_said_later"),
    [
        (ConnectionRefusedError(), "failed", True),
        (smtplib.SMTPAuthenticationError(535, b"rm1@bank.example"), "failed", True),
        (smtplib.SMTPRecipientsRefused({"rm1@bank.example": (550, b"no")}), "failed", True),
        (TimeoutError(), "unknown", False),
        (smtplib.SMTPServerDisconnected("rm1@bank.example"), "unknown", False),
    ],
)
def test_what_the_server_did_not_take_is_said_by_the_next(
    clock: time_machine.Traveller,
    reader: User,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
    is_said_later: bool,
) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    clock.move_to(START + HOUR)

    def fails(_backend: EmailBackend, _messages: Any) -> int:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", fails)
        assert digests.send_due() == 1
    kept = AlertDigest.objects.get()
    assert kept.state == state
    assert "rm1" not in kept.error

    clock.move_to(START + 2 * HOUR)
    assert digests.send_due() == int(is_said_later)
    assert len(mail.outbox) == int(is_said_later)


def test_two_workers_send_one(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    clock.move_to(START + HOUR)
    chosen = digests._next_due()
    assert chosen is not None
    digests._claim(chosen)

    assert digests.send_due() == 0
    assert AlertDigest.objects.count() == 1


def test_digest_waits_for_business_hours_and_loses_nothing(
    clock: time_machine.Traveller, reader: User
) -> None:
    choosing.choose(by=reader, choice=choice(is_working_hours_only=True))
    tell(reader, at=START + MINUTE)
    # 22:30 in Mumbai, then 11:30 of the next day.
    clock.move_to(START + 11 * HOUR)
    assert digests.send_due() == 0
    clock.move_to(START + 24 * HOUR)

    assert digests.send_due() == 1


def test_daily_digest_of_an_hour_that_the_bank_does_not_keep_comes_as_it_opens(
    clock: time_machine.Traveller, reader: User
) -> None:
    choosing.choose(
        by=reader, choice=choice(digest=Digest.DAILY, daily_at=dt.time(20), is_working_hours_only=True)
    )
    tell(reader, at=START + MINUTE)
    # 20:00 in Mumbai, then 09:29 and 09:30 of the next day.
    clock.move_to(START + 8.5 * HOUR)
    assert digests.send_due() == 0
    clock.move_to(START + 22 * HOUR - MINUTE)
    assert digests.send_due() == 0
    clock.move_to(START + 22 * HOUR)
    assert digests.send_due() == 1
    clock.move_to(START + 23 * HOUR)

    assert digests.send_due() == 0
    assert AlertSettings.objects.get().next_digest_at == START + 32.5 * HOUR


def test_digest_speaks_the_readers_language(clock: time_machine.Traveller, reader: User) -> None:
    StaffSettings.objects.create(user=reader, language="hi")
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    clock.move_to(START + HOUR)
    digests.send_due()

    assert '<html lang="hi">' in html_of(mail.outbox[0])


def test_account_that_was_closed_is_not_written_to(clock: time_machine.Traveller, reader: User) -> None:
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    User.objects.update(is_active=False)
    clock.move_to(START + HOUR)

    assert digests.send_due() == 0


def test_without_an_address_or_a_kind_no_mail_can_be_chosen(reader: User) -> None:
    with pytest.raises(choosing.ChoiceRefused, match="at least one kind"):
        choosing.choose(by=reader, choice=choice(in_mail=[]))
    reader.email = ""
    with pytest.raises(choosing.ChoiceRefused, match="no e-mail address"):
        choosing.choose(by=reader, choice=choice())


def test_choice_is_kept_audited_and_leaves_other_roles_kinds_alone(reader: User) -> None:
    AlertSettings.objects.create(user=reader, not_in_bell=["audit"])
    kept = choosing.choose(by=reader, choice=choice(digest=Digest.OFF))

    assert "audit" in kept.not_in_bell
    assert "turned_high" not in kept.not_in_bell
    assert kept.next_digest_at is None
    assert AuditEvent.objects.get(action="interventions.alert_settings.changed").actor_id == reader.pk


def test_daily_digest_comes_at_the_readers_own_time(clock: time_machine.Traveller, reader: User) -> None:
    StaffSettings.objects.create(user=reader, time_zone="Europe/London")
    kept = choosing.choose(by=reader, choice=choice(digest=Digest.DAILY, daily_at=dt.time(9)))

    assert kept.next_digest_at == dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


@given(
    after=some.datetimes(*YEARS, timezones=some.just(dt.UTC)),
    at=some.times(),
    zone=some.sampled_from(["Asia/Kolkata", "Europe/London", "America/New_York", "Australia/Lord_Howe"]),
)
def test_next_day_is_within_a_day_and_shows_that_time(after: dt.datetime, at: dt.time, zone: str) -> None:
    due = schedule.next_day(after, at=at, zone=ZoneInfo(zone))

    assert after < due <= after + dt.timedelta(hours=25)
    gap = abs(dt.datetime.combine(due, due.astimezone(ZoneInfo(zone)).time()) - dt.datetime.combine(due, at))
    # Where clocks go forward past it, it is up to an hour beside.
    assert gap <= HOUR


@given(after=some.datetimes(timezones=some.just(dt.UTC), min_value=YEARS[0]))
def test_next_hour_is_full_and_to_come(after: dt.datetime) -> None:
    due = schedule.next_hour(after)

    assert after < due <= after + HOUR
    assert (due.minute, due.second, due.microsecond) == (0, 0, 0)


class Inbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 taken"


@pytest.mark.enable_socket
def test_digest_reaches_a_real_mail_server(
    reader: User, settings: Settings, clock: time_machine.Traveller
) -> None:
    inbox, port = Inbox(), free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    choosing.choose(by=reader, choice=choice())
    tell(reader, at=START + MINUTE)
    clock.move_to(START + HOUR)
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        digests.send_due()
    finally:
        server.stop()

    (envelope,) = inbox.envelopes
    assert envelope.rcpt_tos == ["rm1@bank.example"]
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert AlertDigest.objects.get().state == State.SENT

"""Twilio's API, or one like it, on a server that fails in every way: what is known afterwards is never too much."""

import base64
import json
import time
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

import pytest

from interventions.models import Channel
from interventions.sending.lapse import OVER
from interventions.tests.messages import AT, Leave, message
from interventions.tests.providers import Conversation, RawServer, answering, closed_port, json_answer
from interventions.transports.base import CannotTell, Handed, NotSent, NotYet, OutcomeUnknown, Transport
from interventions.transports.twilio import Account, TwilioMessages
from interventions.transports.voice import TwilioCalls, spoken

PATIENCE_SECONDS = 0.4
TAKEN = json_answer(201, '{"sid": "SM1", "status": "queued"}')


def account(url: str) -> Account:
    return Account(base_url=url, sid="AC1", token="secret", timeout_seconds=PATIENCE_SECONDS)


def sms(url: str) -> TwilioMessages:
    return TwilioMessages(account(url), channel=Channel.SMS, sender="+15005550006")


def test_sms_is_one_form() -> None:
    said = message(status_url="https://bank.example/provider/twilio/status/7/")

    with RawServer(answering(TAKEN)) as server:
        assert sms(server.url).send(said, Leave()) == Handed("twilio", "SM1")

    (request,) = server.requests
    assert request.line == "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"AC1:secret").decode()
    assert request.form == {
        "To": said.address,
        "From": "+15005550006",
        "Body": said.body,
        "StatusCallback": said.status_url,
    }


def test_words_of_every_script_arrive() -> None:
    said = message(body="प्रिय आशा, हम आपके साथ हैं। STOP भेजें & रोकें ✓")

    with RawServer(answering(TAKEN)) as server:
        sms(server.url).send(said, Leave())

    assert server.requests[0].form["Body"] == said.body


def test_whatsapp_and_messaging_services_are_addressed_as_such() -> None:
    with RawServer(answering(TAKEN)) as server:
        whatsapp = TwilioMessages(account(server.url), channel=Channel.WHATSAPP, sender="+14155238886")
        whatsapp.send(message(channel=Channel.WHATSAPP), Leave())
        TwilioMessages(account(server.url), channel=Channel.SMS, sender="MG5").send(message(), Leave())

    first, second = (request.form for request in server.requests)
    assert (first["To"], first["From"]) == ("whatsapp:+919876543210", "whatsapp:+14155238886")
    assert second["MessagingServiceSid"] == "MG5" and "From" not in second


def test_voice_reads_the_words_in_the_customers_language() -> None:
    with RawServer(answering(json_answer(201, '{"sid": "CA1", "status": "queued"}'))) as server:
        calls = TwilioCalls(account(server.url), sender="+15005550006")
        handed = calls.send(message(channel=Channel.VOICE, body="नमस्ते <आशा> & सब", language="hi"), Leave())

    (request,) = server.requests
    assert handed == Handed("twilio", "CA1")
    assert request.line == "POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1"
    assert request.form["Twiml"] == (
        '<Response><Say language="hi-IN" loop="2">नमस्ते &lt;आशा&gt; &amp; सब</Say></Response>'
    )


def test_language_without_a_voice_is_read_as_english() -> None:
    assert 'language="en-IN"' in spoken("hello", "ta")


def test_calls_cannot_be_looked_up() -> None:
    assert isinstance(TwilioCalls(account("http://127.0.0.1:1"), sender="").lookup(message()), CannotTell)


def test_nothing_is_written_without_a_permit() -> None:
    with RawServer(answering(TAKEN)) as server, pytest.raises(NotSent, match="permit is not for this"):
        sms(server.url).send(message(), Leave(covered=False))

    assert server.requests == []


def test_nothing_is_written_after_the_permit_lapsed() -> None:
    with RawServer(answering(TAKEN)) as server, pytest.raises(NotYet, match="asked again"):
        sms(server.url).send(message(lapse=OVER), Leave())

    assert server.requests == []


def test_nobody_listening_is_certainly_not_sent() -> None:
    with (
        closed_port() as port,
        pytest.raises(NotYet, match=r"No connection to 127\.0\.0\.1: ConnectionRefused"),
    ):
        sms(f"http://127.0.0.1:{port}").send(message(), Leave())


def test_server_without_tls_needs_an_operator() -> None:
    with RawServer(lambda it: it.say(b"HTTP/1.1 400 -\r\n\r\n")) as server, pytest.raises(NotYet) as caught:
        sms(server.url.replace("http:", "https:")).send(message(), Leave())

    assert caught.value.needs_operator


def reset_while_reading(conversation: Conversation) -> None:
    conversation.connection.recv(20)
    conversation.reset()


def reset_after_reading(conversation: Conversation) -> None:
    conversation.read()
    conversation.reset()


def end_after_reading(conversation: Conversation) -> None:
    conversation.read()


def hang_before_reading(conversation: Conversation) -> None:
    conversation.hang()


def hang_after_reading(conversation: Conversation) -> None:
    conversation.read()
    conversation.hang()


def drip_a_status(conversation: Conversation) -> None:
    conversation.read()
    conversation.drip(b"HTTP/1.1 201 Created" + b"d" * 1_000)


def drip_a_body(conversation: Conversation) -> None:
    conversation.read()
    conversation.say(b"HTTP/1.1 201 -\r\nContent-Length: 1000\r\n\r\n")
    conversation.drip(b'{"sid": "SM1"' + b" " * 1_000)


def reset_in_the_body(conversation: Conversation) -> None:
    conversation.read()
    conversation.say(b"HTTP/1.1 201 -\r\nContent-Length: 1000\r\n\r\n{")
    conversation.reset()


def cut_short(conversation: Conversation) -> None:
    conversation.read()
    conversation.say(json_answer(201, '{"sid": "SM1", "status": "queued"}')[:-10])


@pytest.mark.parametrize(
    "behaviour",
    [
        reset_while_reading,
        reset_after_reading,
        end_after_reading,
        hang_before_reading,
        hang_after_reading,
        drip_a_status,
        drip_a_body,
        reset_in_the_body,
        cut_short,
        answering(b"what?\r\n\r\n"),
        answering(b"HTTP/1.1 abc -\r\n\r\n"),
        answering(b"HTTP/1.1 201 -\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        answering(json_answer(200, "<html>")),
        answering(json_answer(201, "{}")),
        answering(json_answer(201, "[]")),
        answering(json_answer(201, '{"sid": 5}')),
        answering(json_answer(301, "", "Location: http://127.0.0.1:1/")),
        answering(json_answer(303, "", "Location: http://127.0.0.1:1/")),
        answering(json_answer(408, "")),
        answering(json_answer(500, '{"code": 20500}')),
        answering(json_answer(502, "<html>")),
        answering(json_answer(503, "")),
    ],
)
def test_what_may_have_gone_out_is_unknown(behaviour: Callable[[Conversation], None]) -> None:
    began = time.monotonic()

    with RawServer(behaviour) as server, pytest.raises(OutcomeUnknown):
        sms(server.url).send(message(), Leave())

    assert time.monotonic() - began < 10 * PATIENCE_SECONDS
    assert len(server.requests) <= 1


@pytest.mark.parametrize("status", [400, 402, 409, 410, 413, 422])
@pytest.mark.parametrize("body", ['{"code": 21211, "message": "+919876543210 is not a number"}', "<html>"])
def test_refusal_is_final_and_quotes_nothing_personal(status: int, body: str) -> None:
    with RawServer(answering(json_answer(status, body))) as server, pytest.raises(NotSent) as caught:
        sms(server.url).send(message(), Leave())

    assert not caught.value.is_opted_out
    assert "9876543210" not in str(caught.value)


def test_refusal_cut_short_is_a_refusal_all_the_same() -> None:
    cut = json_answer(400, '{"code": 21211}')[:-5]

    with RawServer(answering(cut)) as server, pytest.raises(NotSent, match=r"answered 400$"):
        sms(server.url).send(message(), Leave())


def test_provider_knows_who_opted_out() -> None:
    answer = json_answer(400, '{"code": 21610}')

    with RawServer(answering(answer)) as server, pytest.raises(NotSent, match="error 21610") as caught:
        sms(server.url).send(message(), Leave())

    assert caught.value.is_opted_out


@pytest.mark.parametrize("status", [401, 403, 404, 405, 307, 308])
def test_wrong_settings_are_not_the_messages_fault(status: int) -> None:
    with RawServer(answering(json_answer(status, "{}"))) as server, pytest.raises(NotYet) as caught:
        sms(server.url).send(message(), Leave())

    assert caught.value.needs_operator


@pytest.mark.parametrize(
    ("headers", "wait_seconds"),
    [
        (["Retry-After: 17"], 17.0),
        (["Retry-After: 9999999"], 3_600.0),
        (["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], 0.0),
        ([], 0.0),
    ],
)
def test_too_much_is_tried_later(headers: list[str], wait_seconds: float) -> None:
    answer = json_answer(429, '{"code": 20429}', *headers)

    with RawServer(answering(answer)) as server, pytest.raises(NotYet) as caught:
        sms(server.url).send(message(), Leave())

    assert caught.value.wait_seconds == wait_seconds
    assert not caught.value.needs_operator


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_accepted_and_failed_at_once_is_not_sent(status: str) -> None:
    answer = json_answer(201, json.dumps({"sid": "SM1", "status": status, "error_code": 30003}))

    with RawServer(answering(answer)) as server, pytest.raises(NotSent, match="error 30003"):
        sms(server.url).send(message(), Leave())


def test_what_a_provider_says_in_place_of_a_code_is_written_nowhere() -> None:
    answer = json_answer(400, json.dumps({"code": f"{message().address} is no mobile"}))

    with RawServer(answering(answer)) as server, pytest.raises(NotSent) as caught:
        sms(server.url).send(message(), Leave())

    assert str(caught.value) == "The provider answered 400, error •••••"


def listed(**changes: Any) -> dict[str, Any]:
    return {
        "sid": "SM9",
        "to": message().address,
        "body": message().body,
        "direction": "outbound-api",
        "date_created": format_datetime(AT),
        **changes,
    }


def looked_up(transport: Callable[[str], Transport], answer: bytes) -> object:
    with RawServer(answering(answer)) as server:
        found = transport(server.url).lookup(message())
    assert server.requests[0].line.startswith(
        "GET /2010-04-01/Accounts/AC1/Messages.json?To=%2B919876543210&"
    )
    assert "DateSent%3E=2026-02-16" in server.requests[0].line
    return found


def test_message_is_found_by_address_words_and_time() -> None:
    others = [
        listed(sid="SM2", body="other"),
        listed(sid="SM3", to="+911"),
        listed(sid="SM4", direction="inbound"),
        listed(sid="SM5", date_created="Tue, 17 Feb 2026 09:30:00 +0000"),
        listed(sid="SM6", date_created="whenever"),
        listed(sid=None),
        "nonsense",
    ]

    found = looked_up(sms, json_answer(200, json.dumps({"messages": [*others, listed()]})))

    assert found == Handed("twilio", "SM9")


def test_zone_from_nowhere_is_utc() -> None:
    entry = listed(date_created="Tue, 17 Feb 2026 06:30:00 -0000")

    assert looked_up(sms, json_answer(200, json.dumps({"messages": [entry]}))) == Handed("twilio", "SM9")


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(200, json.dumps({"messages": []})),
        json_answer(200, json.dumps({"messages": [listed(), listed(sid="SM10")]})),
        json_answer(200, json.dumps({"messages": None})),
        json_answer(200, "<html>"),
        json_answer(401, "{}"),
    ],
)
def test_lookup_that_proves_nothing_says_so(answer: bytes) -> None:
    assert isinstance(looked_up(sms, answer), CannotTell)


def test_lookup_without_a_provider_says_so() -> None:
    with closed_port() as port:
        assert isinstance(sms(f"http://127.0.0.1:{port}").lookup(message()), CannotTell)


@pytest.mark.parametrize("code", [20003, 21606, 21659, 21703, 63007])
def test_mistake_in_our_own_settings_is_no_messages_failure(code: int) -> None:
    body = json.dumps({"code": code, "message": "to +15005550006", "status": 400})

    with RawServer(answering(json_answer(400, body))) as server, pytest.raises(NotYet) as refused:
        sms(server.url).send(message(), Leave())

    assert refused.value.needs_operator and refused.value.is_of_provider
    assert "look at the account's settings" in str(refused.value) and "+1500" not in str(refused.value)

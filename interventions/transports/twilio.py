"""SMS and WhatsApp through Twilio's API, or one that speaks like it.

The API knows no idempotency key for messages. What was asked without an answer is therefore unknown; it is looked for
among the account's messages, and the status callback, whose address names the delivery, may tell later.

Source: https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/api/errors/21610
"""

import base64
import datetime as dt
import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from interventions import masking
from interventions.models import Channel
from interventions.transports import http
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotSent,
    NotThere,
    NotYet,
    OutcomeUnknown,
    Permit,
    require,
)

NAME = "twilio"
OPTED_OUT = 21610
# What is wrong with our own account, sender or callback, and so with every message: no message fails for it.
OURS = frozenset(
    {
        20003,  # the account's secret
        20005,  # the account is not active
        20404,  # there is no such account or service
        21210,  # our number is not verified
        21212,  # our number is none
        21213,  # our number is missing
        21603,  # the same, of a message
        21606,  # our number cannot send messages
        21609,  # the address for the status is none
        21659,  # our number is not the provider's
        21660,  # our number is another account's
        21661,  # our number cannot send SMS
        21701,  # there is no such messaging service
        21703,  # the messaging service has no number
        21704,  # the same
        21705,  # the messaging service's id is none
        30002,  # the account is suspended
        63007,  # there is no such WhatsApp sender
        63020,  # the WhatsApp business account cannot be reached
    }
)
# Between our clock and the provider's.
CLOCKS_APART = dt.timedelta(seconds=30)
NOT_TAKEN = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True)
class Account:
    """Whose messages they are, and where the API is.

    Args:
        base_url: such as https://api.twilio.com.
        sid: of the account.
        token: its secret.
        timeout_seconds: for one whole exchange.
    """

    base_url: str
    sid: str
    token: str
    timeout_seconds: float

    def url(self, resource: str) -> str:
        """Of a resource of the account."""
        return f"{self.base_url.rstrip('/')}/2010-04-01/Accounts/{quote(self.sid, safe='')}/{resource}.json"

    def headers(self) -> dict[str, str]:
        """What says who asks."""
        basic = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode("ascii")
        return {"Authorization": f"Basic {basic}", "Accept": "application/json"}


class TwilioMessages:
    """Text messages of one channel.

    Args:
        account: at the provider.
        channel: SMS or WHATSAPP.
        sender: our number, or a messaging service (MG…).
    """

    name = NAME

    def __init__(self, account: Account, *, channel: str, sender: str) -> None:
        self._account = account
        self._prefix = "whatsapp:" if channel == Channel.WHATSAPP else ""
        self._sender = sender
        self.timeout_seconds = account.timeout_seconds

    def send(self, message: Message, permit: Permit) -> Handed:
        """Ask the provider once to send it."""
        require(permit, message)
        service = self._sender.startswith("MG")
        form = {
            "To": f"{self._prefix}{message.address}",
            "Body": message.body,
            **(
                {"MessagingServiceSid": self._sender}
                if service
                else {"From": f"{self._prefix}{self._sender}"}
            ),
        }
        return create(self._account, "Messages", form, message)

    def lookup(self, message: Message) -> Handed | NotThere | CannotTell:
        """Whether exactly one message with these words went to this address at that time.

        None found proves nothing: the provider may not list it yet.
        """
        since = message.handed_over_at.astimezone(dt.UTC)
        asked = {
            "To": f"{self._prefix}{message.address}",
            "DateSent>": f"{since - dt.timedelta(days=1):%Y-%m-%d}",
            "PageSize": "200",
        }
        try:
            answer = http.get(
                f"{self._account.url('Messages')}?{urlencode(asked)}",
                headers=self._account.headers(),
                timeout_seconds=self.timeout_seconds,
            )
        except (NotYet, OutcomeUnknown):
            return CannotTell()
        listed = _json(answer.body).get("messages") if answer.status == 200 else None
        if not isinstance(listed, list):
            return CannotTell()
        latest = since + dt.timedelta(seconds=self.timeout_seconds) + CLOCKS_APART
        found = [
            entry for entry in listed if _is_it(entry, message, asked["To"], since - CLOCKS_APART, latest)
        ]
        return Handed(NAME, found[0]["sid"]) if len(found) == 1 else CannotTell()


def create(account: Account, resource: str, form: Mapping[str, str], message: Message) -> Handed:
    """Ask once for a new message or call.

    Raises:
        NotSent, NotYet, OutcomeUnknown: by what the answer's status leaves possible.
    """
    told = {"StatusCallback": message.status_url} if message.status_url else {}
    answer = http.post(
        account.url(resource),
        {**form, **told},
        headers=account.headers(),
        timeout_seconds=account.timeout_seconds,
        message=message,
    )
    said = _json(answer.body)
    if 200 <= answer.status < 300:
        return _taken(said)
    raise refusal(answer, said)


def refusal(answer: http.Answer, said: Mapping[str, Any]) -> NotSent | NotYet | OutcomeUnknown:
    """What an answer that is no success leaves possible."""
    words = f"The provider answered {answer.status}"
    words += f", error {masking.code(said['code'])}" if "code" in said else ""
    status = answer.status
    if 400 <= status < 500 and said.get("code") in OURS:
        return NotYet(f"{words}: look at the account's settings", needs_operator=True)
    if status in (401, 403, 404, 405):
        return NotYet(f"{words}: look at the account's settings", needs_operator=True)
    if status in (307, 308):
        return NotYet(f"{words}: the API is elsewhere", needs_operator=True)
    if status in (425, 429):
        return NotYet(words, wait_seconds=_retry_after(answer.headers), is_of_provider=True)
    # A 408 may come from something between us and the provider, which has the request.
    if 400 <= status < 500 and status != 408:
        return NotSent(words, is_opted_out=said.get("code") == OPTED_OUT)
    # A 500 or 503 may follow upon acceptance, and some gateways answer a success with a redirect.
    return OutcomeUnknown(words)


def _taken(said: Mapping[str, Any]) -> Handed:
    sid = said.get("sid")
    if not isinstance(sid, str) or not 0 < len(sid) <= 200:
        raise OutcomeUnknown("The provider accepted, but did not say under which id")
    if said.get("status") in NOT_TAKEN:
        raise NotSent(f"The provider says {said['status']}, error {masking.code(said.get('error_code', ''))}")
    return Handed(NAME, sid)


def _is_it(entry: Any, message: Message, address: str, earliest: dt.datetime, latest: dt.datetime) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("sid"), str):
        return False
    created_at = _moment(entry.get("date_created"))
    return (
        entry.get("to") == address
        and entry.get("body") == message.body
        and str(entry.get("direction", "")).startswith("outbound")
        and created_at is not None
        and earliest <= created_at <= latest
    )


def _moment(text: object) -> dt.datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(str(text))
    except ValueError:
        return None
    # A zone of -0000 says "UTC, from nowhere in particular" (RFC 5322), and is read as no zone at all.
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> float:
    """The provider's wish in seconds; a date is left to our own back-off."""
    wish = headers.get("Retry-After", "")
    return min(float(wish), 3_600.0) if wish.isascii() and wish.isdigit() else 0.0

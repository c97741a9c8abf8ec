"""What is approved, as one canonical text; its hash names it. Pure.

PostgreSQL hashes the same columns in the same way (migration 0004) and refuses what differs, so the canonical text is
written as PostgreSQL writes jsonb: keys by length, then by bytes; `", "` and `": "`; numbers without an exponent.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from interventions.models import Channel, ContactPack, HoldoutDesign, PolicyTemplate

Subject = PolicyTemplate | ContactPack | HoldoutDesign

# Placeholders that the bank's records fill (`composing.values_of`); a template may name others in its `fields`.
RECORD_VALUES = {
    "first_name": "the customer's first name",
    "amount": "the next instalment, with its currency",
    "due_on": "the day on which it is due",
    "bank_name": "the bank",
    "bank_phone": "where the customer can call",
    "advice_line": "where free debt advice is to be had: a number or an address",
    "rm_name": "the colleague who looks after the customer",
    "opt_out": "how to get no more messages",
    "help_link": "a line with the link to the customer's own page; it vanishes where there is no page",
}
# Stands for the sentence that staff may add; it vanishes where there is none.
PERSONAL_LINE = "personal_line"
# Stands for the line with the link to the customer's page; it vanishes likewise.
HELP_LINK = "help_link"
ENGLISH = "en"
LANGUAGES = ("en", "hi")
WRITTEN = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.VOICE, Channel.CALL)
REMEMBERED = 256
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Text:
    """One message in one language.

    Args:
        body: the words, with {named} placeholders.
        subject: of an e-mail; empty elsewhere.
    """

    body: str
    subject: str = ""


def text_of(messages: Mapping[str, Any], channel: str, language: str) -> Text | None:
    """The text of a channel in a language, or None. An e-mail's is stored as {"subject": …, "body": …}."""
    stored = messages.get(channel, {}).get(language)
    if not stored:
        return None
    if isinstance(stored, str):
        return Text(body=stored)
    return Text(body=stored["body"], subject=stored.get("subject", ""))


def texts_of(messages: Mapping[str, Any]) -> dict[tuple[str, str], Text]:
    """Every text by (channel, language), in the order of channels."""
    return {
        (channel, language): text
        for channel in WRITTEN
        for language in messages.get(channel, {})
        if (text := text_of(messages, channel, language))
    }


def content_hash(subject: Subject) -> str:
    """sha256 of everything that is approved about a policy, a pack or a design, as hexadecimal digits."""
    return _hash_of(json.dumps(as_approved(subject), ensure_ascii=False))


@lru_cache(maxsize=REMEMBERED)
def _hash_of(content: str) -> str:
    """Of the whole content: a page looks at every policy that stands, and each is nearly always what it was before."""
    return hashlib.sha256(canonical(json.loads(content)).encode()).hexdigest()


def as_approved(subject: Subject) -> dict[str, Any]:
    """Everything that is approved about a subject, by name."""
    if isinstance(subject, PolicyTemplate):
        return _policy(subject)
    if isinstance(subject, ContactPack):
        return {"name": subject.name, "rules": subject.rules, "version": subject.version}
    return {
        "ends_on": subject.ends_on.isoformat(),
        "hardships": subject.hardships,
        "levels": subject.levels,
        "purpose": subject.purpose,
        "salt": subject.salt,
        # As PostgreSQL makes a numeric of a float: 15 digits.
        "share": float(f"{subject.share:.15g}"),
        "version": subject.version,
    }


def _policy(template: PolicyTemplate) -> dict[str, Any]:
    return {
        "action": template.action,
        "effect": template.effect,
        "fields": template.fields,
        "hardship": int(template.hardship),
        "level": int(template.level),
        "messages": template.messages,
        "personal_line_max": template.personal_line_max,
        "priority": template.priority,
        "relief_kinds": template.relief_kinds,
        "sla_hours": template.sla_hours,
        "valid_from_us": _microseconds(template.valid_from),
        "valid_until_us": _microseconds(template.valid_until),
        "version": template.version,
    }


def _microseconds(moment: dt.datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def canonical(value: Any) -> str:
    """A JSON value as PostgreSQL writes it as jsonb."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_text(key)}: {canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        # Zero has no sign there.
        return format(Decimal(repr(value)) if value else Decimal(repr(abs(value))), "f")
    return _text(str(value)) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)

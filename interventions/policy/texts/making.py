"""One policy from its words: what is said is written once, what every message needs is added here. Pure.

Part of the released pack: changing it would change what a migration once wrote.
"""

from dataclasses import dataclass
from typing import Any

LETTER = """Dear {{first_name}},

{said}

{more} {{personal_line}}

You reach us at {{bank_phone}}, {{reachable}}. Calling changes nothing by itself: you decide what suits you.

Free debt advice, independent of us: {{advice_line}}

Kind regards
{{bank_name}}

Reply STOP to get no more messages like this one."""
CHAT = """Hello {{first_name}}, {bank} here. {said} {{personal_line}}

Call {{bank_phone}}, {{reachable}}. Free debt advice: {{advice_line}}.

Reply STOP for no more messages."""
SPOKEN = (
    "Hello {{first_name}}, this is a message from {{bank_name}}. {said} You can call us at {{bank_phone}}. "
    "Free debt advice, independent of us, is at {{advice_line}}. "
    "To get no more such messages, call the same number and say stop. Thank you."
)
SMS_END = " Call {bank_phone}. Free debt advice: {advice_line}. Reply STOP to opt out."
SMS_END_HI = " कॉल करें: {bank_phone}। मुफ़्त कर्ज़ सलाह: {advice_line}। संदेश रोकें: STOP लिख भेजें।"
FIELDS = {"reachable": {"label": "When to call", "max_length": 60, "default": "on any working day"}}
PERSONAL_LINE_MAX = 160


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said to the customer, in the same sense on every channel.

    Args:
        sms: in English, without the ending that all have.
        sms_hi: in Hindi, the same.
        subject: of the e-mail.
        said: one or two sentences, for WhatsApp, e-mail and voice.
        more: another sentence of the e-mail.
        opening: how a colleague may open a call.
    """

    sms: str
    sms_hi: str
    subject: str
    said: str
    more: str
    opening: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a hardship × level asks of staff, and the words for it; without words nobody is contacted."""

    action: str
    priority: str
    sla_hours: int
    effect: str = "supportive"
    relief_kinds: tuple[str, ...] = ()
    words: Words | None = None


def columns(policy: Policy) -> dict[str, Any]:
    """The columns of a policy template."""
    return {
        "action": policy.action,
        "priority": policy.priority,
        "sla_hours": policy.sla_hours,
        "effect": policy.effect,
        "relief_kinds": list(policy.relief_kinds),
        "messages": _messages(policy.words) if policy.words else {},
        "fields": FIELDS if policy.words else {},
        "personal_line_max": PERSONAL_LINE_MAX if policy.words else 0,
    }


def _messages(words: Words) -> dict[str, Any]:
    letter = LETTER.format(said=words.said, more=words.more)
    return {
        "sms": {
            "en": "Dear {first_name}, " + words.sms + SMS_END,
            "hi": "नमस्ते {first_name} जी, " + words.sms_hi + SMS_END_HI,
        },
        "whatsapp": {"en": CHAT.format(said=words.said, bank="{bank_name}")},
        "email": {"en": {"subject": words.subject, "body": letter}},
        "voice": {"en": SPOKEN.format(said=words.said)},
        "call": {"en": words.opening},
    }

"""Texts with the line that leads to the customer's page: the same words, one placeholder more. Pure."""

from typing import Any

from interventions.policy import wording
from interventions.policy.content import HELP_LINK, texts_of

# Where the line stands by itself, and where every letter counts.
BEFORE = {"sms": " ", "whatsapp": "\n\n", "email": "\n\n"}


def with_help_link(messages: dict[str, Any]) -> dict[str, Any]:
    """The texts of a policy with the line at their end, wherever it can be read and the text does not become too long.

    Args:
        messages: As `PolicyTemplate.messages` holds them.
    """
    linked = {channel: dict(texts) for channel, texts in messages.items()}
    for (channel, language), text in texts_of(messages).items():
        if channel not in BEFORE or f"{{{HELP_LINK}}}" in text.body:
            continue
        body = f"{text.body}{BEFORE[channel]}{{{HELP_LINK}}}"
        if not wording.problems(body, channel=channel, language=language):
            linked[channel][language] = {"subject": text.subject, "body": body} if text.subject else body
    return linked

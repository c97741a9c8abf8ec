"""An approved text with its placeholders filled: the only way words reach a customer.

What is not approved, expired, altered, unknown or empty is refused; nothing is guessed.
"""

import re
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.contact.digests import message_sha256
from interventions.models import Channel, PolicyTemplate
from interventions.policy import content, policies, wording
from interventions.policy.content import ENGLISH, HELP_LINK, PERSONAL_LINE, RECORD_VALUES, Text

_FIGURE = re.compile(r"\d+")
_EMPTY_LINE = {name: re.compile(r"\s*\{" + name + r"\}") for name in (PERSONAL_LINE, HELP_LINK)}


class RenderingRefused(ValueError):
    """A message that may not or cannot be written; the text says why and what to do.

    Args:
        words: why, for whoever asked.
        missing: the placeholders that have no value.
    """

    def __init__(self, words: str, *, missing: tuple[str, ...] = ()) -> None:
        super().__init__(words)
        self.missing = missing


@dataclass(frozen=True)
class Rendered:
    """A message as the customer would get it.

    Args:
        subject: of an e-mail; empty elsewhere.
        body: the words.
        body_sha256: `digests.message_sha256` of both.
        missing: the language that was asked for and has no text; empty: it has.
        language: the one it is written in.
    """

    subject: str
    body: str
    body_sha256: str
    missing: str
    language: str


@dataclass(frozen=True)
class Preview:
    """A text of any state with its placeholders filled, for those who decide about it. Nothing sends a preview."""

    subject: str
    body: str
    language: str
    is_another_language: bool


def render(
    *,
    template: PolicyTemplate,
    channel: str,
    language: str,
    values: Mapping[str, str],
    fields: Mapping[str, str],
    personal_line: str = "",
) -> Rendered:
    """Write a policy's message for a customer.

    Args:
        template: The policy; it must stand now (`policies.is_usable`, on the bank's clock).
        channel: A `Channel`; of a call the opening words.
        language: The customer's. English is taken where the template has no text in it, and `missing` says so.
        values: What the records say (`composing.values_of`).
        fields: What staff filled of the template's own fields; a field with a default may be left out.
        personal_line: A sentence of their own, as long as the template permits.

    Raises:
        RenderingRefused: the template does not stand, or has no text, or a placeholder is unknown or empty.
    """
    if not policies.is_usable(template, bank_clock.now()):
        raise RenderingRefused(
            _(
                "%(policy)s is not approved and active now, or was altered. Open the case again to see what stands;"
                " otherwise a compliance officer must activate a policy."
            )
            % {"policy": template}
        )
    written, taken = _text(template, channel, language)
    filled = {**values, **_filled(template, fields, language=taken)}
    line = _line(template, written, personal_line, channel=channel, language=taken)
    subject = _fill(written.subject, filled, line="", channel=channel)
    body = _fill(written.body, filled, line=line, channel=channel)
    return Rendered(
        subject=subject,
        body=body,
        body_sha256=message_sha256(subject=subject, body=body),
        missing="" if taken == language else language,
        language=taken,
    )


def preview(*, template: PolicyTemplate, channel: str, language: str, values: Mapping[str, str]) -> Preview:
    """A text as it would read, whatever the template's state; fields without a default show their labels.

    Raises:
        RenderingRefused: there is no text, or a placeholder is unknown or empty.
    """
    written, taken = _text(template, channel, language)
    labels = {name: field.get("default") or f"[{field['label']}]" for name, field in template.fields.items()}
    filled = {**values, **labels}
    return Preview(
        subject=_fill(written.subject, filled, line="", channel=channel),
        body=_fill(written.body, filled, line="", channel=channel),
        language=taken,
        is_another_language=taken != language,
    )


def placeholders(text: str) -> set[str]:
    """The names of a text's placeholders.

    Raises:
        RenderingRefused: a brace does not belong to a plain {name}.
    """
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise RenderingRefused(_("A brace in the text is not closed or not opened.")) from error
    for _literal, name, spec, conversion in parts:
        if not name or not name.isidentifier() or spec or conversion:
            raise RenderingRefused(_("{%(name)s} is no plain placeholder.") % {"name": name})
    return {str(name) for _literal, name, _spec, _conversion in parts}


def _text(template: PolicyTemplate, channel: str, language: str) -> tuple[Text, str]:
    for taken in (language, ENGLISH):
        written = content.text_of(template.messages, channel, taken)
        if written is not None:
            return written, taken
    raise RenderingRefused(
        _("%(policy)s has no text for %(channel)s. Choose another channel.")
        % {"policy": template, "channel": dict(Channel.choices).get(channel, channel)}
    )


def _filled(template: PolicyTemplate, fields: Mapping[str, str], *, language: str) -> dict[str, str]:
    """The template's own fields: what staff wrote, in words that need nobody's approval, else their default."""
    for name, value in fields.items():
        field = template.fields.get(name)
        if field is None:
            raise RenderingRefused(
                _("%(policy)s has no field %(name)s.") % {"policy": template, "name": name}
            )
        if len(value) > field["max_length"]:
            raise RenderingRefused(
                _("%(label)s may have %(most)s letters at most.")
                % {"label": field["label"], "most": field["max_length"]}
            )
        # Nobody else reads these words before they are sent. Figures are theirs to give: hours, a day.
        if found := wording.problems_of_line(value, language=language, known=_FIGURE.findall(value)):
            raise RenderingRefused(" ".join(found))
    return {name: fields.get(name) or field.get("default", "") for name, field in template.fields.items()}


def _line(template: PolicyTemplate, written: Text, line: str, *, channel: str, language: str) -> str:
    """The sentence of their own, where the template permits one of this length and these words."""
    line = line.strip()
    if not line:
        return ""
    if PERSONAL_LINE not in placeholders(written.body):
        raise RenderingRefused(_("This text has no room for a line of your own."))
    if len(line) > template.personal_line_max:
        raise RenderingRefused(
            _("A line of your own may have %(most)s letters at most; have a longer one approved as an edit.")
            % {"most": template.personal_line_max}
        )
    if found := wording.problems_of_line(line, language=language):
        raise RenderingRefused(" ".join(found))
    return line


def _fill(text: str, values: Mapping[str, Any], *, line: str, channel: str) -> str:
    for name in (PERSONAL_LINE, HELP_LINK):
        if not (line if name == PERSONAL_LINE else values.get(name)):
            text = _EMPTY_LINE[name].sub("", text)
    named = placeholders(text)
    known = {name: _plain(str(values.get(name, "")), channel) for name in named - {PERSONAL_LINE}}
    missing = tuple(sorted(name for name, value in known.items() if not value))
    if missing:
        what = ", ".join(str(RECORD_VALUES.get(name, name)) for name in missing)
        raise RenderingRefused(
            _(
                "The message needs what is not known here: %(what)s. Choose another message or complete the record."
            )
            % {"what": what},
            missing=missing,
        )
    return text.format_map({**known, PERSONAL_LINE: _plain(line, channel)})


def _plain(value: str, channel: str) -> str:
    """A value on one line, without control characters; in an SMS without what would halve its length."""
    value = " ".join(
        "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in value).split()
    )
    return value.replace("₹", "Rs ").replace("Rs  ", "Rs ") if channel == Channel.SMS else value

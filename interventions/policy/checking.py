"""What is wrong with a draft before it is submitted: shape first, then words."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from interventions.contact import packs, page_links
from interventions.messages import rendering
from interventions.models import Channel, ContactPack, HoldoutDesign, PolicyTemplate, ReliefOffer
from interventions.policy import wording
from interventions.policy.content import (
    HELP_LINK,
    LANGUAGES,
    PERSONAL_LINE,
    RECORD_VALUES,
    WRITTEN,
    Text,
    texts_of,
)
from risk.levels import Hardship, Level

# What a new version takes over from the one before.
CONTENT: dict[type[models.Model], tuple[str, ...]] = {
    PolicyTemplate: (
        "hardship", "level", "action", "messages", "fields", "personal_line_max", "relief_kinds", "priority",
        "sla_hours", "effect", "valid_from", "valid_until",
    ),
    ContactPack: ("name", "rules"),
    HoldoutDesign: ("share", "salt", "hardships", "levels", "purpose", "ends_on"),
}  # fmt: skip
FIELD_KEYS = {"label", "max_length", "default"}
HELD_OUT_LEVELS = {Level.LOW.name, Level.MEDIUM.name}


def faults_of(subject: PolicyTemplate | ContactPack | HoldoutDesign) -> list[str]:
    """Sentences about what must be mended before somebody else is asked to decide; none: nothing."""
    if isinstance(subject, PolicyTemplate):
        return policy_faults(subject)
    if isinstance(subject, ContactPack):
        return pack_faults(subject.rules)
    return holdout_faults(subject)


def policy_faults(template: PolicyTemplate) -> list[str]:
    """What is wrong with a policy's action, fields, texts and terms."""
    if found := misshapen(template):
        return found
    found = [] if template.action.strip() else [_("Say what staff are asked to do.")]
    unknown = set(template.relief_kinds) - set(ReliefOffer.Kind.values)
    found += [_("%(kind)s is no kind of relief.") % {"kind": kind} for kind in sorted(unknown)]
    known = RECORD_VALUES.keys() | template.fields.keys() | {PERSONAL_LINE}
    for (channel, language), text in texts_of(template.messages).items():
        where = f"{Channel(channel).label} ({language}): "
        found += [where + fault for fault in _text_faults(text, channel, language, known)]
    return found


def pack_faults(rules: Mapping[str, Any]) -> list[str]:
    """What is wrong with a pack's rules, as the send gate would say."""
    return packs.problems(rules)


def holdout_faults(design: HoldoutDesign) -> list[str]:
    """What is wrong with an experiment: severe cases are never held out."""
    found = [] if design.purpose.strip() else [_("Say what is to be learnt, and until when.")]
    if not design.hardships or set(design.hardships) - {each.name for each in Hardship}:
        found.append(_("Name the hardships that may be held out."))
    if not design.levels or set(design.levels) - HELD_OUT_LEVELS:
        found.append(_("Only LOW and MEDIUM may be held out, and one of them must be named."))
    return found


def misshapen(template: PolicyTemplate) -> list[str]:
    """What could not even be read as texts and fields."""
    found = []
    for channel, texts in template.messages.items():
        if channel not in WRITTEN or not isinstance(texts, dict):
            found.append(_("%(channel)s is no channel.") % {"channel": channel})
            continue
        for language, text in texts.items():
            if language not in LANGUAGES or not _is_text(text, channel):
                found.append(_("%(channel)s has no text in %(language)s that could be read.")
                             % {"channel": Channel(channel).label, "language": language})  # fmt: skip
    for name, field in template.fields.items():
        if not _is_field(name, field):
            found.append(
                _("The field %(name)s needs a plain name, a label and a length from 1 to 200.")
                % {"name": name}
            )
    return found


def _is_text(text: Any, channel: str) -> bool:
    if channel == Channel.EMAIL:
        return (
            isinstance(text, dict)
            and text.keys() == {"subject", "body"}
            and all(isinstance(part, str) and part.strip() for part in text.values())
        )
    return isinstance(text, str) and bool(text.strip())


def _is_field(name: str, field: Any) -> bool:
    return (
        name.isidentifier()
        and name not in RECORD_VALUES
        and name != PERSONAL_LINE
        and isinstance(field, dict)
        and {"label", "max_length"} <= field.keys() <= FIELD_KEYS
        and isinstance(field["label"], str)
        and isinstance(field["max_length"], int)
        and 0 < field["max_length"] <= 200
        and isinstance(field.get("default", ""), str)
        and len(field.get("default", "")) <= field["max_length"]
    )


def _text_faults(text: Text, channel: str, language: str, known: set[str]) -> list[str]:
    try:
        named = rendering.placeholders(text.body) | rendering.placeholders(text.subject)
    except rendering.RenderingRefused as refusal:
        return [str(refusal)]
    found = [_("{%(name)s} is not known.") % {"name": name} for name in sorted(named - known)]
    if HELP_LINK in named and channel not in page_links.CHANNELS:
        found.append(_("{help_link} can be read, not heard: leave it out of what is spoken."))
    if HELP_LINK in rendering.placeholders(text.subject):
        found.append(_("{help_link} belongs into the text, not into its subject."))
    if text.subject:
        found += wording.problems_of_line(text.subject, language=language)
    return found + wording.problems(text.body, channel=channel, language=language)

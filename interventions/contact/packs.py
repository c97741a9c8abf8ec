"""Packs of contact rules: data that two people approve, checked, and read as the send gate's `Rules`.

Only the one active pack counts, and only while its content is what somebody other than its author approved last.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from interventions.contact.contact_rules import Automatic, Cap, Hours, Rules, Span
from interventions.models import Channel, ContactHold, ContactPack, PackDecision, PolicyTemplate, Purpose
from interventions.policy.approved import is_approved
from interventions.policy.content import content_hash
from risk.levels import Level

FOLDER = Path(__file__).parent / "packs"
SHIPPED = ("india", "uk", "us")
# No pack may allow a contact outside these hours, nor look further back than contacts are counted.
EARLIEST, LATEST = dt.time(6), dt.time(22)
MOST_DAYS, MOST_HOURS, MOST_SENDS = 90, 24 * 31, 100_000
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
Pair = tuple[str, str]
_IS_APPROVED = is_approved(ContactPack, decision=PackDecision, of="pack_id")


class PackInvalid(ValueError):
    """These are no rules of contact; `problems` says each reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


class _Day(msgspec.Struct, forbid_unknown_fields=True):
    weekdays: Pair | None
    saturday: Pair | None
    sunday: Pair | None


class _Cap(msgspec.Struct, forbid_unknown_fields=True):
    contacts: int
    days: int
    channels: list[str]


class _Conversation(msgspec.Struct, forbid_unknown_fields=True):
    days: int
    purposes: list[str]


class _CoolDown(msgspec.Struct, forbid_unknown_fields=True):
    after_message: int
    after_not_reached: int


class _Automatic(msgspec.Struct, forbid_unknown_fields=True):
    effects: list[str]
    levels: list[str]
    channels: list[str]


class _Pack(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal[1]
    jurisdiction: str
    holiday_regions: list[str]
    contact_hours: dict[str, _Day]
    caps: list[_Cap]
    after_conversation: _Conversation
    cool_down_hours: _CoolDown
    after_wrong_person_days: int
    breaker_sends_per_hour: int
    holds: dict[str, Literal["deny", "review"]]
    automatic: _Automatic
    purposes: dict[str, list[str]]


def shipped(name: str) -> dict[str, Any]:
    """The rules of a pack that comes with the software, as data.

    Args:
        name: One of `SHIPPED`.
    """
    rules: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return rules


def problems(rules: Mapping[str, Any]) -> list[str]:
    """What is wrong with rules, in sentences for who wrote them; empty: nothing."""
    try:
        parse(rules, name="", content_hash="")
    except PackInvalid as invalid:
        return invalid.problems
    return []


def parse(rules: Mapping[str, Any], *, name: str, content_hash: str) -> Rules:
    """Read a pack's rules.

    Args:
        rules: As they are stored.
        name: The pack's, with its version.
        content_hash: Of the pack.

    Raises:
        PackInvalid: they are none, or would allow what no pack may.
    """
    try:
        pack = msgspec.convert(rules, _Pack)
    except msgspec.ValidationError as error:
        raise PackInvalid([f"{error}."]) from error
    if found := list(_problems(pack)):
        raise PackInvalid(found)
    return Rules(
        name=name,
        content_hash=content_hash,
        jurisdiction=pack.jurisdiction,
        holiday_regions=tuple(pack.holiday_regions),
        contact_hours={channel: _hours(day) for channel, day in pack.contact_hours.items()},
        caps=tuple(Cap(cap.contacts, cap.days, frozenset(cap.channels)) for cap in pack.caps),
        conversation_days=pack.after_conversation.days,
        conversation_purposes=frozenset(pack.after_conversation.purposes),
        after_message_hours=pack.cool_down_hours.after_message,
        after_not_reached_hours=pack.cool_down_hours.after_not_reached,
        wrong_person_days=pack.after_wrong_person_days,
        breaker_sends_per_hour=pack.breaker_sends_per_hour,
        holds=dict(pack.holds),
        automatic=Automatic(
            frozenset(pack.automatic.effects),
            frozenset(pack.automatic.levels),
            frozenset(pack.automatic.channels),
        ),
        purposes={purpose: frozenset(channels) for purpose, channels in pack.purposes.items()},
    )


def active_pack() -> ContactPack | None:
    """The pack that stands: active, unaltered, and approved last by somebody other than its author."""
    found = ContactPack.objects.filter(_IS_APPROVED, state=ContactPack.State.ACTIVE).first()
    return found if found is not None and content_hash(found) == found.content_hash else None


def rules_of(pack: ContactPack | None) -> Rules | None:
    """A pack's rules; None where there is no pack, or its content is no rules: then nothing is sent."""
    if pack is None:
        return None
    try:
        return parse(pack.rules, name=str(pack), content_hash=pack.content_hash)
    except PackInvalid:
        return None


def active_rules() -> Rules | None:
    """The rules that stand; None where none do: then nothing is sent."""
    return rules_of(active_pack())


def _hours(day: _Day) -> Hours:
    return Hours(_span(day.weekdays), _span(day.saturday), _span(day.sunday))


def _span(pair: Pair | None) -> Span | None:
    return None if pair is None else (dt.time.fromisoformat(pair[0]), dt.time.fromisoformat(pair[1]))


def _problems(pack: _Pack) -> Iterator[str]:
    if not re.fullmatch("[A-Z]{2}", pack.jurisdiction):
        yield "jurisdiction: must be a country's code of two capitals, such as IN."
    if not all(0 < len(region) <= 32 for region in pack.holiday_regions):
        yield "holiday_regions: each needs a name of at most 32 letters."
    yield from _problems_of_hours(pack.contact_hours)
    yield from _problems_of_caps(pack.caps)
    yield from _problems_of_numbers(pack)
    # A pause that the customer asked for is no bank's to weigh: it forbids whatever a pack says.
    weighed = [kind for kind in ContactHold.Kind.values if kind != ContactHold.Kind.PAUSE]
    yield from _must_be_all("holds", pack.holds, weighed)
    yield from _must_be_all("purposes", pack.purposes, Purpose.values)
    for purpose, channels in pack.purposes.items():
        yield from _must_be_known(f"purposes.{purpose}", channels, Channel.values)
    yield from _must_be_known("after_conversation.purposes", pack.after_conversation.purposes, Purpose.values)
    if Purpose.SUPPORT not in pack.after_conversation.purposes:
        yield "after_conversation.purposes: support must be among them."
    helpful = [PolicyTemplate.Effect.SUPPORTIVE.value, PolicyTemplate.Effect.AGREED.value]
    yield from _must_be_known("automatic.effects", pack.automatic.effects, helpful)
    yield from _must_be_known("automatic.levels", pack.automatic.levels, Level.labels)
    # A call is made by a person: it is never automatic.
    by_machine = [channel for channel in Channel.values if channel != Channel.CALL]
    yield from _must_be_known("automatic.channels", pack.automatic.channels, by_machine)


def _problems_of_hours(hours: Mapping[str, _Day]) -> Iterator[str]:
    yield from _must_be_all("contact_hours", hours, Channel.values)
    for channel, day in hours.items():
        for name in ("weekdays", "saturday", "sunday"):
            pair = getattr(day, name)
            if pair is not None and not _is_span(pair):
                yield (
                    f"contact_hours.{channel}.{name}: must be two times such as 08:00 and 19:00, the first earlier, "
                    f"from {EARLIEST:%H:%M} to {LATEST:%H:%M}."
                )


def _is_span(pair: Pair) -> bool:
    if not all(TIME.fullmatch(each) for each in pair):
        return False
    begins, ends = (dt.time.fromisoformat(each) for each in pair)
    return EARLIEST <= begins < ends <= LATEST


def _problems_of_caps(caps: list[_Cap]) -> Iterator[str]:
    for number, cap in enumerate(caps):
        yield from _must_be_known(f"caps[{number}].channels", cap.channels, Channel.values)
        yield from _within(f"caps[{number}].contacts", cap.contacts, 1, 100)
        yield from _within(f"caps[{number}].days", cap.days, 1, MOST_DAYS)
    if not any(set(cap.channels) >= set(Channel.values) for cap in caps):
        yield "caps: one must count all channels together."


def _problems_of_numbers(pack: _Pack) -> Iterator[str]:
    yield from _within("after_conversation.days", pack.after_conversation.days, 1, MOST_DAYS)
    yield from _within("cool_down_hours.after_message", pack.cool_down_hours.after_message, 1, MOST_HOURS)
    yield from _within(
        "cool_down_hours.after_not_reached", pack.cool_down_hours.after_not_reached, 1, MOST_HOURS
    )
    yield from _within("after_wrong_person_days", pack.after_wrong_person_days, 1, MOST_DAYS)
    yield from _within("breaker_sends_per_hour", pack.breaker_sends_per_hour, 1, MOST_SENDS)


def _within(name: str, value: int, least: int, most: int) -> Iterator[str]:
    if not least <= value <= most:
        yield f"{name}: must be from {least} to {most}."


def _must_be_known(name: str, given: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    if unknown := sorted(set(given) - set(known)):
        yield f"{name}: {', '.join(unknown)} is unknown; known are {', '.join(known)}."


def _must_be_all(name: str, given: Mapping[str, Any], known: Iterable[str]) -> Iterator[str]:
    yield from _must_be_known(name, given, known)
    if missing := sorted(set(known) - set(given)):
        yield f"{name}: {', '.join(missing)} is missing."

"""A thousand random days of sends, each judged again by somebody who knows nothing of the gate's code.

The judge below is slow and plain on purpose: it walks through minutes and lists, where the gate computes moments.
"""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions import send_gate
from interventions.contact import packs
from interventions.contact.gate_facts import Contact, Talk
from interventions.tests.gate_facts import lawful

CHANNELS = ("sms", "whatsapp", "email", "voice", "call")
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
MINUTE = 60
DAY = 86_400
START, END = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (1995, 2037))


@dataclass
class World:
    """What happens to one customer; seconds since 1970, and clock readings as HH:MM."""

    zone: str
    pack: dict[str, Any]
    begins: int
    holidays: set[str]
    consented: dict[str, bool]
    is_held_out: bool
    sent: list[tuple[int, str]] = field(default_factory=list)
    spoken: list[tuple[int, str, str]] = field(default_factory=list)

    def reading(self, second: int) -> tuple[str, str, int]:
        """The day, the clock and the day of the week there: by the offset, in whole seconds."""
        there = dt.datetime.fromtimestamp(second, ZoneInfo(self.zone))
        offset = there.utcoffset()
        assert offset is not None
        shown = dt.datetime.fromtimestamp(second + int(offset.total_seconds()), dt.UTC)
        return shown.strftime("%Y-%m-%d"), shown.strftime("%H:%M"), calendar.weekday(*shown.timetuple()[:3])

    def violations(self, second: int, channel: str) -> Iterator[str]:
        """Everything that forbids a contact at this second."""
        yield from self.violations_by_clock(second, channel)
        if not self.consented.get(channel, False):
            yield "consent"
        if self.is_held_out:
            yield "holdout"

    def violations_by_clock(self, second: int, channel: str) -> Iterator[str]:
        day, clock, weekday = self.reading(second)
        if day in self.holidays:
            yield "holiday"
        kind = {5: "saturday", 6: "sunday"}.get(weekday, "weekdays")
        hours = self.pack["contact_hours"][channel][kind]
        if hours is None or not hours[0] <= clock < hours[1]:
            yield "quiet_hours"
        for cap in self.pack["caps"]:
            if channel in cap["channels"]:
                within = [
                    at for at, how in self.sent if how in cap["channels"] and second - at < cap["days"] * DAY
                ]
                if len(within) + 1 > cap["contacts"]:
                    yield "frequency"
        peace = self.pack["after_conversation"]["days"] * DAY
        if any(result == "spoke" and second - at < peace for at, _, result in self.spoken):
            yield "conversation"
        pause = self.pack["cool_down_hours"]["after_message"] * 3600
        if channel != "call" and any(how != "call" and second - at < pause for at, how in self.sent):
            yield "message_cool_down"
        pause = self.pack["cool_down_hours"]["after_not_reached"] * 3600
        if channel in ("voice", "call") and any(
            how in ("voice", "call") and second - at < pause for at, how in self.sent
        ):
            yield "call_cool_down"
        pause = self.pack["after_wrong_person_days"] * DAY
        if channel != "email" and any(
            result == "wrong_person" and how != "email" and second - at < pause
            for at, how, result in self.spoken
        ):
            yield "wrong_person"


def hours() -> st.SearchStrategy[list[str] | None]:
    pair = st.lists(st.integers(6 * 60, 22 * 60), min_size=2, max_size=2, unique=True).map(
        lambda both: [f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(both)]
    )
    return st.one_of(pair, st.just(["08:00", "19:00"]), st.just(["06:00", "22:00"]), st.none())


@st.composite
def rule_packs(draw: st.DrawFn) -> dict[str, Any]:
    """A shipped pack, or one with hours, caps and pauses of any kind."""
    pack = packs.shipped(draw(st.sampled_from(packs.SHIPPED)))
    if draw(st.booleans()):
        day = st.fixed_dictionaries({"weekdays": hours(), "saturday": hours(), "sunday": hours()})
        few = st.integers(1, 8)
        pack["contact_hours"] = {channel: draw(day) for channel in CHANNELS}
        some = draw(st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True))
        pack["caps"] = [
            {"contacts": draw(few), "days": draw(few), "channels": list(CHANNELS)},
            {"contacts": draw(few), "days": draw(few), "channels": some},
        ]
        pack["after_conversation"]["days"] = draw(few)
        pack["after_wrong_person_days"] = draw(few)
        pack["cool_down_hours"] = {"after_message": draw(few), "after_not_reached": draw(few)}
    return pack


def changes_of(zone: ZoneInfo, year: int) -> list[int]:
    """The days of a year on which the clocks of a zone are changed, by their first second in UTC."""
    first = int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp())
    days = range(first, first + 366 * DAY, DAY)
    offset = [dt.datetime.fromtimestamp(each, zone).utcoffset() for each in days]
    return [day for day, one, other in zip(days, offset, offset[1:], strict=False) if one != other]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A customer somewhere, some day; every other one on a day on which the clocks there are changed."""
    zone = draw(st.sampled_from(ZONES))
    begins = draw(st.integers(START, END))
    if draw(st.booleans()):
        found = changes_of(ZoneInfo(zone), draw(st.integers(1996, 2036)))
        begins = draw(st.sampled_from(found or [begins])) - draw(st.integers(0, DAY))
    day = dt.datetime.fromtimestamp(begins, dt.UTC).date()
    closed = draw(st.lists(st.integers(-1, 9), max_size=3, unique=True))
    before = st.integers(1, 9 * DAY).map(lambda seconds: begins - seconds)
    sent = draw(st.lists(st.tuples(before, st.sampled_from(CHANNELS)), max_size=9))
    refused = draw(st.dictionaries(st.sampled_from(CHANNELS), st.just(False), max_size=2))
    return World(
        zone=zone,
        pack=draw(rule_packs()),
        begins=begins,
        holidays={(day + dt.timedelta(days=after)).isoformat() for after in closed},
        consented=dict.fromkeys(CHANNELS, True) | refused,
        is_held_out=draw(st.integers(0, 9)) == 0,
        sent=sorted(sent),
    )


# How long until it is tried, by which channel, and what else happens then.
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5 * 3600),
        st.sampled_from(CHANNELS),
        st.sampled_from(
            ["", "edge", "second before", "consent", "spoke", "no_answer", "wrong_person", "lot"]
        ),
    ),
    min_size=4,
    max_size=14,
)


def moment(second: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, dt.UTC)


def asked(world: World, second: int, channel: str) -> send_gate.Verdict:
    facts = lawful(
        channel=channel,
        time_zone=world.zone,
        is_consented=world.consented.get(channel),
        is_held_out=world.is_held_out,
        holidays=tuple(sorted(dt.date.fromisoformat(day) for day in world.holidays)),
        contacts=tuple(
            Contact(moment(at), how, is_message=how != "call", is_attempt=how in ("voice", "call"))
            for at, how in world.sent
        ),
        talks=tuple(Talk(moment(at), how, result) for at, how, result in world.spoken),
        confirmed_at=moment(world.begins - 1),
    )
    rules = packs.parse(world.pack, name="random-1", content_hash="0" * 64)
    return send_gate.decide(facts=facts, rules=rules, now=moment(second))


def edge(world: World, second: int, channel: str) -> int:
    """The next minute at which the channel's hours, or some pause, begin or end; a day on where none do."""
    minute = second - second % MINUTE
    times = {time for pair in world.pack["contact_hours"][channel].values() for time in pair or ()}
    ends = {at + int(cap["days"]) * DAY for at, _ in world.sent for cap in world.pack["caps"]}
    ends |= {
        at + int(hours) * 3600 for at, _ in world.sent for hours in world.pack["cool_down_hours"].values()
    }
    by_clock = (
        each
        for each in range(minute + MINUTE, minute + DAY + 2 * 3600, MINUTE)
        if world.reading(each)[1] in times
    )
    return min([next(by_clock, second + DAY), *(each for each in ends if each > second)])


def happen(world: World, second: int, channel: str, what: str) -> None:
    if what == "consent":
        world.consented[channel] = not world.consented.get(channel, False)
    elif what == "lot":
        world.is_held_out = not world.is_held_out
    elif what in ("spoke", "no_answer", "wrong_person"):
        world.spoken.append((second, channel, what))


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), events=EVENTS)
def test_a_thousand_days_are_lawful(world: World, events: list[tuple[int, str, str]]) -> None:
    """Gate and judge name the same rules at every moment: so nothing goes out against one, nor is held back by none."""
    second = world.begins
    for wait, channel, what in events:
        second += wait
        if what in ("edge", "second before"):
            second = max(second, edge(world, second, channel) - (what == "second before"))
        happen(world, second, channel, what)
        verdict = asked(world, second, channel)

        found = set(world.violations(second, channel))
        assert {denial.rule for denial in verdict.denials} == found
        assert verdict.is_allowed == (not found)
        if verdict.is_allowed:
            world.sent.append((second, channel))


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), events=EVENTS, share=st.floats(0, 1))
def test_the_next_lawful_moment_is_the_first(
    world: World, events: list[tuple[int, str, str]], share: float
) -> None:
    """It is lawful, the second before is not, and neither is one somewhere between."""
    world.consented, world.is_held_out = dict.fromkeys(CHANNELS, True), False
    second = world.begins
    for wait, channel, what in events:
        second += wait
        if what not in ("consent", "lot"):
            happen(world, second, channel, what)
        verdict = asked(world, second, channel)
        if verdict.is_allowed:
            assert verdict.next_lawful_at is None
            world.sent.append((second, channel))
        elif verdict.next_lawful_at is None:
            assert not any(world.pack["contact_hours"][channel].values())
        else:
            first = int(verdict.next_lawful_at.timestamp())
            assert not list(world.violations_by_clock(first, channel))
            for earlier in {first - 1, second + int((first - 1 - second) * share)}:
                assert list(world.violations_by_clock(earlier, channel))

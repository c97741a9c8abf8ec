"""The status strip: what was last seen of each part of the system, and how old that look is."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from interventions.console import moments
from risk.models import SystemProbe

# Probes come every 5 seconds; after this long nobody is looking any more.
STALE_AFTER = dt.timedelta(seconds=30)
# Events may wait while they are stored; after this long without any stored, they stand still.
STANDS_AFTER = dt.timedelta(seconds=30)


class State(TextChoices):
    """How a part is doing, as far as anybody knows."""

    OK = "ok", gettext_lazy("working")
    FAILING = "failing", gettext_lazy("failing")
    STALE = "stale", gettext_lazy("stale")
    UNKNOWN = "unknown", gettext_lazy("never seen")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One line of the strip.

    Args:
        at: The moment the text speaks of, shown as its age.
        probed_at: When somebody looked.
        note: What is wrong, in words; empty when nothing is.
        is_nothing_yet: Whether what it would speak of has never happened.
    """

    key: str
    name: str | Promise
    state: State
    text: str = ""
    at: dt.datetime | None = None
    probed_at: dt.datetime | None = None
    note: str = ""
    is_nothing_yet: bool = False


def parts(*, redis_answers: bool, probes: Mapping[str, SystemProbe] | None = None) -> list[Part]:
    """Every line of the strip. One query, which is the look at the database itself.

    Args:
        redis_answers: Whether Redis did just now.
        probes: Of `read_probes`, where the caller has just looked; None: they are read.
    """
    now, probes = timezone.now(), read_probes() if probes is None else probes
    log = probes.get(SystemProbe.EVENT_LOG)
    engine = probes.get(SystemProbe.RISK_ENGINE)
    return [
        last_event(log, now),
        lag(log, now),
        evaluation(engine, now),
        model(probes.get(SystemProbe.MODEL), engine, now),
        database(now),
        _redis(redis_answers, now),
    ]


def read_probes() -> dict[str, SystemProbe]:
    """What was last seen of each part, by the part's name. One query."""
    return {probe.name: probe for probe in SystemProbe.objects.all()}


def last_event(probe: SystemProbe | None, now: dt.datetime) -> Part:
    """When the newest event happened."""
    state, note = judged(probe, now)
    at = moment(probe, "last_event_at")
    is_none, text = at is None, "" if at else _("none yet")
    if at and settings.BANK_CLOCK_SPEED:
        # Events carry the bank's time, of which an age by the wall clock would be nonsense.
        bank_time = moments.in_bank_time(at)
        at, text = None, _("%(time)s on the bank's clock") % {"time": bank_time}
    return part(
        probe,
        key="last_event",
        name=_("Last event"),
        state=state,
        note=note,
        at=at,
        text=text,
        is_nothing_yet=is_none,
    )


def lag(probe: SystemProbe | None, now: dt.datetime) -> Part:
    """How many events wait to be stored, and whether they are being stored."""
    state, note = judged(probe, now)
    waiting = detail_of(probe).get("lag")
    text = _("unknown")
    if waiting is not None:
        text = ngettext("%(lag)d event waiting", "%(lag)d events waiting", waiting) % {"lag": waiting}
    moved_at = moment(probe, "moved_at")
    if state == State.OK and waiting and moved_at and now - moved_at > STANDS_AFTER:
        state, note = State.FAILING, _("events wait and none is stored: is a consumer running?")
    return part(probe, key="lag", name=_("Event log"), state=state, note=note, text=text)


def evaluation(probe: SystemProbe | None, now: dt.datetime) -> Part:
    """When a customer was last evaluated."""
    state, note = judged(probe, now)
    at = moment(probe, "evaluated_at")
    text = "" if at else _("none yet")
    is_none = at is None
    return part(
        probe,
        key="evaluation",
        name=_("Last evaluation"),
        state=state,
        note=note,
        at=at,
        text=text,
        is_nothing_yet=is_none,
    )


def model(probe: SystemProbe | None, engine: SystemProbe | None, now: dt.datetime) -> Part:
    """Which model scores. It is noted when it changes; that it still holds is known while the engine is seen."""
    label, problem = detail_of(probe).get("model", ""), detail_of(probe).get("problem", "")
    state, note = judged(engine, now)
    if problem:
        state, note = State.FAILING, problem
    elif state == State.FAILING:
        # That the engine could not evaluate somebody is its own line.
        state, note = State.OK, ""
    return part(engine, key="model", name=_("Model"), state=state, text=label or _("rules alone"), note=note)


def database(now: dt.datetime) -> Part:
    """That this page could be read."""
    return Part(key="database", name=_("Database"), state=State.OK, text=_("answers"), probed_at=now)


def _redis(answers: bool, now: dt.datetime) -> Part:
    if answers:
        return Part(key="redis", name=_("Redis"), state=State.OK, text=_("answers"), probed_at=now)
    return Part(
        key="redis",
        name=_("Redis"),
        state=State.FAILING,
        text=_("no answer"),
        probed_at=now,
        note=_("The page is not live; it is read from the database every 30 seconds."),
    )


def judged(
    probe: SystemProbe | None, now: dt.datetime, *, stale_after: dt.timedelta = STALE_AFTER
) -> tuple[State, str]:
    """How a part is doing by its last look, and what is wrong: "working" only where somebody has looked lately."""
    if probe is None:
        return State.UNKNOWN, _("Nobody has looked yet: the worker has not run.")
    if now - probe.probed_at > stale_after:
        return State.STALE, _("Nobody has looked lately: the worker or beat may be down.")
    if not probe.is_ok:
        return State.FAILING, _reason(probe)
    return State.OK, ""


def part(probe: SystemProbe | None, **fields: Any) -> Part:
    """A line about what a probe saw."""
    return Part(probed_at=probe.probed_at if probe else None, **fields)


def detail_of(probe: SystemProbe | None) -> dict[str, Any]:
    """What a probe saw; nothing where there was none."""
    return probe.detail if probe else {}


def moment(probe: SystemProbe | None, key: str) -> dt.datetime | None:
    """A moment that a probe noted."""
    text = detail_of(probe).get(key)
    return parse_datetime(text) if text else None


def _reason(probe: SystemProbe) -> str:
    """In plain words: what exactly went wrong stands in the log."""
    if probe.detail.get("error"):
        return _("it does not answer")
    if set_aside := probe.detail.get("set_aside"):
        return ngettext(
            "%(customers)d customer could not be evaluated",
            "%(customers)d customers could not be evaluated",
            set_aside,
        ) % {"customers": set_aside}
    halted = ", ".join(str(each) for each in probe.detail.get("halted", []))
    return _("Halted: %(halted)s") % {"halted": halted} if halted else _("The last look failed.")

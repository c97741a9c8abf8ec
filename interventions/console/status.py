"""The status strip: what was last seen of each part of the system, and how old that look is."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from risk.models import SystemProbe

# Probes come every 5 seconds; after this long nobody is looking any more.
STALE_AFTER = dt.timedelta(seconds=30)


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
    """

    key: str
    name: str | Promise
    state: State
    text: str = ""
    at: dt.datetime | None = None
    probed_at: dt.datetime | None = None
    note: str = ""


def parts(*, redis_answers: bool) -> list[Part]:
    """Every line of the strip. One query, which is the look at the database itself."""
    now = timezone.now()
    probes = {probe.name: probe for probe in SystemProbe.objects.all()}
    log = probes.get(SystemProbe.EVENT_LOG)
    engine = probes.get(SystemProbe.RISK_ENGINE)
    return [
        _last_event(log, now),
        _lag(log, now),
        _evaluation(engine, now),
        _model(probes.get(SystemProbe.MODEL)),
        Part(key="database", name=_("Database"), state=State.OK, text=_("answers"), probed_at=now),
        _redis(redis_answers, now),
    ]


def _last_event(probe: SystemProbe | None, now: dt.datetime) -> Part:
    state, note = _judged(probe, now)
    at = _moment(probe, "last_event_at")
    text = "" if at else _("none yet")
    if at and settings.BANK_CLOCK_SPEED:
        # Events carry the bank's time, of which an age by the wall clock would be nonsense.
        bank_time = date_format(timezone.localtime(at), "j M, H:i")
        at, text = None, _("%(time)s on the bank's clock") % {"time": bank_time}
    return _part(probe, key="last_event", name=_("Last event"), state=state, note=note, at=at, text=text)


def _lag(probe: SystemProbe | None, now: dt.datetime) -> Part:
    state, note = _judged(probe, now)
    lag = _detail(probe).get("lag")
    text = _("unknown")
    if lag is not None:
        text = ngettext("%(lag)d event waiting", "%(lag)d events waiting", lag) % {"lag": lag}
    return _part(probe, key="lag", name=_("Event log"), state=state, note=note, text=text)


def _evaluation(probe: SystemProbe | None, now: dt.datetime) -> Part:
    state, note = _judged(probe, now)
    at = _moment(probe, "evaluated_at")
    text = "" if at else _("none yet")
    return _part(probe, key="evaluation", name=_("Last evaluation"), state=state, note=note, at=at, text=text)


def _model(probe: SystemProbe | None) -> Part:
    """Which model scores; noted when it changes, so that an old note is none the worse."""
    label, problem = _detail(probe).get("model", ""), _detail(probe).get("problem", "")
    return Part(
        key="model",
        name=_("Model"),
        state=State.FAILING if problem else State.OK,
        text=label or _("rules alone"),
        note=problem,
    )


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


def _judged(probe: SystemProbe | None, now: dt.datetime) -> tuple[State, str]:
    if probe is None:
        return State.UNKNOWN, _("Nobody has looked yet: the worker has not run.")
    if now - probe.probed_at > STALE_AFTER:
        return State.STALE, _("Nobody has looked lately: the worker or beat may be down.")
    if not probe.is_ok:
        return State.FAILING, _reason(probe)
    return State.OK, ""


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


def _part(probe: SystemProbe | None, **fields: Any) -> Part:
    return Part(probed_at=probe.probed_at if probe else None, **fields)


def _detail(probe: SystemProbe | None) -> dict[str, Any]:
    return probe.detail if probe else {}


def _moment(probe: SystemProbe | None, key: str) -> dt.datetime | None:
    text = _detail(probe).get(key)
    return parse_datetime(text) if text else None

"""The state of every part of the system, each with when somebody looked; none is called working on an old look."""

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interventions.console import status
from interventions.console.home.redis_look import RedisLook
from interventions.console.status import Part, State
from interventions.models import Breaker, ProviderRest
from interventions.sending.resting import LONGEST_WISH
from risk.models import ModelVersion, SystemProbe
from risk.portfolio.selectors import is_stale

# Each worker takes a share of the ticks, one of which comes every 5 seconds; consumers note themselves as often.
WORKERS_WITHIN, CONSUMERS_WITHIN = dt.timedelta(minutes=1), dt.timedelta(seconds=30)
# Looked at every 30 seconds.
AUDIT_STALE_AFTER = dt.timedelta(minutes=2)


def system_parts(
    *, probes: Mapping[str, SystemProbe], redis: RedisLook, counted_at: dt.datetime | None
) -> list[Part]:
    """Every part. Three queries.

    Args:
        probes: Of `status.read_probes`.
        redis: How both servers answered just now.
        counted_at: When customers were last counted by level; None: never.
    """
    now = timezone.now()
    log, engine = probes.get(SystemProbe.EVENT_LOG), probes.get(SystemProbe.RISK_ENGINE)
    workers = _workers(probes.get(SystemProbe.WORKERS), redis, now)
    return [
        status.last_event(log, now),
        status.lag(log, now),
        _consumers(probes.get(SystemProbe.CONSUMERS), now),
        status.database(now),
        _broker(redis, now),
        _cache(redis, now),
        workers,
        status.evaluation(engine, now),
        _counts(counted_at),
        _model(probes.get(SystemProbe.MODEL), engine, now),
        _audit(probes.get(SystemProbe.AUDIT), now),
        _sending(now, workers=workers),
    ]


def _consumers(probe: SystemProbe | None, now: dt.datetime) -> Part:
    state, note = status.judged(probe, now, stale_after=CONSUMERS_WITHIN)
    if state == State.UNKNOWN:
        note = _("No consumer has run yet: start manage.py consume_transactions.")
    elif state == State.STALE:
        note = _("No consumer has been seen lately: events wait in the log until one runs.")
    running = _seen_within(probe, CONSUMERS_WITHIN, now)
    text = ngettext("%(n)d running", "%(n)d running", running) % {"n": running}
    return status.part(probe, key="consumers", name=_("Consumers"), state=state, note=note, text=text)


def _workers(probe: SystemProbe | None, redis: RedisLook, now: dt.datetime) -> Part:
    """Beat asks for a tick every few seconds, and a worker notes that it came: either would be missed."""
    state, note = status.judged(probe, now)
    if state in (State.STALE, State.UNKNOWN):
        if redis.waiting:
            note = _("Tasks wait and none is done: no worker is running.")
        else:
            note = _("No task waits and none is done: beat is not running, or no worker is.")
    seen = _seen_within(probe, WORKERS_WITHIN, now)
    text = ngettext("%(n)d worker at work", "%(n)d workers at work", seen) % {"n": seen}
    return status.part(probe, key="workers", name=_("Workers and beat"), state=state, note=note, text=text)


def _seen_within(probe: SystemProbe | None, span: dt.timedelta, now: dt.datetime) -> int:
    seen = status.detail_of(probe).get("seen", {})
    return sum(now - dt.datetime.fromisoformat(each["at"]) <= span for each in seen.values())


def _broker(redis: RedisLook, now: dt.datetime) -> Part:
    name = _("Redis, tasks")
    if redis.waiting is None:
        note = _("Nothing is live, and evaluations wait for beat's ticks. Nothing is lost.")
        return Part(
            key="broker", name=name, state=State.FAILING, text=_("no answer"), probed_at=now, note=note
        )
    text = ngettext("answers, %(n)d task waiting", "answers, %(n)d tasks waiting", redis.waiting)
    return Part(key="broker", name=name, state=State.OK, text=text % {"n": redis.waiting}, probed_at=now)


def _cache(redis: RedisLook, now: dt.datetime) -> Part:
    name = _("Redis, profiles")
    if redis.cache_answers:
        return Part(key="cache", name=name, state=State.OK, text=_("answers"), probed_at=now)
    note = _("Profiles are not served to others; this console reads the database and goes on.")
    return Part(key="cache", name=name, state=State.FAILING, text=_("no answer"), probed_at=now, note=note)


def _counts(counted_at: dt.datetime | None) -> Part:
    name = _("Count by level")
    if counted_at is None:
        note = _("Nobody has counted yet: the worker has not run.")
        return Part(key="counts", name=name, state=State.UNKNOWN, text=_("none yet"), note=note)
    state, note = State.OK, ""
    if is_stale(counted_at):
        state = State.STALE
        note = _("A new bank day is being evaluated, which counts wait for, or the worker or beat is down.")
    return Part(key="counts", name=name, state=state, at=counted_at, probed_at=counted_at, note=note)


def _model(probe: SystemProbe | None, engine: SystemProbe | None, now: dt.datetime) -> Part:
    """Which model scores, and how old it is."""
    part = status.model(probe, engine, now)
    active = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).defer("manifest_text", "metrics")
    found = active.first()
    if found is None or found.activated_at is None:
        return part
    days = (now - found.trained_at).days
    age = ngettext("trained %(n)d day ago", "trained %(n)d days ago", days) % {"n": days}
    said = {
        "model": part.text,
        "age": age,
        "since": date_format(timezone.localtime(found.activated_at), "j M Y"),
    }
    text = _("%(model)s, in force since %(since)s, %(age)s") % said
    return Part(
        key=part.key, name=part.name, state=part.state, text=text, probed_at=part.probed_at, note=part.note
    )


def _audit(probe: SystemProbe | None, now: dt.datetime) -> Part:
    state, note = status.judged(probe, now, stale_after=AUDIT_STALE_AFTER)
    detail = status.detail_of(probe)
    if state == State.FAILING:
        note = "; ".join(detail.get("faults", []))
    at = status.moment(probe, "verified_at")
    text = "" if at else _("never verified")
    return status.part(probe, key="audit", name=_("Audit verified"), state=state, note=note, at=at, text=text)


def _sending(now: dt.datetime, *, workers: Part) -> Part:
    """The breaker, and the providers that rest, read from where senders read it; without workers nobody sends."""
    breaker = Breaker.objects.filter(pk=1).first()
    resting = ProviderRest.objects.filter(until_at__gt=now, until_at__lte=now + LONGEST_WISH)
    names = sorted(resting.values_list("provider", flat=True))
    state, text, note = State.OK, _("open, no provider rests"), ""
    if workers.state != State.OK:
        state, note = workers.state, _("Workers send: messages wait until one runs.")
    if breaker and breaker.opened_at:
        state, text = State.FAILING, _("stopped")
        note = _("The breaker is open: nothing is sent until two people reset it in the outbox.")
    elif names:
        state, text = (
            State.FAILING,
            ngettext("%(n)d provider rests", "%(n)d providers rest", len(names)) % {"n": len(names)},
        )
        note = _("%(providers)s failed again and again; messages wait and are tried later.") % {
            "providers": ", ".join(names)
        }
    return Part(key="sending", name=_("Sending"), state=state, text=text, probed_at=now, note=note)

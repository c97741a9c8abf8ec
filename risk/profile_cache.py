"""The cache of features and risk: one Redis hash per customer. Losing all of it loses nothing."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import redis
import structlog
from django.conf import settings

from customers.models.customer import DEFAULT_SOURCE
from risk.evaluation import NO_BAND, Evaluation, ModelScores
from risk.levels import Hardship, Level, Segment, Signal
from risk.model import specs
from risk.reading import Due, Identity

TIMEOUT_SECONDS = 2.0
# Everybody is evaluated every bank day. The time to live bounds what a crash between commit and cache can leave stale.
LIFETIME = dt.timedelta(hours=26)
CUSTOMERS_PER_CALL = 250
SAMPLES_KEY = "metrics:event_to_risk_ms"
SAMPLES_KEPT = 20_000
SAMPLES_PER_WRITE = 500
FEATURE_DECIMALS = 4
log = structlog.get_logger(__name__)

# Refuses a revision older than the cached one: two refreshes may write their caches in the other order. Writing over a
# profile costs less than making it anew, which is done where it has other fields than it should, such as a model's.
WRITE_NEWER = """
local sent = cmsgpack.unpack(ARGV[1])
local written = 0
for i, key in ipairs(KEYS) do
    local row = sent[i]
    local cached = redis.call('HGET', key, 'revision')
    if not cached or tonumber(cached) <= tonumber(row[2]) then
        redis.call('HSET', key, unpack(row))
        if redis.call('HLEN', key) ~= #row / 2 then
            redis.call('DEL', key)
            redis.call('HSET', key, unpack(row))
        end
        redis.call('PEXPIRE', key, ARGV[2])
        written = written + 1
    end
end
return written
"""


@dataclass(frozen=True)
class Refreshed:
    """One chunk of evaluated customers, in matching order; the reasons' codes by index, of bands above LOW."""

    ids: list[int]
    identities: list[Identity]
    revisions: Sequence[int]
    evaluation: Evaluation
    dues: dict[int, Due]
    as_of: dt.date
    evaluated_at: Sequence[dt.datetime]
    reason_codes: Mapping[int, list[str]] = field(default_factory=dict)


def key_of(*, source: str, bank_id: str) -> str:
    """The hash of one customer: `customer:100`, or `customer@cards:100` in another source than the default.

    No two customers share one, whatever their ids: a source contains no colon.
    """
    return f"customer:{bank_id}" if source == DEFAULT_SOURCE else f"customer@{source}:{bank_id}"


class ProfileCache:
    """Writes profiles. One per process."""

    def __init__(self) -> None:
        self.client = redis.Redis.from_url(
            settings.CACHE_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
        self._script = self.client.register_script(WRITE_NEWER)

    def write(self, refreshed: Refreshed) -> int:
        """Write profiles, refusing to replace newer ones; returns how many were written.

        Raises:
            redis.RedisError: the cache cannot be reached.
        """
        keys = [key_of(source=who.source, bank_id=who.bank_id) for who in refreshed.identities]
        rows = list(zip(keys, _rows(refreshed), strict=True))
        lifetime_ms = int(LIFETIME.total_seconds() * 1000)
        written = 0
        for start in range(0, len(rows), CUSTOMERS_PER_CALL):
            part = rows[start : start + CUSTOMERS_PER_CALL]
            packed = msgspec.msgpack.encode([row for _, row in part])
            written += int(self._script(keys=[key for key, _ in part], args=[packed, lifetime_ms]))
        return written

    def sample_latency(self, *, appended_at: Sequence[dt.datetime], now: dt.datetime) -> None:
        """Remember how long events took from the log to the cache: the first waiting event of each customer."""
        if not appended_at:
            return
        step = -(-len(appended_at) // SAMPLES_PER_WRITE)
        at_ms = round(now.timestamp() * 1000)
        samples = [f"{at_ms}:{(now - since).total_seconds() * 1000:.1f}" for since in appended_at[::step]]
        pipe = self.client.pipeline(transaction=False)
        pipe.lpush(SAMPLES_KEY, *samples)
        pipe.ltrim(SAMPLES_KEY, 0, SAMPLES_KEPT - 1)
        pipe.execute()


def latency_samples(client: redis.Redis, *, since: dt.datetime) -> list[float]:
    """Milliseconds from event log to cache, of refreshes since a moment."""
    since_ms = since.timestamp() * 1000
    found: Iterable[bytes] = client.lrange(SAMPLES_KEY, 0, -1)  # type: ignore[assignment]
    pairs = (sample.decode().split(":") for sample in found)
    return [float(latency_ms) for at_ms, latency_ms in pairs if float(at_ms) >= since_ms]


def _rows(refreshed: Refreshed) -> Iterable[list[str]]:
    """Flat field, value, field, value … lists, `revision` first."""
    evaluation = refreshed.evaluation
    moments = {moment: moment.isoformat() for moment in set(refreshed.evaluated_at)}
    columns: dict[str, list[str]] = {
        "revision": [str(revision) for revision in refreshed.revisions],
        "customer_id": [who.bank_id for who in refreshed.identities],
        "risk_score": list(map("%g".__mod__, evaluation.score.score.tolist())),
        "risk_level": [_LEVELS[code] for code in evaluation.level.tolist()],
        "hardship_type": [_HARDSHIPS[code] for code in evaluation.hardships.tolist()],
        "segment": [_SEGMENTS[code] for code in evaluation.segments.tolist()],
        "next_due_on": [
            refreshed.dues[i].due_on.isoformat() if i in refreshed.dues else "" for i in refreshed.ids
        ],
        "as_of": [refreshed.as_of.isoformat()] * len(refreshed.ids),
        "evaluated_at": [moments[moment] for moment in refreshed.evaluated_at],
    }
    for signal in Signal:
        points = evaluation.score.points[signal].tolist()
        columns[f"{signal.value}_points"] = list(map("%g".__mod__, points))
    for name in evaluation.features.names():
        values = getattr(evaluation.features, name)
        as_text = "%.2f".__mod__ if values.dtype.kind == "f" else str
        columns[name] = list(map(as_text, values.tolist()))
    blank = list(itertools.chain.from_iterable((name, "") for name in columns))
    said = _said(evaluation.model, refreshed) if evaluation.model else [()] * len(refreshed.ids)
    for row_values, more in zip(zip(*columns.values(), strict=True), said, strict=True):
        row = blank.copy()
        row[1::2] = row_values
        yield row + list(more)


def _said(model: ModelScores, refreshed: Refreshed) -> Iterator[tuple[str, ...]]:
    """Fields and values of what the model says; none for those of whom it does not speak.

    Its features are one JSON object in one field: as fields of their own they would double the cache's work. Of what
    only holds on from an earlier evaluation there are none: they would not be those it was said of.
    """
    features = np.round(model.inputs.values.astype(np.float64), FEATURE_DECIMALS).tolist()
    bands, levels = model.scores.band.tolist(), refreshed.evaluation.score.level.tolist()
    probabilities, held = model.scores.probability.tolist(), model.is_held.tolist()
    for index, (probability, band, level, row) in enumerate(
        zip(probabilities, bands, levels, features, strict=True)
    ):
        if band == NO_BAND:
            yield ()
            continue
        said = (
            "probability", f"{probability:.6f}", "model_band", _LEVELS[band], "model_version", model.label,
            "score_level", _LEVELS[level],
        )  # fmt: skip
        if held[index]:
            yield (*said, "model_held", "1")
            continue
        packed = msgspec.json.encode(_ModelFeatures(*row)).decode()
        codes = refreshed.reason_codes.get(index)
        reasons = ("model_reasons", msgspec.json.encode(codes).decode()) if codes else ()
        yield (*said, "model_features", packed, *reasons)


# As a struct, the names are written down once and not looked up for every customer; a missing value, NaN, becomes null.
_ModelFeatures = msgspec.defstruct("_ModelFeatures", [(name, float) for name in specs.NAMES])
_LEVELS = {int(level): level.label for level in Level}
_HARDSHIPS = {int(hardship): hardship.label for hardship in Hardship}
_SEGMENTS = {int(segment): segment.label for segment in Segment}

"""The refresh: claimed customers' tiles become features, risk, receipts and a cache entry."""

import datetime as dt
import time
from dataclasses import dataclass, field

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers import bank_clock, partitions
from customers.payments import payments_book
from risk import claims, hints, reading, writing
from risk.claims import Claim, Cursor
from risk.evaluation import evaluate
from risk.models import SystemProbe
from risk.profile_cache import ProfileCache, Refreshed
from risk.rulebook import EQUILIBRATE_1, RulebookContent
from risk.services import rulebook_store

log = structlog.get_logger(__name__)


@dataclass
class Refresher:
    """Refreshes chunk after chunk. One per process; holds nothing but connections and remembered constants."""

    rules: RulebookContent = EQUILIBRATE_1
    cache: ProfileCache = field(default_factory=ProfileCache)
    publisher: hints.Publisher = field(default_factory=hints.make_publisher)
    cursor: Cursor = field(default_factory=Cursor)
    months: set[dt.date] = field(default_factory=set)
    rulebook_id: int | None = None
    is_turn_of_day: bool = False

    def run(self, *, until: float) -> bool:
        """Refresh everybody who waits, news and the bank day in turn, until a moment of `time.monotonic`.

        Returns:
            Whether work may be left.
        """
        last: Refreshed | None = None
        customers = 0
        while time.monotonic() < until:
            refreshed = self.chunk()
            if refreshed is None:
                break
            last, customers = refreshed, customers + len(refreshed.ids)
        if last is not None:
            _note_evaluation(last, customers)
        return last is not None and time.monotonic() >= until

    def chunk(self) -> Refreshed | None:
        """Refresh one chunk in one transaction, then cache and announce it; None when nobody waits."""
        self._prepare()
        with transaction.atomic():
            reading.plan_for_chunks()
            claim = self._claim()
            if claim is None:
                return None
            refreshed = self._evaluate(claim)
        self._tell(refreshed, claim)
        return refreshed

    def _claim(self) -> Claim | None:
        """News, and at every second turn a range of the bank day: under steady load there is always news."""
        turns = [lambda: claims.take_marked(self.cursor), claims.take_range]
        if self.is_turn_of_day:
            turns.reverse()
        self.is_turn_of_day = not self.is_turn_of_day
        return turns[0]() or turns[1]()

    def _prepare(self) -> None:
        """What must be committed before a refresh's own transaction."""
        if self.rulebook_id is None:
            self.rulebook_id = rulebook_store(self.rules).pk
        month = partitions.month_of(bank_clock.now())
        if month not in self.months:
            partitions.ensure_months(table=partitions.SNAPSHOTS, months=[month])
            self.months.add(month)

    def _evaluate(self, claim: Claim) -> Refreshed:
        ids = claim.ids
        moment = writing.Moment(
            as_of=bank_clock.today(),
            bank_at=bank_clock.now(),
            wall_at=timezone.now(),
            rulebook_id=self.rulebook_id or 0,
            code_version=settings.CODE_VERSION,
        )
        payments_book(since=claim.repayments_from)
        previous = reading.read_previous(ids=ids, as_of=moment.as_of)
        evaluation = evaluate(
            tiles=reading.read_tiles(ids=ids, as_of=moment.as_of, rules=self.rules),
            customers=len(ids),
            as_of=reading.day_number(moment.as_of),
            last_salary_day=previous.last_salary_day,
            rules=self.rules,
        )
        dues = reading.read_dues(ids=ids, as_of=moment.as_of)
        written = writing.write(ids=ids, previous=previous, evaluation=evaluation, dues=dues, moment=moment)
        return Refreshed(
            ids=ids,
            identities=reading.read_identities(ids),
            revisions=written.revision.tolist(),
            evaluation=evaluation,
            dues=dues,
            as_of=moment.as_of,
            evaluated_at=[moment.wall_at] * len(ids),
        )

    def _tell(self, refreshed: Refreshed, claim: Claim) -> None:
        """Cache and announce what is committed. Redis being down loses nothing: the cache is rebuilt or expires."""
        try:
            self.cache.write(refreshed)
            self.cache.sample_latency(appended_at=claim.appended_at, now=timezone.now())
        except redis.RedisError as error:
            log.warning("profiles not cached", customers=len(refreshed.ids), error=str(error))
        managers = {who.assigned_rm_id for who in refreshed.identities if who.assigned_rm_id}
        self.publisher.publish([hints.EVERYBODY, *map(hints.group_of_manager, managers)])


def _note_evaluation(last: Refreshed, customers: int) -> None:
    SystemProbe.objects.update_or_create(
        name=SystemProbe.RISK_ENGINE,
        defaults={
            "is_ok": True,
            "detail": {"evaluated_at": last.evaluated_at[0].isoformat(), "customers": customers},
            "probed_at": timezone.now(),
        },
    )

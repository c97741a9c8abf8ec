"""The refresh: claimed customers' tiles become features, risk by rules and model, receipts and a cache entry."""

import datetime as dt
import time
from dataclasses import dataclass, field

import redis
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers import bank_clock, partitions
from customers.payments import payments_book
from risk import claims, hints, reading, writing
from risk.alerts import raise_operational
from risk.claims import Claim, Cursor
from risk.engine_note import EngineNote
from risk.log_positions import latest
from risk.model import live, shadow
from risk.model.standing import Problem, Standing, Verdict
from risk.model.standing_note import StandingNote
from risk.profile_cache import ProfileCache, Refreshed
from risk.rulebook import EQUILIBRATE_1, RulebookContent
from risk.services import rulebook_store

MOST_SEARCHED = 30
MOST_NAMED = 20
MOST_CHARACTERS = 500
RETRY_SECONDS = 60.0
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
    rulebook_hash: str = ""
    is_turn_of_day: bool = False
    note: EngineNote = field(default_factory=EngineNote)
    standing: Standing = field(default_factory=Standing)
    standing_note: StandingNote = field(default_factory=StandingNote)
    verdict: Verdict = field(default_factory=Verdict)
    failures: list[Problem] = field(default_factory=list)
    retried_at: float = float("-inf")

    def run(self, *, until: float) -> bool:
        """Refresh everybody who waits, news and the bank day in turn, until a moment of `time.monotonic`.

        Returns:
            Whether work may be left.
        """
        last: Refreshed | None = None
        customers = 0
        is_work_left = False
        self._retry()
        # A model that must not score is noticed, and one that may is loaded, though nobody waits.
        self.standing_note.take(self.standing.look(today=bank_clock.today()))
        while time.monotonic() < until:
            parts = self.chunk()
            is_work_left = parts is not None
            if parts is None:
                break
            for last in parts:
                customers += len(last.ids)
        self.note.take(last, customers)
        return is_work_left

    def _retry(self) -> None:
        """Now and then, ask for those again whom the model could not score: what made it fail may be over."""
        if time.monotonic() - self.retried_at >= RETRY_SECONDS:
            self.retried_at = time.monotonic()
            claims.mark_failed_by_model()

    def chunk(self) -> list[Refreshed] | None:
        """Refresh one chunk in one transaction, then cache and announce it; None when nobody waits.

        Returns:
            What was refreshed: all at once, or in parts, without the customers for whom it failed.
        """
        self._prepare()
        self.failures.clear()
        done: list[tuple[Claim, Refreshed]] = []
        with transaction.atomic():
            reading.plan_for_chunks()
            claim = self._claim()
            if claim is None:
                return None
            failed: list[Claim] = []
            self._attempt(claim, done, failed)
            if failed:
                _raise_set_aside(failed)
        for part, refreshed in done:
            self._tell(refreshed, part)
        self.standing_note.take(self.verdict, self.failures)
        return [refreshed for _, refreshed in done]

    def _attempt(self, claim: Claim, done: list[tuple[Claim, Refreshed]], failed: list[Claim]) -> None:
        """Evaluate a claim, in halves where that fails, until those for whom it does are found and set aside.

        Where the failures are many, it is hardly a matter of customers: then whole parts are set aside, in good time.

        Raises:
            OperationalError, InterfaceError: the database is away; nobody was claimed, and all will be tried again.
        """
        try:
            with transaction.atomic():
                refreshed = self._evaluate(claim)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(claim.ids) > 1 and len(failed) < MOST_SEARCHED:
                for half in claim.halves():
                    self._attempt(half, done, failed)
                return
            log.exception("set aside", customers=len(claim.ids), first=claim.ids[:MOST_NAMED])
            claims.set_aside(claim, error=f"{type(error).__name__}: {error}"[:MOST_CHARACTERS])
            failed.append(claim)
        else:
            done.append((claim, refreshed))

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
            stored = rulebook_store(self.rules)
            self.rulebook_id, self.rulebook_hash = stored.pk, stored.content_hash
        month = partitions.month_of(bank_clock.now())
        if month not in self.months:
            partitions.ensure_months(table=partitions.SNAPSHOTS, months=[month])
            self.months.add(month)

    def _evaluate(self, claim: Claim) -> Refreshed:
        ids = claim.ids
        today = bank_clock.today()
        # A day that has begun elsewhere has begun, though this machine's clock be a little behind.
        as_of = max(today, claim.day_on or today)
        payments_book(since=claim.repayments_from)
        # Asked after the claim: whoever activates a model has everybody evaluated again, and waits for this claim.
        self.verdict = self.standing.look(today=as_of)
        moment = self._moment(as_of)
        said = live.ask(verdict=self.verdict, ids=ids, as_of=moment.as_of, rules=self.rules)
        previous = reading.read_previous(ids=ids, as_of=moment.as_of)
        judged = live.judge(
            said=said, verdict=self.verdict, previous=previous, as_of=moment.as_of, rules=self.rules
        )
        self.failures += said.failures
        dues = reading.read_dues(ids=ids, as_of=moment.as_of)
        known_to = latest(ids=ids, news=claim.log_positions, before=previous.log_positions)
        written = writing.write(
            ids=ids, previous=previous, judged=judged, dues=dues, log_positions=known_to, moment=moment
        )
        if said.shadow:
            shadow.write(ids=ids, said=said.shadow, score_level=judged.evaluation.score.level, moment=moment)
        return Refreshed(
            ids=ids,
            identities=reading.read_identities(ids),
            revisions=written.revision.tolist(),
            evaluation=judged.evaluation,
            dues=dues,
            as_of=moment.as_of,
            evaluated_at=[moment.wall_at] * len(ids),
            reason_codes=judged.reason_codes(),
        )

    def _moment(self, as_of: dt.date) -> writing.Moment:
        active = self.verdict.active
        return writing.Moment(
            as_of=as_of,
            bank_at=bank_clock.now(),
            wall_at=timezone.now(),
            rulebook_id=self.rulebook_id or 0,
            rulebook_hash=self.rulebook_hash,
            model_hash=active.registered.manifest_sha256 if active else None,
            code_version=settings.CODE_VERSION,
        )

    def _tell(self, refreshed: Refreshed, claim: Claim) -> None:
        """Cache and announce what is committed. Redis being down loses nothing: the cache is rebuilt or expires."""
        try:
            self.cache.write(refreshed)
            self.cache.sample_latency(appended_at=claim.appended_at, now=timezone.now())
        except redis.RedisError as error:
            log.warning("profiles not cached", customers=len(refreshed.ids), error=str(error))
        managers = {
            manager
            for who in refreshed.identities
            for manager in (who.assigned_rm_id, who.covering_rm_id)
            if manager
        }
        self.publisher.publish([hints.EVERYBODY, *map(hints.group_of_manager, managers)])


def _raise_set_aside(failed: list[Claim]) -> None:
    """Tell operators, once a bank day."""
    raise_operational(
        dedupe_key=f"refresh.set_aside.{bank_clock.today()}",
        message=gettext_noop(
            "Customers could not be evaluated and were set aside, with the risk they had. The log says why. "
            "They are evaluated again on news, on the next bank day, or with: manage.py retry_set_aside"
        ),
        detail={"customers": [each for claim in failed for each in claim.ids][:MOST_NAMED]},
    )

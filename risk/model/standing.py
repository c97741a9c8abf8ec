"""Which models score now: looked up for every chunk, verified every few seconds, loaded when they change.

A model scores only while it is active, approved by somebody other than its author until a day that is not past, and its
bytes and manifest are the very ones that were approved. Where any of it fails the rules go on alone: operators are told
once a day, the status says so, and everybody is evaluated again, so that no level of it stays.
"""

import datetime as dt
import gc
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from risk.features import Floats
from risk.model import specs
from risk.model import standing_words as words
from risk.model.inputs import Matrix
from risk.model.manifest import sha256_of_text
from risk.model.scorer import ModelUnusable, Scorer, Scores

VERIFY_SECONDS = 3.0
log = structlog.get_logger(__name__)


class Scoring(Protocol):
    """What is asked of a loaded model (`risk.model.scorer.Scorer`)."""

    def score(self, values: Matrix) -> Scores:
        """Margin, probability and band of each row of features."""

    def contributions(self, values: Matrix) -> Floats:
        """What each feature adds to each row's margin; the base value in the last column."""


Loader = Callable[[bytes, Mapping[str, Any]], Scoring]


class Registered(NamedTuple):
    """What the registry says of a version that is active or in shadow."""

    pk: int
    label: str
    is_active: bool
    valid_until_on: dt.date | None
    manifest_sha256: str
    ubj_sha256: str


class Digests(NamedTuple):
    """The hashes of what lies in the database now, and whether the approval does."""

    manifest_sha256: str
    ubj_sha256: str | None
    is_approved: bool


@dataclass(frozen=True)
class Loaded:
    """A model in memory, made of the bytes and the manifest that the registry names."""

    registered: Registered
    scorer: Scoring


@dataclass(frozen=True)
class Problem:
    """Why a version does not score.

    Args:
        registered: the version.
        text: in plain words, for everybody.
        occasion: the same for as long as it is the same problem.
        day: operators are told again on every bank day on which it lasts; None: once.
        error: what exactly went wrong, for operators.
        is_partial: it does score, but not everybody whom it should; the text goes on from its name then.
    """

    registered: Registered
    text: str
    occasion: str
    day: dt.date | None = None
    error: str = ""
    is_partial: bool = False


@dataclass(frozen=True)
class Verdict:
    """What scores now: the active version and the one in shadow, each where it may and can."""

    active: Loaded | None = None
    shadow: Loaded | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> str:
        """What everybody's level depends on: which model scores, or why the active one does not."""
        if self.active:
            return scores_as(self.active.registered.pk)
        return "".join(each.occasion for each in self.problems if each.registered.is_active)


@dataclass(frozen=True)
class Checked:
    """The last verification of a version; `is_final`: the same bytes need not be loaded again."""

    registered: Registered
    found: Loaded | Problem
    at: float
    is_final: bool


@dataclass
class Standing:
    """Looks and remembers. One per process."""

    load: Loader = Scorer.load
    verify_seconds: float = VERIFY_SECONDS
    checked: dict[int, Checked] = field(default_factory=dict)

    def look(self, *, today: dt.date) -> Verdict:
        """What scores on a bank day: one query, and now and then a second one that verifies."""
        registered = registered_now()
        if not registered:
            self.checked.clear()
            return Verdict()
        found = {each: self._found(each, today) for each in registered}
        self.checked = {each.pk: self.checked[each.pk] for each in registered if each.pk in self.checked}
        loaded = {each.is_active: state for each, state in found.items() if isinstance(state, Loaded)}
        return Verdict(
            active=loaded.get(True),
            shadow=loaded.get(False),
            problems=tuple(state for state in found.values() if isinstance(state, Problem)),
        )

    def _found(self, registered: Registered, today: dt.date) -> Loaded | Problem:
        if expired := _expired(registered, today):
            return expired
        last = self.checked.get(registered.pk)
        now = time.monotonic()
        if last is None or last.registered != registered or now - last.at >= self.verify_seconds:
            last = self._verified(registered, last, today)
            self.checked[registered.pk] = last
        return last.found

    def _verified(self, registered: Registered, last: Checked | None, today: dt.date) -> Checked:
        """Verify what lies in the database now, and load it unless that has been done.

        Raises:
            OperationalError, InterfaceError: the database is away.
        """
        now = time.monotonic()
        if altered := _altered(registered, today):
            return Checked(registered, altered, now, is_final=False)
        if last and last.is_final and _is_same_model(last.registered, registered):
            found = last.found if isinstance(last.found, Loaded) else replace(last.found, day=today)
            return replace(last, registered=registered, found=found, at=now)
        try:
            loaded = load_stored(registered, load=self.load)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Whatever a library makes of stored bytes, the rules go on. Only what is wrong with the bytes is final.
            log.exception("model not loaded", model=registered.label)
            problem = _unloadable(registered, error, today)
            return Checked(registered, problem, now, is_final=isinstance(error, ModelUnusable))
        collector_spare()
        return Checked(registered, loaded, now, is_final=True)


def collector_spare() -> None:
    """What is in memory now stays: spare the garbage collector from walking over it again and again.

    A library for models brings a hundred thousand objects; every few chunks the collector looked at all of them.
    """
    gc.collect()
    gc.freeze()


def registered_now() -> list[Registered]:
    """The versions that are active or in shadow, unverified."""
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED)
        return [Registered(*row) for row in cursor.fetchall()]


def problem_of(registered: Registered, *, today: dt.date) -> Problem | None:
    """Why a version may not score on a bank day, without loading it."""
    return _expired(registered, today) or _altered(registered, today)


def _expired(registered: Registered, today: dt.date) -> Problem | None:
    until = registered.valid_until_on
    if not registered.is_active or (until is not None and until >= today):
        return None
    return Problem(registered, words.EXPIRED % {"until": until}, f"expired.{registered.pk}.{until}")


def _altered(registered: Registered, today: dt.date) -> Problem | None:
    """What is wrong with what lies in the database, hashed by PostgreSQL: is it what was registered, and approved?

    Raises:
        OperationalError, InterfaceError: the database is away.
    """
    try:
        # A page of it may be damaged: that must not end the transaction around us.
        with transaction.atomic():
            digests = _digests(registered)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as error:
        log.exception("model not readable", model=registered.label)
        occasion = f"unreadable.{registered.pk}.{type(error).__name__}"
        return Problem(registered, words.UNREADABLE, occasion, today, _error(error))
    occasion = f"altered.{registered.pk}.{digests.manifest_sha256[:16]}.{(digests.ubj_sha256 or '')[:16]}"
    if digests.ubj_sha256 != registered.ubj_sha256:
        return Problem(registered, words.BYTES_ALTERED, occasion, today)
    if digests.manifest_sha256 != registered.manifest_sha256:
        return Problem(registered, words.MANIFEST_ALTERED, occasion, today)
    if registered.is_active and not digests.is_approved:
        return Problem(registered, words.UNAPPROVED, f"unapproved.{registered.pk}", today)
    return None


def load_stored(registered: Registered, *, load: Loader = Scorer.load) -> Loaded:
    """Read a version's bytes and manifest, check both hashes, and make it ready to score.

    Raises:
        ModelUnusable: they are not what was registered, or not fit for this release.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STORED, [registered.pk])
        found = cursor.fetchone()
    text, content = found or ("", b"")
    ubj = bytes(content)
    if sha256_of_text(text) != registered.manifest_sha256:
        raise ModelUnusable(words.MANIFEST_ALTERED)
    if hashlib.sha256(ubj).hexdigest() != registered.ubj_sha256:
        raise ModelUnusable(words.BYTES_ALTERED)
    return Loaded(registered, load(ubj, json.loads(text)))


def scores_as(pk: int | None) -> str:
    """The `Verdict.key` of a version that scores; of None, that none is active."""
    return "" if pk is None else f"scores.{pk}"


def _digests(registered: Registered) -> Digests:
    with connection.cursor() as cursor:
        cursor.execute(_DIGESTS, [registered.pk])
        found = cursor.fetchone()
    return Digests(*found) if found else Digests("", None, False)


def _is_same_model(one: Registered, other: Registered) -> bool:
    return one[-2:] == other[-2:]


def _unloadable(registered: Registered, error: Exception, today: dt.date) -> Problem:
    occasion = f"unloadable.{registered.pk}.{specs.SCHEMA_HASH[:16]}"
    text = words.NOT_LOADED
    if isinstance(error, ModelUnusable):
        text = words.UNFIT
    return Problem(registered, text, occasion, today, _error(error))


def _error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


_REGISTERED = """
SELECT id, name || '-' || version, state = 'active', valid_until_on, manifest_sha256, artifact_id
FROM risk_modelversion WHERE state = 'active' OR shadow_since IS NOT NULL
"""
_DIGESTS = """
SELECT encode(sha256(convert_to(model.manifest_text, 'UTF8')), 'hex'),
    encode(sha256(artifact.content), 'hex'),
    coalesce((
        SELECT decision.author_id = model.author_id AND decision.decided_by_id <> model.author_id
            AND decision.valid_until_on = model.valid_until_on
        FROM risk_modeldecision decision
        WHERE decision.model_id = model.id AND decision.kind = 'approved'
            AND decision.manifest_sha256 = model.manifest_sha256
        ORDER BY decision.id DESC LIMIT 1
    ), false)
FROM risk_modelversion model LEFT JOIN risk_modelartifact artifact ON artifact.sha256 = model.artifact_id
WHERE model.id = %s
"""
_STORED = """
SELECT model.manifest_text, artifact.content
FROM risk_modelversion model JOIN risk_modelartifact artifact ON artifact.sha256 = model.artifact_id
WHERE model.id = %s
"""

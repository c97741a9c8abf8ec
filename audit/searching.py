"""The one box that searches the audit: each word is taken for the first thing that it can be, and it is said which.

Every meaning goes along an index, so that a million events are searched as quickly as a few. Who means another thing
than the first writes the kind before the word: `customer 4711`, `actor rm1`, `action …`, `request …`, `case 17`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from audit import standing
from audit.models import AuditEvent

SYSTEM = "system"
MOST_WORDS = 8

# The distinct kinds of subjects, one probe of the index each.
_KINDS = """
WITH RECURSIVE known AS (
    (SELECT subject_type AS kind FROM public.audit_auditevent ORDER BY subject_type LIMIT 1)
    UNION ALL
    SELECT (SELECT subject_type FROM public.audit_auditevent WHERE subject_type > known.kind
            ORDER BY subject_type LIMIT 1)
    FROM known WHERE known.kind IS NOT NULL
)
SELECT kind FROM known WHERE kind IS NOT NULL
"""


@dataclass
class Understood:
    """What somebody searched for.

    Args:
        query: what events must be like.
        said: each word's meaning, in words.
        unknown: words that are nothing we know; no event is found then.
    """

    query: Q = field(default_factory=Q)
    said: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def understood(text: str) -> Understood:
    """The meaning of a search."""
    found, words = Understood(), text.replace("\0", "").split()[:MOST_WORDS]
    while words:
        kind, rest = words[0], words[1:]
        if rest and (query := _of_kind(kind, rest[0])) is not None:
            meaning: tuple[Q, str] | None = (query, f"{kind} {rest[0]}")
            words = rest[1:]
        else:
            meaning, words = next(_meanings(kind), None), rest
        if meaning is None:
            found.unknown.append(kind)
        else:
            found.query &= meaning[0]
            found.said.append(meaning[1])
    return found


def of_customer(number: str) -> Q:
    """Events about a customer of the bank's number."""
    return Q(customer_key__in=import_string(settings.AUDIT_CUSTOMER_KEYS)(number))


def of_actor(name: str) -> Q:
    """Events of a username, or of any part of a name in full; `system` for what nobody did."""
    if name == SYSTEM:
        return Q(actor__isnull=True)
    named = Q(username=name) | Q(first_name__iexact=name) | Q(last_name__iexact=name)
    users = get_user_model().objects.filter(named)
    return Q(actor_id__in=list(users.values_list("pk", flat=True)))


def of_action(beginning: str) -> Q:
    """Events of an action, or of all that begin so."""
    return Q(action__in=[each for each in standing.actions() if each.startswith(beginning)])


def of_request(request_id: str) -> Q:
    """Everything that one request set off."""
    return Q(request_id=request_id)


def of_subject(kind: str, number: str) -> Q:
    """Events about one thing."""
    return Q(subject_type=kind, subject_id=number)


def kinds() -> list[str]:
    """Every kind of subject there is."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS)
        return [kind for (kind,) in cursor.fetchall()]


_BY_KIND = {"customer": of_customer, "actor": of_actor, "action": of_action, "request": of_request}


def _of_kind(kind: str, word: str) -> Q | None:
    if kind in _BY_KIND:
        return _BY_KIND[kind](word)
    return of_subject(kind, word) if kind in kinds() else None


def _meanings(word: str) -> Iterator[tuple[Q, str]]:
    """What a word can be, the likeliest first."""
    if word == SYSTEM:
        yield of_actor(word), _("actor: the system")
    if any(each == word or each.startswith(f"{word.rstrip('.')}.") for each in standing.actions()):
        yield of_action(word), _("action %(word)s") % {"word": word}
    if import_string(settings.AUDIT_CUSTOMER_KEYS)(word):
        yield of_customer(word), _("customer %(word)s") % {"word": word}
    if of_actor(word) != Q(actor_id__in=[]):
        yield of_actor(word), _("actor %(word)s") % {"word": word}
    if AuditEvent.objects.filter(of_request(word)).exists():
        yield of_request(word), _("request %(word)s") % {"word": word}

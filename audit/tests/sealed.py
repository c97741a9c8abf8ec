"""Sealed events for tests, and the owner who does with them as an attacker would."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection

from audit import reading, sealing
from audit.checkpoints import Checkpoint, Keys, key_id, read_checkpoint, sign
from audit.models import AuditEvent
from audit.sealed_rows import Row
from audit.services import record
from audit.verify import Verifier

# Text that would confuse a format with separators.
NASTY = 'a,"b":1:2,-\\ \u20b9 \u0928\u092e\u0938\u094d\u0924\u0947 \U0001f600 \u0007\n'


def officer(name: str = "officer") -> User:
    """Somebody who reads the audit."""
    made = User.objects.create_user(name)
    made.groups.add(Group.objects.get_or_create(name=settings.AUDIT_READERS)[0])
    return made


def events(count: int, **fields: Any) -> list[AuditEvent]:
    """Some events, not sealed."""
    return [
        record(
            action="tests.thing.done",
            subject_type="thing",
            subject_id=number,
            detail={"n": number, "text": NASTY, "amount": 12.50},
            **fields,
        )
        for number in range(count)
    ]


def sealed(count: int, **fields: Any) -> list[Row]:
    """Some events, sealed and read back."""
    events(count, **fields)
    sealing.seal()
    return rows()


def rows() -> list[Row]:
    """Every sealed row."""
    with connection.cursor() as cursor:
        return list(reading.sealed_rows(cursor))


def keys_of(key: Ed25519PrivateKey) -> Keys:
    """Its public key by id."""
    public = key.public_key()
    return {key_id(public): public}


def checkpoint_over(some: list[Row], key: Ed25519PrivateKey) -> Checkpoint:
    """A signed checkpoint over rows, read back."""
    verifier = Verifier()
    verifier.read(some)
    made = Checkpoint(
        size=verifier.tree.size,
        event_id=verifier.last_event_id,
        chain=verifier.chain,
        root=verifier.tree.root(),
        peaks=tuple(verifier.tree.peaks),
        made_at="2026-02-17T12:00:00+00:00",
        key=key_id(key.public_key()),
    )
    return read_checkpoint(sign(made, key), keys_of(key))


@contextmanager
def owner() -> Iterator[psycopg.Connection]:
    """The database's owner, in a transaction without our triggers that is undone at the end."""
    url = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    login = {"host": url["HOST"], "port": url["PORT"], "user": url["USER"], "password": url["PASSWORD"]}
    with psycopg.connect(**login, dbname=url["NAME"]) as found:
        for table in ("audit_auditevent", "audit_auditseal", "audit_auditpersonal", "audit_auditcheckpoint"):
            found.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield found
        found.rollback()

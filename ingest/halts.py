"""Halting one partition until a person has looked, and lifting the halt."""

import uuid
from typing import Literal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.services import record
from ingest.event_log import Inspector, Partition
from ingest.models import Halt, OffsetLedger
from risk.alerts import raise_operational

Restart = Literal["stored", "beginning", "end"]


class NotHalted(Exception):
    """There is no open halt to lift."""


def halt(*, partition: Partition, cause: Halt.Cause, position: int, message: str) -> Halt:
    """Stop reading a partition: stored, alerted, audited. An open halt stays as it is."""
    with transaction.atomic():
        row, is_new = Halt.objects.get_or_create(
            topic=partition.topic,
            partition=partition.number,
            lifted_at=None,
            defaults={"cause": cause, "message": message, "position": position},
        )
        if is_new:
            raise_operational(
                dedupe_key=f"ingest.halt.{row.pk}",
                message=message,
                detail={"partition": str(partition), "position": position, "cause": cause},
            )
            record(
                action="ingest.partition.halted",
                subject_type="partition",
                subject_id=partition,
                detail={"cause": cause, "position": position, "message": message},
            )
    return row


def lift(
    *,
    partition: Partition,
    inspector: Inspector,
    restart: Restart = "stored",
    actor: AbstractBaseUser | None = None,
) -> Halt:
    """Lift a partition's halt; a running consumer notices within seconds.

    Invalid messages that are in the log by now are accepted as dead letters without halting again.

    Args:
        partition: Which.
        inspector: A connection to the log.
        restart: "stored" goes on from the ledger; "beginning" or "end" move the ledger to the log's first message or
            past its last, which a topic made anew or truncated needs. Reading again is safe: identities dedupe.
        actor: Who lifts; None for the command line.

    Raises:
        NotHalted: there is no open halt.
    """
    if not _open(partition).exists():
        raise NotHalted(f"{partition} is not halted")
    # Before the transaction: nobody may wait for the event log with the halt locked.
    end = inspector.ends([partition])[partition]
    restarted = _restarted(partition, inspector, restart, end)
    with transaction.atomic():
        row = _open(partition).select_for_update().first()
        if row is None:
            raise NotHalted(f"{partition} is not halted any more")
        if restarted:
            topic_id, position = restarted
            OffsetLedger.objects.filter(topic=partition.topic, partition=partition.number).update(
                topic_id=topic_id, position=position
            )
        row.lifted_at, row.accept_through = timezone.now(), end
        row.lifted_by_id = actor.pk if actor else None
        row.save()
        record(
            action="ingest.halt.lifted",
            subject_type="partition",
            subject_id=partition,
            actor=actor,
            detail={"halt": row.pk, "restart": restart, "accept_through": end},
        )
    return row


def _open(partition: Partition) -> QuerySet[Halt]:
    return Halt.objects.filter(topic=partition.topic, partition=partition.number, lifted_at__isnull=True)


def _restarted(
    partition: Partition, inspector: Inspector, restart: Restart, end: int
) -> tuple[uuid.UUID, int] | None:
    """The topic and the position at which the ledger is to stand, if it is to move."""
    if restart == "stored":
        return None
    position = end if restart == "end" else inspector.beginnings([partition])[partition]
    return inspector.topic_id(partition.topic), position


def accepted_through(topic: str) -> dict[Partition, int]:
    """Below which offset of each partition invalid messages do not halt, because a person has accepted them."""
    found = Halt.objects.filter(topic=topic, accept_through__isnull=False).order_by("id")
    return {Partition(topic, row.partition): row.accept_through or 0 for row in found}

"""Celery's view of the audit: sealing every few seconds, checkpoints, and verification."""

import hashlib
import time
from collections.abc import Iterable

import structlog
from celery import shared_task
from django.utils import timezone

from audit import alarm_words, keeping_watch, sealing
from audit.checkpointing import CheckpointRefused, MailFailed, make_checkpoint
from audit.models import AuditVerification
from audit.signals import trouble
from audit.signing import KeyUnusable

# Shorter than the beat's tick: a backlog is sealed in many ticks, and none waits behind another.
LONGEST_SECONDS = 4.0
log = structlog.get_logger(__name__)


@shared_task
def seal() -> None:
    """Seal what waits."""
    sealing.seal(until=time.monotonic() + LONGEST_SECONDS)


@shared_task
def checkpoint() -> None:
    """Sign what was sealed since the last checkpoint; what stands in the way is told to operators."""
    try:
        make_checkpoint()
    except KeyUnusable as error:
        _tell("key", str(error))
    except CheckpointRefused as error:
        _tell("refused", alarm_words.REFUSED % {"why": error})
    except MailFailed as error:
        _tell("mail", str(error))
    except Exception as error:
        # Whatever a storage raises; the task fails as well, with its traceback in the log.
        _tell("storage", alarm_words.NOT_MADE % {"why": f"{type(error).__name__}: {error}"})
        raise


@shared_task
def verify() -> None:
    """Verify what is new, a part of everything, and a part of what the audit vouches for; faults go to operators.

    One look that fails keeps no other from being taken, nor what they found from being told.
    """
    for look in (keeping_watch.verify_new, keeping_watch.verify_part, keeping_watch.verify_beside):
        try:
            made = look()
        except KeyUnusable as error:
            _tell("key", str(error))
        except Exception as error:
            log.exception("the audit could not be verified", look=look.__name__)
            _tell(
                f"unverified.{look.__name__}",
                alarm_words.NOT_VERIFIED % {"why": type(error).__name__},
            )
        else:
            _tell_faults(made if isinstance(made, list) else [made])


def _tell_faults(made: Iterable[AuditVerification | None]) -> None:
    for each in made:
        if each is not None and each.problems:
            found = hashlib.sha256(each.first.encode()).hexdigest()[:16]
            _tell(f"fault.{found}", alarm_words.NOT_AS_RECORDED % {"what": each.first})


def _tell(kind: str, message: str) -> None:
    """Once a day and kind."""
    log.error("audit in trouble", kind=kind, message=message)
    today = timezone.now().date().isoformat()
    trouble.send(sender=None, dedupe_key=f"audit.{kind}.{today}", message=message, detail={"kind": kind})

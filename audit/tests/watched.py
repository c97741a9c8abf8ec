"""The watch over the audit, for its tests: rows under checkpoints, and one look of each kind."""

from audit import keeping_watch
from audit.checkpointing import make_checkpoint
from audit.models import AuditVerification
from audit.tests.sealed import sealed


def covered(*counts: int) -> None:
    """So many rows more, each lot under a checkpoint of its own."""
    for count in counts:
        sealed(count, personal={"after": 1})
        make_checkpoint()


def new() -> AuditVerification:
    made = keeping_watch.verify_new()
    assert made is not None
    return made


def part() -> AuditVerification:
    made = keeping_watch.verify_part()
    assert made is not None
    return made

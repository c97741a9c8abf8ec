"""Where in the event log the rows of a batch stand, in a form that costs nothing to hand over. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.event_log import Message, Partition


@dataclass(frozen=True)
class Origins:
    """Runs of rows with consecutive offsets of one partition: few, however many rows there are.

    Row `i` of the run that begins at row `begins[k]` has the offset `i + shifts[k]` in the log `log_ids[k]`.
    """

    begins: list[int] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)
    log_ids: list[int | None] = field(default_factory=list)

    def as_params(self) -> dict[str, Any]:
        """The parameters of `statements.MARK`; without any run, nothing is said of the log."""
        if not self.begins:
            return {"begins": None, "shifts": None, "log_ids": None}
        return {"begins": self.begins, "shifts": self.shifts, "log_ids": self.log_ids}


NO_ORIGINS = Origins()


def origins_of(sources: Iterable[tuple[Partition, Message]], *, log_ids: Mapping[Partition, int]) -> Origins:
    """The runs of a batch.

    Args:
        sources: Where each row came from, those of one partition together and in the order of their offsets.
        log_ids: By which ids partitions are known (`ledger.log_ids`); of another, no position is told.
    """
    found = Origins()
    here, shift = None, 0
    for index, (partition, message) in enumerate(sources):
        if message.offset - index != shift or partition is not here:
            here, shift = partition, message.offset - index
            found.begins.append(index)
            found.shifts.append(shift)
            found.log_ids.append(log_ids.get(partition))
    return found

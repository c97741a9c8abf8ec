"""What verification found, for people and for programs. Pure."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_PROBLEMS = 100


class Problem(NamedTuple):
    """What is wrong, and where: a place in the chain, or None for what has none."""

    sequence: int | None
    event_id: int | None
    what: str

    def __str__(self) -> str:
        places = [f"row {self.sequence}"] if self.sequence is not None else []
        places += [f"event {self.event_id}"] if self.event_id is not None else []
        return f"{', '.join(places) or 'audit'}: {self.what}"


@dataclass
class Report:
    """What verification found.

    Args:
        rows: sealed rows looked at.
        covered: how many of them a signed checkpoint vouches for.
        checkpoints: how many held.
        personal: personal parts that fit their commitments.
        erased: personal parts that have gone, with a record of their erasure.
        waiting: events not sealed yet, in time.
        sealed_late: rows sealed more than five minutes after they were recorded; to be explained, not wrong.
        receipts: claims of a receipt that are as they were recorded.
        unproven: events of a receipt that no signed checkpoint vouches for yet: anybody could have made them up.
        problems: what is wrong, by place; at most a hundred are kept.
        problem_count: how many there were.
        notes: what could not be looked at, in words.
    """

    rows: int = 0
    covered: int = 0
    checkpoints: int = 0
    personal: int = 0
    erased: int = 0
    waiting: int = 0
    sealed_late: int = 0
    receipts: int = 0
    unproven: int = 0
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem_count == 0

    @property
    def first(self) -> Problem | None:
        """The first bad row; what has no place in the chain comes last."""
        return min(self.problems, key=_place, default=None)

    def add(self, problem: Problem) -> None:
        """Note a problem."""
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        shown = {name: value for name, value in vars(self).items() if name != "problems"}
        problems = [each._asdict() for each in sorted(self.problems, key=_place)]
        return {"sound": self.is_sound, **shown, "problems": problems}


def _place(problem: Problem) -> tuple[float, float]:
    return (
        float("inf") if problem.sequence is None else problem.sequence,
        float("inf") if problem.event_id is None else problem.event_id,
    )


def note_cover(report: Report) -> None:
    """Say in words what no checkpoint vouches for."""
    if not report.checkpoints:
        report.notes.append(
            "No checkpoint was compared: a history that was rewritten as a whole would not show."
        )
    elif report.rows > report.covered:
        report.notes.append(f"Rows after {report.covered} are not covered by a checkpoint yet.")


def in_words(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{report.rows} sealed rows, {report.covered} of them covered by {report.checkpoints} signed checkpoints; "
        f"{report.personal} personal parts as committed to, {report.erased} erased; {report.waiting} events wait.",
        *report.notes,
    ]
    if report.sealed_late:
        lines.append(f"{report.sealed_late} rows were sealed more than five minutes off the time they say.")
    if report.receipts:
        lines.append(f"{report.receipts} claims of the receipt are as they were recorded.")
    if report.is_sound and report.unproven:
        words = "NOT PROVEN: nothing contradicts it, but no signed checkpoint vouches for all of it."
        return "\n".join([*lines, words])
    if report.is_sound:
        return "\n".join([*lines, "SOUND: nothing is wrong."])
    shown = sorted(report.problems, key=_place)
    lines += [f"NOT SOUND. The first bad place: {shown[0]}", f"{report.problem_count} problems:"]
    return "\n".join([*lines, *(f"  {each}" for each in shown)])

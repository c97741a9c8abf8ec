"""How long a yes of the send gate is good for, by two clocks: whichever goes further decides."""

import time
from dataclasses import dataclass
from typing import Self

# Goes on while the machine sleeps, which the usual steady clock of Linux does not.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True, slots=True)
class Lapse:
    """The end of a short while. Nobody sets the steady clock; the wall clock knows of a machine that was suspended.

    Args:
        steady: in seconds of the steady clock.
        wall: in seconds since 1970.
    """

    steady: float
    wall: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """So many seconds from now."""
        return cls(_steady() + seconds, time.time() + seconds)

    def left_seconds(self) -> float:
        """What is left of it; 0 or less: it is over."""
        return min(self.steady - _steady(), self.wall - time.time())


def _steady() -> float:
    return time.clock_gettime(_STEADY)


OVER = Lapse(float("-inf"), float("-inf"))

"""From a model's margin to a probability that can be read as one. Pure; `risk/training/calibrating.py` fits it.

A booster trained with class weights ranks customers; its own probabilities are too high by design. A calibration
maps the margin (the sum of the trees, in log-odds) to a probability without ever changing the order.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Probs = NDArray[np.float64]

# exp() of more than this overflows in nothing we do, and 1/(1+exp(40)) is 4e-18.
_LARGEST_LOG_ODDS = 40.0


class CalibrationInvalid(ValueError):
    """What was read is no calibration; the text says why."""


class Calibration(ABC):
    """A monotone map from margins to probabilities."""

    @abstractmethod
    def apply(self, margins: ArrayLike) -> Probs:
        """Probabilities of margins of any shape; a greater margin never gets a smaller one. NaN stays NaN."""

    @abstractmethod
    def as_json(self) -> dict[str, Any]:
        """The calibration as it stands in a manifest."""

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Calibration":
        """Read a calibration from a manifest.

        Raises:
            CalibrationInvalid: a kind, a key or a number is wrong, or the map would not be monotone.
        """
        kinds = {"platt": ("a", "b"), "isotonic": ("x", "y")}
        kind = content.get("kind")
        if kind not in kinds:
            raise CalibrationInvalid(f"The calibration's kind is {kind!r}, not one of {', '.join(kinds)}.")
        try:
            first, second = (content[key] for key in kinds[kind])
            if kind == "platt":
                return Platt(a=float(first), b=float(second))
            return Isotonic(x=tuple(map(float, first)), y=tuple(map(float, second)))
        except CalibrationInvalid:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise CalibrationInvalid(f"The {kind} calibration cannot be read: {error!r}.") from error


@dataclass(frozen=True, kw_only=True)
class Platt(Calibration):
    """1 / (1 + exp(−(a·margin + b))).

    Args:
        a: the slope, greater than 0.
        b: the intercept, in log-odds.

    Source: Platt, Probabilistic outputs for support vector machines (1999).
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.a) and np.isfinite(self.b) and self.a > 0):
            raise CalibrationInvalid(f"Platt's slope {self.a} and intercept {self.b}: a slope > 0 is needed.")

    def apply(self, margins: ArrayLike) -> Probs:
        """See `Calibration.apply`."""
        log_odds = self.a * np.asarray(margins, dtype=np.float64) + self.b
        bounded = np.clip(log_odds, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
        return np.asarray(1.0 / (1.0 + np.exp(-bounded)))

    def as_json(self) -> dict[str, Any]:
        """See `Calibration.as_json`."""
        return {"kind": "platt", "a": self.a, "b": self.b}


@dataclass(frozen=True, kw_only=True)
class Isotonic(Calibration):
    """Straight lines between knots, level outside them.

    Args:
        x: margins, strictly rising, at least one.
        y: the probability at each, never falling.

    Source: Zadrozny and Elkan, Transforming classifier scores into accurate multiclass probabilities (2002).
    """

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        x, y = np.asarray(self.x), np.asarray(self.y)
        if not x.size or x.size != y.size or not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise CalibrationInvalid("An isotonic calibration needs as many finite margins as probabilities.")
        if (np.diff(x) <= 0).any() or (np.diff(y) < 0).any() or y[0] < 0 or y[-1] > 1:
            raise CalibrationInvalid(
                "An isotonic calibration's margins rise, and its probabilities never fall."
            )

    def apply(self, margins: ArrayLike) -> Probs:
        """See `Calibration.apply`."""
        at = np.asarray(margins, dtype=np.float64)
        # With a single knot, np.interp gives its value for NaN, too.
        return np.where(np.isnan(at), np.nan, np.interp(at, self.x, self.y))

    def as_json(self) -> dict[str, Any]:
        """See `Calibration.as_json`."""
        return {"kind": "isotonic", "x": list(self.x), "y": list(self.y)}

"""How the model's figures are written: as precise as they are known, a dash where there is none."""

from collections.abc import Mapping
from typing import Any

from customers import formats

NONE = "–"


def figure(value: float | None) -> str:
    """A figure between 0 and 1 with three decimals."""
    return NONE if value is None else f"{value:.3f}".replace("-", "−")


def interval(content: Mapping[str, Any] | None) -> str:
    """A figure with its 95 % interval, as 0.412 (0.380–0.447)."""
    if content is None or content["value"] is None:
        return NONE
    if content.get("low") is None or content.get("high") is None:
        return figure(content["value"])
    return f"{figure(content['value'])} ({figure(content['low'])}–{figure(content['high'])})"


def share(value: float | None, *, decimals: int = 1) -> str:
    """A share in percent with one decimal: 12.3 %."""
    return NONE if value is None else f"{100 * value:.{decimals}f}\u00a0%".replace("-", "−")


def share_interval(content: Mapping[str, Any] | None) -> str:
    """A share with its 95 % interval, as 71 % (68–74)."""
    if content is None or content["value"] is None:
        return NONE
    whole = f"{100 * content['value']:.0f}\u00a0%"
    if content.get("low") is None or content.get("high") is None:
        return whole
    return f"{whole} ({100 * content['low']:.0f}–{100 * content['high']:.0f})"


def count(number: int | None, currency: str) -> str:
    """A whole number in the digit grouping of the bank's readers."""
    if number is None:
        return NONE
    return f"{'−' if number < 0 else ''}{formats.grouped(abs(number), currency)}"


def days(value: float | None) -> str:
    """A number of days."""
    return NONE if value is None else f"{value:.0f}"

"""JSON in exactly one form, so that a hash of it can be made again anywhere. Pure; only the standard library.

The form (docs/receipts.md): UTF-8, keys in the order of their code points, no white space, only what JSON must escape
is escaped. A number without fraction is written in digits while it is within ±2**53; every other number is a double,
written in the fewest digits that give it again: `12.5`, `3.0`, `0.00001`, `1e-6`, `2.5e16`. Zero has no sign.
"""

import json
from typing import Any

# Beyond it a double no longer tells neighbouring whole numbers apart, and a database may give them without exponent.
LARGEST_WHOLE = 2**53
LEAST_POSITIONAL = 1e-5
LEAST_EXPONENTIAL = 1e16


def encode(value: Any) -> bytes:
    """The canonical form of a value that JSON can express.

    Raises:
        TypeError: JSON cannot express it: another type, or a key that is not text.
        ValueError: it holds a number that is not finite, or text that is not Unicode.
    """
    return _text(value).encode()


def _text(value: Any) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value) if abs(value) <= LARGEST_WHOLE else _number(float(value))
        case float():
            return _number(value)
        case list() | tuple():
            return f"[{','.join(map(_text, value))}]"
        case dict():
            return f"{{{','.join(_members(value))}}}"
    raise TypeError(f"a {type(value).__name__} has no canonical form")


def _members(members: dict[Any, Any]) -> list[str]:
    if unfit := [key for key in members if not isinstance(key, str)]:
        raise TypeError(f"the key {unfit[0]!r} is not text")
    return [f"{_text(key)}:{_text(members[key])}" for key in sorted(members)]


def _number(value: float) -> str:
    if value - value != 0.0:
        raise ValueError(f"{value} is not a number that JSON has")
    if value == 0.0:
        return "0.0"
    if LEAST_POSITIONAL <= abs(value) < LEAST_EXPONENTIAL:
        return _positional(repr(value))
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent)}"


def _positional(shortest: str) -> str:
    """Python writes numbers below 0.0001 with an exponent already."""
    mantissa, _, exponent = shortest.partition("e")
    if not exponent:
        return shortest
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits}"

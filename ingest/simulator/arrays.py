"""Array types of the simulator: one element per customer unless a docstring says otherwise."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Events = npt.NDArray[np.void]


def joined(parts: Sequence[Events], dtype: np.dtype[np.void]) -> Events:
    """Concatenate structured arrays of one known type, which NumPy would work out anew each time."""
    whole = np.empty(sum(part.size for part in parts), dtype=dtype)
    begin = 0
    for part in parts:
        whole[begin : begin + part.size] = part
        begin += part.size
    return whole

"""What each way of ranking customers says of the test rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from risk.training.metrics import Bools, Floats
from risk.training.rows import Facts

if TYPE_CHECKING:
    import pyarrow

MODEL, LOGISTIC, SCORECARD, SALARY = "model", "logistic", "scorecard", "days_since_salary"
RANKERS = (MODEL, LOGISTIC, SCORECARD, SALARY)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Test rows with what was said of them.

    Args:
        facts: of the rows.
        probs: calibrated probabilities by ranker, (rows).
        ranks: by ranker, (rows): what rows are ordered by. The scorecard's is its score, whose order no calibration
            changes; the others' are the probabilities, since folds have margins of their own.
        band: the model's band (`Level`).
    """

    facts: Facts
    probs: Mapping[str, Floats]
    ranks: Mapping[str, Floats]
    band: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.facts)

    def where(self, chosen: Bools) -> Self:
        """The chosen rows."""
        return type(self)(
            facts=self.facts.where(chosen),
            probs={name: probs[chosen] for name, probs in self.probs.items()},
            ranks={name: ranks[chosen] for name, ranks in self.ranks.items()},
            band=self.band[chosen],
        )

    @classmethod
    def joined(cls, parts: "Sequence[Self]") -> Self:
        """All rows of several folds, in order."""
        return cls(
            facts=Facts.joined([part.facts for part in parts]),
            probs={name: np.concatenate([part.probs[name] for part in parts]) for name in RANKERS},
            ranks={name: np.concatenate([part.ranks[name] for part in parts]) for name in RANKERS},
            band=np.concatenate([part.band for part in parts]),
        )

    def as_table(self) -> "pyarrow.Table":
        """The rows for somebody who checks the metrics: what came true, and each ranker's probability."""
        import pyarrow

        facts = self.facts
        return pyarrow.table(
            {
                "customer_id": facts.customer,
                "as_of": facts.as_of,
                "label": facts.missed.astype(np.int8),
                "due_on": facts.due_on,
                "score": facts.score,
                "band": self.band,
                **{f"prob_{name}": self.probs[name] for name in RANKERS},
            }
        )

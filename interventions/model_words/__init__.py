"""What the model looked at, in sentences a relationship manager can say aloud. Pure.

Each sentence states facts of the customer beside their own baseline, no more; whether they raise or lower the risk is
shown next to it. A fact that is not known is not made up: the sentence is another one then.
"""

from interventions.model_words import balance, debt, income, spending
from interventions.model_words.making import Around, Words
from interventions.model_words.reassuring import is_reassuring
from interventions.model_words.ways import way_out
from risk.model.explain import Reason

__all__ = ["SENTENCES", "Around", "is_reassuring", "sentence", "way_out"]

SENTENCES: dict[str, Words] = {
    **income.SENTENCES,
    **spending.SENTENCES,
    **debt.SENTENCES,
    **balance.SENTENCES,
}


def sentence(reason: Reason, around: Around) -> str:
    """One reason without its full stop, such as "Salary is 12 days later than usual"."""
    return SENTENCES[reason.feature](reason, around)

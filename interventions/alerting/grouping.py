"""Which alerts are told together: many of one kind about customers are one line. Pure."""

from collections.abc import Mapping

from interventions.alerting import audience
from interventions.models import Notice

Kind = Notice.Kind
# Fewer are told one by one, with their names.
TOGETHER_FROM = 3
# What is about a customer or a case each, and settled there. What somebody acknowledges or decides upon by itself, and
# what a customer waits for in person, stays a line of its own.
TOGETHER = tuple(
    kind
    for kind in (*audience.OF_MANAGERS, Kind.ESCALATED)
    if kind not in audience.ACKNOWLEDGED and kind != Kind.ASKED_TO_TALK
)


def together(unread: Mapping[str, int]) -> list[Notice.Kind]:
    """The kinds of which so many are unread that they are told in one line, in the order of kinds.

    Args:
        unread: How many of each kind.
    """
    return [kind for kind in Kind if kind in TOGETHER and unread.get(kind, 0) >= TOGETHER_FROM]


def lines(unread: Mapping[str, int]) -> int:
    """How many lines tell of everything that is unread: a kind that is told together is one."""
    joined = frozenset(together(unread))
    return sum(1 if kind in joined else count for kind, count in unread.items())

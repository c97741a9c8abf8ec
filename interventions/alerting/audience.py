"""Who is told of which kind of notice. Pure but for the names of the roles."""

from collections.abc import Collection

from customers import roles
from interventions.models import Notice

Kind = Notice.Kind
# Of their own customers and those they stand in for.
OF_MANAGERS = (
    Kind.TURNED_HIGH,
    Kind.SLA_AT_RISK,
    Kind.SLA_BREACHED,
    Kind.HANDED_OVER,
    Kind.PROMISE_BROKEN,
    Kind.DELIVERY_FAILED,
    Kind.ASKED_TO_TALK,
)
# Of the whole bank. None of these may be `turned_high`: the index leaves it out.
OF_ROLES: dict[str, tuple[Notice.Kind, ...]] = {
    roles.SUPERVISORS: (
        Kind.ESCALATED,
        Kind.BREACHES,
        Kind.HANDED_OVER,
        Kind.SECOND_PERSON,
        Kind.BREAKER,
        Kind.SYSTEM,
    ),
    roles.COMPLIANCE_OFFICERS: (Kind.APPROVAL, Kind.SECOND_PERSON, Kind.AUDIT, Kind.BREAKER),
    roles.ANALYSTS: (Kind.MODEL,),
}
# Told to the one person whom it names, even where their role is told of the kind.
TO_ONE_ALONE = frozenset({Kind.HANDED_OVER})
# What the system needs a hand with: somebody says that they have seen to it.
ACKNOWLEDGED = frozenset({Kind.BREACHES, Kind.SYSTEM, Kind.BREAKER, Kind.AUDIT, Kind.MODEL})


def of_the_bank(names: Collection[str]) -> tuple[Notice.Kind, ...]:
    """The kinds that roles are told of whomever it is about."""
    found = {kind for name in names for kind in OF_ROLES.get(name, ())}
    return tuple(kind for kind in Kind if kind in found)


def of(names: Collection[str]) -> tuple[Notice.Kind, ...]:
    """Every kind that somebody with these roles may be told of, in the order in which they are offered."""
    own = set(OF_MANAGERS) if roles.RELATIONSHIP_MANAGERS in names else set()
    found = own | set(of_the_bank(names))
    return tuple(kind for kind in Kind if kind in found)

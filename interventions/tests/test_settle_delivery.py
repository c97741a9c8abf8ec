"""`manage.py settle_delivery`: what somebody found in the provider's records."""

import uuid

import pytest
from django.core.management import CommandError, call_command

from interventions.tests import staff
from interventions.tests.deliveries import S, brought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_redis")]


def settle(delivery: object, how: str, *, by: str) -> None:
    call_command(
        "settle_delivery", str(delivery), how, by=by, reason="the provider's log of today", verbosity=0
    )


@pytest.mark.parametrize(("how", "state"), [("--sent", S.SENT), ("--not-sent", S.FAILED)])
def test_unknown_delivery_is_settled(how: str, state: str) -> None:
    delivery = brought(S.UNKNOWN)

    settle(delivery.pk, how, by=staff.supervisor().username)

    delivery.refresh_from_db()
    assert delivery.state == state


def test_what_cannot_be_is_said_in_words() -> None:
    supervisor, manager = staff.supervisor().username, staff.manager("rm7").username

    with pytest.raises(CommandError, match="There is no user nobody"):
        settle(brought(S.UNKNOWN).pk, "--sent", by="nobody")
    with pytest.raises(CommandError, match="There is no delivery"):
        settle(uuid.UUID(int=1), "--sent", by=supervisor)
    with pytest.raises(CommandError, match="Only supervisors"):
        settle(brought(S.UNKNOWN).pk, "--sent", by=manager)
    with pytest.raises(CommandError, match="known by now"):
        settle(brought(S.SENT).pk, "--sent", by=supervisor)

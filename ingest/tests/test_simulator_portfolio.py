"""`simulate_portfolio` is safe to repeat and refuses what it cannot do."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer, Transaction
from ingest.models import SimulatedPortfolio

END_ON = dt.date(2026, 5, 31)
pytestmark = pytest.mark.django_db


def simulate(**options: object) -> str:
    told = StringIO()
    wanted = {"customers": 6, "days": 4, "seed": 12, "end": END_ON, **options}
    call_command("simulate_portfolio", stdout=told, **wanted)
    return told.getvalue()


def test_portfolio_repeated_changes_nothing():
    assert "Written: 6 customers, seed 12, 4 days up to 2026-05-31" in simulate()
    before = Transaction.objects.count()
    assert "nothing was changed" in simulate()
    assert "nothing was changed" in simulate(end=None)
    assert Transaction.objects.count() == before


def test_portfolio_other_than_the_present_one_is_refused():
    simulate()
    for other in ({"customers": 7}, {"days": 5}, {"seed": 13}, {"end": END_ON - dt.timedelta(1)}):
        with pytest.raises(
            CommandError, match="Another portfolio is there already: 6 customers, seed 12, 4 days"
        ):
            simulate(**other)


def test_portfolio_of_another_version_is_refused():
    simulate()
    SimulatedPortfolio.objects.update(parameters="0" * 16)
    with pytest.raises(CommandError, match="its future would not follow from its past"):
        simulate()


def test_portfolio_is_refused_beside_other_customers():
    Customer.objects.create(source="core", bank_id="3")
    with pytest.raises(CommandError, match="Customer 3 is there already"):
        simulate()
    assert not SimulatedPortfolio.objects.exists()
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("nonsense", [{"customers": 0}, {"days": 0}, {"seed": -1}])
def test_portfolio_of_nothing_is_refused(nonsense):
    with pytest.raises(CommandError, match="at least 1"):
        simulate(**nonsense)

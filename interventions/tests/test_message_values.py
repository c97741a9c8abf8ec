"""What the records say in a message, in the reader's language."""

from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from interventions.messages.composing import values_of
from interventions.models import Case
from interventions.tests import cases, staff
from interventions.tests.helped import DUE_ON
from risk.models import CurrentRisk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def case(settings: Settings) -> Case:
    settings.BANK_NAME, settings.BANK_PHONE, settings.ADVICE_LINE = "A Bank", "111", "222"
    customer = staff.assessed(
        "Dr. ASHA RAO", next_due_on=DUE_ON, next_due_amount=Decimal("11000.50"), language="hi"
    )
    return cases.opened(customer)


def test_values_are_in_the_customers_language(case: Case) -> None:
    assert values_of(case) == {
        "first_name": "Asha",
        "amount": "₹11,000.50",
        "due_on": "25 फ़रवरी",
        "bank_name": "A Bank",
        "bank_phone": "111",
        "advice_line": "222",
        "rm_name": "आपके रिलेशनशिप मैनेजर",
        "opt_out": "ये संदेश रोकें: STOP लिखकर भेजें।",
    }


def test_values_can_be_asked_for_in_another(case: Case) -> None:
    values = values_of(case, language="ta")

    assert values["due_on"]
    assert values["opt_out"] == "Reply STOP to get no more of these messages."
    assert values_of(case, language="en")["due_on"] == "25 February"


def test_day_of_another_year_says_which(case: Case) -> None:
    CurrentRisk.objects.update(next_due_on=DUE_ON.replace(year=2027))

    assert values_of(case, language="en")["due_on"] == "25 February 2027"


@pytest.mark.parametrize("fields", [{"next_due_on": None}, {"next_due_amount": None}])
def test_what_is_not_known_is_left_out(case: Case, fields: dict[str, None]) -> None:
    CurrentRisk.objects.update(**fields)
    case.customer.full_name = ""

    assert not values_of(case).keys() & {"first_name", "amount", "due_on"}


def test_customer_nobody_assessed_has_no_instalment(case: Case) -> None:
    CurrentRisk.objects.all().delete()

    assert "amount" not in values_of(case)


def test_manager_is_whoever_works_on_it_else_who_stands_in_else_the_customers(case: Case) -> None:
    for field, name in (("assigned_rm", "Meera"), ("covering_rm", "Ravi")):
        manager = staff.manager(name)
        manager.first_name = name
        setattr(case.customer, field, manager)
        assert values_of(case)["rm_name"] == name
    case.assigned_to = staff.manager("nameless")
    assert values_of(case, language="en")["rm_name"] == "your relationship manager"

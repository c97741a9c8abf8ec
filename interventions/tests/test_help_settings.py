"""Settings of help that cannot be are found before anybody is helped by them."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from interventions import checks
from interventions.help import considering
from interventions.help.relief_rules import Rules, rules_of


@pytest.mark.parametrize(
    "changes",
    [
        {"free_day": 180},
        {"free_days": "180"},
        {"free_days": -1},
        {"free_days": True},
        {"holiday_hardships": ["BAD_LUCK"]},
        {"holiday_hardships": 3},
    ],
)
def test_conditions_that_cannot_be_are_refused(settings: Settings, changes: dict[str, Any]) -> None:
    settings.RELIEF_RULES = changes

    with pytest.raises(ValueError, match=next(iter(changes))):
        considering.rules()
    assert "interventions.E005" in [each.id for each in run_checks()]


def test_conditions_may_be_otherwise(settings: Settings) -> None:
    settings.RELIEF_RULES = {"free_days": 180, "holiday_hardships": ["INCOME_SHOCK", "LIQUIDITY_STRESS"]}

    assert considering.rules().free_days == 180
    assert checks.relief_rules(None) == []
    assert rules_of({}) == Rules()


def test_deployment_needs_a_bank_that_can_be_called(settings: Settings) -> None:
    settings.BANK_NAME, settings.BANK_PHONE, settings.ADVICE_LINE = "A Bank", "000 000 0000", " "

    assert [each.msg for each in checks.bank_in_messages(None)] == [
        "BANK_PHONE is not set.",
        "ADVICE_LINE is not set.",
    ]
    settings.BANK_PHONE, settings.ADVICE_LINE = "+91 20 5550 0000", "advice.example.org"
    assert checks.bank_in_messages(None) == []


def test_defaults_are_those_of_the_settings(settings: Settings) -> None:
    assert {name: getattr(settings, name) for name in checks.NOBODYS} == checks.NOBODYS

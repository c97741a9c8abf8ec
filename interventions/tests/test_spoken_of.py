"""A message that waits says what is so when it goes out, or it does not go out."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from interventions import tasks
from interventions.casework import cases
from interventions.contact.delivery_steps import held
from interventions.messages import composing
from interventions.messages.composing import Refused
from interventions.models import Case, Channel, Delivery, GateDecision, Intervention, SandboxMessage
from interventions.policy import governing
from interventions.sending import sender, taking_back
from interventions.tests import governed, staff
from interventions.tests.deliveries import S
from interventions.tests.helped import DUE_ON, TEXT, on_stage
from interventions.tests.stage import Stage
from risk.levels import Hardship, Level
from risk.models import Alert, CurrentRisk
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NAMING = TEXT.replace("We are there for you", "{rm_name} is there for you")
WITHOUT_FIGURES = (
    "Dear {first_name}, we are there for you: {bank_phone}. Free debt advice: {advice_line}. Reply STOP."
)
Change = Callable[[Stage], object]


@pytest.fixture
def stage(settings: Settings) -> Stage:
    settings.BANK_PHONE, settings.ADVICE_LINE = "000 000 0000", "000 000 0001"
    made = on_stage(messages={"sms": {"en": NAMING}, "call": {"en": "Dear {first_name}, how can we help?"}})
    made.manager.first_name, made.manager.last_name = "Meera", "Nair"
    made.manager.save()
    return made


def drafted(stage: Stage, *, channel: str = Channel.SMS) -> Intervention:
    case = Case.objects.get(pk=stage.case.pk)
    return composing.draft(case=case, channel=channel, by=stage.manager)


def waiting(stage: Stage) -> Delivery:
    """Confirmed for in two hours."""
    message = drafted(stage)
    delivery, verdict = composing.confirm(
        intervention=message, by=stage.manager, scheduled_for=NOON + 2 * HOUR
    )
    assert delivery is not None, verdict.denials
    return delivery


def risk_becomes(stage: Stage, **fields: Any) -> None:
    CurrentRisk.objects.filter(customer=stage.customer).update(**fields)


def case_becomes(stage: Stage, **fields: Any) -> None:
    Case.objects.filter(pk=stage.case.pk).update(**fields)


def reassigned(stage: Stage) -> None:
    other = staff.manager("rm9")
    User.objects.filter(pk=other.pk).update(first_name="Vikram", last_name="Shah")
    version = Case.objects.get(pk=stage.case.pk).version
    cases.assign(case_id=stage.case.pk, version=version, by=staff.supervisor(), to=other)


CHANGES: dict[str, tuple[Change, str]] = {
    "paid": (lambda stage: risk_becomes(stage, next_due_on=DUE_ON + 30 * DAY), "paid or changed"),
    "paid wholly": (
        lambda stage: risk_becomes(stage, next_due_on=None, next_due_amount=None),
        "paid or changed",
    ),
    "paid in part": (
        lambda stage: risk_becomes(stage, next_due_amount=Decimal("4000.00")),
        "paid or changed",
    ),
    "level": (lambda stage: case_becomes(stage, level=Level.MEDIUM), "another text applies"),
    "hardship": (lambda stage: case_becomes(stage, hardship=Hardship.OVERSPENDING), "another text applies"),
    "reassigned": (reassigned, "Another colleague"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_so_any_more_does_not_go_out(
    stage: Stage, name: str, at_noon: time_machine.Traveller
) -> None:
    change, words = CHANGES[name]
    delivery = waiting(stage)
    change(stage)
    at_noon.shift(3 * HOUR)

    sender.send_due(limit=10)

    delivery.refresh_from_db()
    assert delivery.state == S.CANCELLED
    assert words in delivery.error
    assert "Write the message anew" in delivery.error
    assert not SandboxMessage.objects.exists()
    assert not GateDecision.objects.filter(moment=GateDecision.Moment.SEND).exists()


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_taken_back_before_its_time(stage: Stage, name: str) -> None:
    change, words = CHANGES[name]
    delivery = waiting(stage)
    tasks.take_back_outdated()
    delivery.refresh_from_db()
    assert delivery.state == S.PENDING
    change(stage)

    tasks.take_back_outdated()

    delivery.refresh_from_db()
    assert delivery.state == S.CANCELLED
    assert words in delivery.error


def test_what_is_still_so_goes_out(stage: Stage, at_noon: time_machine.Traveller) -> None:
    delivery = waiting(stage)
    risk_becomes(stage, score=6.0, revision=2)
    at_noon.shift(3 * HOUR)

    sender.send_due(limit=10)

    delivery.refresh_from_db()
    assert delivery.state == S.SENT


def test_it_may_be_written_anew(stage: Stage) -> None:
    waiting(stage)
    risk_becomes(stage, next_due_amount=Decimal("4000.00"))
    taking_back.take_back_outdated()

    delivery = waiting(stage)

    assert delivery.state == S.PENDING
    assert "Rs 4,000 is due" in delivery.body


@pytest.mark.parametrize("name", ["paid in part", "reassigned"])
def test_what_it_does_not_speak_of_may_change(
    settings: Settings, name: str, at_noon: time_machine.Traveller
) -> None:
    settings.BANK_PHONE, settings.ADVICE_LINE = "000 000 0000", "000 000 0001"
    plain = on_stage(messages={"sms": {"en": WITHOUT_FIGURES}}, personal_line_max=0, fields={})
    delivery = waiting(plain)
    CHANGES[name][0](plain)
    at_noon.shift(3 * HOUR)

    sender.send_due(limit=10)

    delivery.refresh_from_db()
    assert delivery.state == S.SENT


def test_words_of_somebodys_own_may_speak_of_anything(settings: Settings) -> None:
    settings.BANK_PHONE, settings.ADVICE_LINE = "000 000 0000", "000 000 0001"
    plain = on_stage(messages={"sms": {"en": WITHOUT_FIGURES}}, personal_line_max=0, fields={})
    words = (
        "Dear Asha, shall we speak tomorrow? Call us: 000 000 0000. Free debt advice: 000 000 0001."
        " Reply STOP to opt out."
    )
    message = composing.edit(intervention=drafted(plain), body=words, by=plain.manager)
    composing.approve_edit(intervention=message, by=governed.officer(), reason="It is true.")
    delivery, _verdict = composing.confirm(
        intervention=message, by=plain.manager, scheduled_for=NOON + 2 * HOUR
    )
    assert delivery is not None
    risk_becomes(plain, next_due_amount=Decimal("4000.00"))

    assert taking_back.take_back_outdated() == 1


def test_text_that_was_withdrawn_is_taken_back(stage: Stage) -> None:
    delivery = waiting(stage)
    governing.retire(subject=stage.policy, by=governed.officer(), reason="It misleads.")

    taking_back.take_back_outdated()

    delivery.refresh_from_db()
    assert (delivery.state, "withdrawn or replaced" in delivery.error) == (S.CANCELLED, True)


def test_one_that_fails_holds_up_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = waiting(stage)
    other = on_stage_beside(stage)
    sound = waiting(other)
    risk_becomes(stage, next_due_on=DUE_ON + DAY)
    risk_becomes(other, next_due_on=DUE_ON + DAY)

    def breaks(delivery_id: Any) -> Delivery:
        if delivery_id == broken.pk:
            raise ZeroDivisionError
        return held(delivery_id)

    monkeypatch.setattr(taking_back, "held", breaks)

    assert taking_back.take_back_outdated() == 1

    sound.refresh_from_db()
    assert sound.state == S.CANCELLED
    assert Alert.objects.filter(dedupe_key=f"delivery.stuck.{broken.pk}").exists()


def on_stage_beside(stage: Stage) -> Stage:
    """Another customer in the same trouble, of the same manager."""
    from interventions.tests.cases import opened
    from interventions.tests.stage import in_trouble

    customer = in_trouble("Vikram Rao", manager=stage.manager)
    CurrentRisk.objects.filter(customer=customer).update(
        next_due_on=DUE_ON, next_due_amount=Decimal("900.00")
    )
    case = opened(customer, to=stage.manager, due_on=DUE_ON, policy=stage.policy)
    return Stage(manager=stage.manager, customer=customer, case=case, policy=stage.policy)


def test_case_that_changed_since_the_draft_needs_another_text(stage: Stage) -> None:
    message = drafted(stage)
    case_becomes(stage, level=Level.MEDIUM)

    with pytest.raises(Refused, match="another text applies"):
        composing.confirm(intervention=message, by=stage.manager)


def test_what_it_speaks_of_is_frozen_like_its_words(stage: Stage) -> None:
    delivery = waiting(stage)
    assert delivery.speaks_of == {
        "hardship": str(int(Hardship.INCOME_SHOCK)),
        "level": str(int(Level.HIGH)),
        "amount": "11000.00",
        "due_on": DUE_ON.isoformat(),
        "rm_name": "Meera Nair",
    }

    with pytest.raises(IntegrityError, match="what it says"), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(speaks_of={})

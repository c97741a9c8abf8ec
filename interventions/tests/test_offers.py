"""Relief offered, answered and expired; what an agreement sets going, and that nothing changes a schedule."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers.models import Instalment, Loan
from interventions.casework import cases
from interventions.casework.case_steps import CaseChanged
from interventions.help import considering, helping, offers
from interventions.help.considering import Considered
from interventions.help.helping import Refused
from interventions.help.relief import Wish
from interventions.models import BackOfficeTask, Case, ContactHold, ReliefOffer
from interventions.policy import governing
from interventions.tests import governed, staff
from interventions.tests.cases import opened
from interventions.tests.helped import AMOUNT, DUE_ON, lending, of_case, on_stage, paying
from interventions.tests.stage import Stage
from risk.models import Alert
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DAY = dt.timedelta(days=1)
SPLIT = "instalment_split"


@pytest.fixture
def stage() -> Stage:
    return on_stage()


@pytest.fixture
def loan(stage: Stage) -> Loan:
    return lending(stage.customer)


def found(stage: Stage, kind: str = SPLIT) -> Considered | None:
    return next((each for each in considering.eligible(stage.case) if each.kind == kind), None)


def made(stage: Stage, kind: str = SPLIT, **fields: Any) -> ReliefOffer:
    return offers.offer(case=stage.case, eligible=found(stage, kind), by=stage.manager, **fields)


def test_every_kind_is_considered_in_words(stage: Stage, loan: Loan) -> None:
    considered = considering.considered(stage.case)

    assert [each.kind for each in considered] == ReliefOffer.Kind.values
    assert all(each.is_eligible and each.said and each.label for each in considered)
    assert {each.loan for each in considered} == {loan}
    assert considered[0].valid_until_on == TODAY + 7 * DAY


def test_what_may_not_be_offered_says_why_and_has_no_terms(stage: Stage) -> None:
    lending(stage.customer, fallen_due=2)

    considered = considering.considered(stage.case)

    assert considering.eligible(stage.case) == []
    assert all(each.said == "" and each.valid_until_on is None for each in considered)
    assert any("2 instalments have fallen due" in each.found for each in considered[0].conditions)


def test_whoever_owes_nothing_is_offered_nothing(stage: Stage) -> None:
    assert considering.considered(stage.case) == []
    paid = lending(stage.customer, ahead=0)
    assert considering.considered(stage.case) == []
    paid.closed_on = TODAY
    paid.save()
    lending(stage.customer)
    assert considering.eligible(stage.case) != []


def test_without_a_policy_nothing_is_offered(stage: Stage, loan: Loan) -> None:
    eligible = found(stage)
    governing.retire(subject=stage.policy, by=governed.officer(), reason="outdated")

    assert considering.considered(stage.case) == []
    with pytest.raises(Refused, match="have changed"):
        offers.offer(case=stage.case, eligible=eligible, by=stage.manager)


def test_the_policy_says_which_kinds() -> None:
    stage = on_stage(relief_kinds=["due_date_move"])
    lending(stage.customer)

    assert [each.kind for each in considering.eligible(stage.case)] == ["due_date_move"]


def test_somebody_behind_with_another_loan_is_not_eased(stage: Stage, loan: Loan) -> None:
    lending(stage.customer, due_on=DUE_ON, amount=Decimal("500.00"))
    behind = lending(stage.customer, fallen_due=8, due_on=TODAY + DAY)
    paying(behind, -AMOUNT, NOON)

    assert considering.eligible(stage.case) == []


def test_case_is_about_the_loan_that_presses_most(stage: Stage) -> None:
    lending(stage.customer, due_on=DUE_ON + 5 * DAY)
    sooner = lending(stage.customer, due_on=DUE_ON)

    eligible = found(stage)

    assert eligible is not None
    assert eligible.loan == sooner


def test_settings_change_the_rules(stage: Stage, loan: Loan, settings: Settings) -> None:
    settings.RELIEF_RULES = {"fallen_due_min": 9}

    assert considering.eligible(stage.case) == []


def test_offer_is_recorded_with_what_was_found(stage: Stage, loan: Loan) -> None:
    offer = made(stage)

    assert (offer.state, offer.kind, offer.loan, offer.template) == ("offered", SPLIT, loan, stage.policy)
    assert sum(Decimal(part["amount"]) for part in offer.terms["parts"]) == AMOUNT
    assert {each["name"] for each in offer.eligibility} >= {"policy", "overdue", "age", "earlier"}
    assert all(each["is_met"] for each in offer.eligibility)
    event = AuditEvent.objects.get(action="interventions.relief.offered")
    assert event.detail["effect"] == "agreed"
    assert "terms" not in event.detail
    assert '"terms":' in event.personal.content
    assert of_case(stage.case) == ["started"]


def test_wish_is_followed_within_the_rules(stage: Stage, loan: Loan) -> None:
    with pytest.raises(Refused, match="2 to 3 parts"):
        made(stage, wish=Wish(parts=9))

    assert len(made(stage, wish=Wish(parts=3)).terms["parts"]) == 3


def test_day_that_the_customer_chose_is_stored_and_said(stage: Stage, loan: Loan) -> None:
    move = found(stage, "due_date_move")
    assert move is not None
    later = move.ways[1]

    offer = offers.offer(case=stage.case, eligible=move, by=stage.manager, wish=later.wish)

    assert offer.terms["to_on"] == later.key != move.terms["to_on"] == move.ways[0].key
    assert "is due on 3 March 2026 instead of 25 February 2026." in considering.offer_in_words(offer)


@pytest.mark.parametrize("day", [TODAY, dt.date(2026, 3, 1), dt.date(2026, 3, 17)])
def test_day_beyond_the_rules_is_refused_by_the_service(stage: Stage, loan: Loan, day: dt.date) -> None:
    with pytest.raises(Refused, match="choose a business day from 2 March 2026 to 16 March 2026"):
        made(stage, "due_date_move", wish=Wish(due_on=day))

    assert not ReliefOffer.objects.exists()


def test_same_offer_twice_is_one_and_another_must_wait(stage: Stage, loan: Loan) -> None:
    eligible, move = found(stage), found(stage, "due_date_move")
    first = offers.offer(case=stage.case, eligible=eligible, by=stage.manager)

    assert offers.offer(case=stage.case, eligible=eligible, by=stage.manager) == first
    with pytest.raises(Refused, match="waits for an answer"):
        offers.offer(case=stage.case, eligible=move, by=stage.manager)
    with pytest.raises(Refused, match="waits for an answer"):
        offers.offer(case=stage.case, eligible=eligible, by=stage.manager, wish=Wish(parts=3))


def test_what_is_not_eligible_any_more_is_not_offered(stage: Stage, loan: Loan) -> None:
    eligible = found(stage)
    paying(loan, -AMOUNT)

    with pytest.raises(Refused, match="overdue"):
        offers.offer(case=stage.case, eligible=eligible, by=stage.manager)
    with pytest.raises(Refused, match="may not be offered"):
        offers.offer(case=stage.case, eligible=None, by=stage.manager)


def test_offer_on_a_stale_case_is_refused(stage: Stage, loan: Loan) -> None:
    stale, eligible = Case.objects.get(pk=stage.case.pk), found(stage)
    made(stage)

    with pytest.raises(CaseChanged):
        offers.offer(case=stale, eligible=eligible, by=stage.manager)


def test_acceptance_sets_going_what_others_do_and_changes_no_schedule(stage: Stage, loan: Loan) -> None:
    offer = made(stage)
    schedule = list(Instalment.objects.filter(loan=loan).values_list("version", "due_on", "amount"))

    offers.answer(offer=offer, answer="accepted", by=stage.manager)

    offer.refresh_from_db()
    loan.refresh_from_db()
    assert (offer.state, offer.answer_recorded_by, loan.schedule_version) == ("accepted", stage.manager, 1)
    assert list(Instalment.objects.filter(loan=loan).values_list("version", "due_on", "amount")) == schedule
    assert BackOfficeTask.objects.get().offer == offer
    hold = ContactHold.objects.get()
    last_on = dt.date.fromisoformat(offer.terms["parts"][-1]["due_on"])
    assert (hold.kind, hold.customer) == ("hardship", stage.customer)
    assert hold.until_at == dt.datetime.combine(last_on + DAY, dt.time.min, NOON.tzinfo)
    stage.case.refresh_from_db()
    assert (stage.case.state, stage.case.outcome) == ("resolved", "relief_agreed")
    assert set(AuditEvent.objects.filter(subject_type="relief_offer").values_list("action", flat=True)) == {
        "interventions.relief.offered",
        "interventions.relief.accepted",
        "interventions.relief.task_opened",
    }


def test_case_goes_on_after_an_agreement_while_something_is_open(stage: Stage, loan: Loan) -> None:
    from interventions.help import promises

    offer = made(stage)
    promises.make(case=stage.case, loan=loan, amount=Decimal(100), promised_on=TODAY, by=stage.manager)

    offers.answer(offer=offer, answer="accepted", by=stage.manager)

    stage.case.refresh_from_db()
    assert stage.case.state == "in_progress"
    assert of_case(stage.case)[-1] == "relief_agreed"


@pytest.mark.parametrize("answer", ["declined", "withdrawn"])
def test_other_answers_only_end_the_offer(stage: Stage, loan: Loan, answer: str) -> None:
    offer = offers.answer(offer=made(stage), answer=answer, by=stage.manager)

    assert offer.state == answer
    assert (offer.answered_at is None) == (answer == "withdrawn")
    assert not BackOfficeTask.objects.exists()
    assert not ContactHold.objects.exists()
    assert found(stage) is not None


def test_same_answer_twice_is_one_and_another_is_refused(stage: Stage, loan: Loan) -> None:
    offer = made(stage)
    offers.answer(offer=offer, answer="declined", by=stage.manager)

    assert offers.answer(offer=offer, answer="declined", by=stage.manager).state == "declined"
    with pytest.raises(Refused, match="declined already"):
        offers.answer(offer=offer, answer="accepted", by=stage.manager)
    with pytest.raises(Case.DoesNotExist):
        offers.answer(offer=offer, answer="declined", by=staff.manager("rm2"))


def test_no_other_word_is_an_answer(stage: Stage, loan: Loan) -> None:
    with pytest.raises(Refused, match="accepted, declined or withdrawn"):
        offers.answer(offer=made(stage), answer="expired", by=stage.manager)


def test_relief_is_offered_once_a_year(stage: Stage, loan: Loan, at_noon: time_machine.Traveller) -> None:
    offers.answer(offer=made(stage), answer="accepted", by=stage.manager)
    stage = Stage(stage.manager, stage.customer, opened(stage.customer, to=stage.manager), stage.policy)

    assert considering.eligible(stage.case) == []
    refusals = {each.name for each in considering.considered(stage.case)[1].conditions if not each.is_met}
    assert refusals == {"earlier"}


def test_offer_expires_after_its_last_day(stage: Stage, loan: Loan, at_noon: time_machine.Traveller) -> None:
    offer = made(stage)
    at_noon.move_to(NOON + 7 * DAY)
    assert offers.expire_due() == 0
    at_noon.move_to(NOON + 8 * DAY)

    with pytest.raises(Refused, match="has expired"):
        offers.answer(offer=offer, answer="accepted", by=stage.manager)
    assert offers.expire_due() == 1
    assert offers.expire_due() == 0
    assert offers._expire(offer.pk) is False
    offer.refresh_from_db()
    assert offer.state == "expired"
    assert of_case(stage.case)[-1] == "offer_expired"


def test_offer_of_a_resolved_case_expires(stage: Stage, loan: Loan) -> None:
    offer = made(stage)
    cases.resolve(
        case_id=stage.case.pk, version=stage.case.version, by=stage.manager, outcome=Case.Outcome.HELPED
    )

    assert offers.expire_due() == 1
    offer.refresh_from_db()
    assert offer.state == "expired"


def test_one_that_fails_does_not_hold_up_the_others(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = made(stage)
    other = opened(to=stage.manager)
    good = ReliefOffer.objects.create(
        case=other,
        customer=other.customer,
        loan=lending(other.customer),
        template=stage.policy,
        kind=SPLIT,
        terms=bad.terms,
        eligibility=[],
        valid_until_on=TODAY,
        offered_by=stage.manager,
        offered_at=NOON,
    )
    real = offers._expire
    monkeypatch.setattr(offers, "_expire", lambda pk: 1 / 0 if pk == bad.pk else real(pk))
    at_noon.move_to(NOON + 8 * DAY)

    assert offers.expire_due() == 1

    good.refresh_from_db()
    assert good.state == "expired"
    assert Alert.objects.get(kind=Alert.Kind.OPERATIONAL).detail == {"offers": [bad.pk]}


def test_back_office_reports_what_it_entered(stage: Stage, loan: Loan) -> None:
    offers.answer(offer=made(stage), answer="accepted", by=stage.manager)
    task, boss = BackOfficeTask.objects.get(), staff.supervisor()
    with pytest.raises(PermissionDenied):
        offers.task_done(task=task, by=stage.manager, reference="CB-7")
    with pytest.raises(Refused, match="reference"):
        offers.task_done(task=task, by=boss, reference=" ")

    done = offers.task_done(task=task, by=boss, reference="CB-7")

    assert (done.done_by, done.reference) == (boss, "CB-7")
    with pytest.raises(Refused, match="reported it already"):
        offers.task_done(task=task, by=boss, reference="CB-8")


def test_what_waits_for_an_answer_keeps_a_case_open(stage: Stage, loan: Loan) -> None:
    offer = made(stage)

    assert helping.has_open_matters(stage.case)
    assert not helping.has_open_matters(stage.case, but=offer)

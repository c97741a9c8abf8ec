"""What holds for help against raw SQL of the application's role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from customers.tests.factories import LoanFactory
from interventions.effect.lots import is_drawn
from interventions.help import considering, offers, promises
from interventions.messages import composing
from interventions.models import (
    BackOfficeTask,
    Case,
    ContactHold,
    EditDecision,
    HoldoutAssignment,
    HoldoutEnd,
    Intervention,
    PolicyTemplate,
    PromiseToPay,
    ReliefOffer,
)
from interventions.policy import governing
from interventions.tests import governed, staff
from interventions.tests.helped import AMOUNT, lending, on_stage
from interventions.tests.stage import Stage
from interventions.tests.test_composing import OWN_WORDS
from interventions.tests.test_holdout import drawn, opened
from risk.levels import Hardship, Level
from risk.tests.factories import NOON, TODAY
from risk.tests.test_standing import as_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
TABLES = {
    "interventions_intervention": "never deleted",
    "interventions_promisetopay": "never deleted",
    "interventions_reliefoffer": "never deleted",
    "interventions_backofficetask": "never deleted",
    "interventions_editdecision": "what is written there stays",
    "interventions_holdoutassignment": "stays as it was drawn",
    "interventions_holdoutend": "stays as it is",
}
APPENDED = ("interventions_editdecision", "interventions_holdoutassignment", "interventions_holdoutend")


def execute(statement: str, *parameters: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def refused(because: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error, match=because), transaction.atomic():
        yield


@pytest.fixture
def stage() -> Stage:
    return on_stage()


@pytest.fixture
def draft(stage: Stage) -> Intervention:
    return composing.draft(case=stage.case, channel="sms", by=stage.manager)


@pytest.fixture
def edited(stage: Stage, draft: Intervention, settings: Any) -> Intervention:
    settings.BANK_PHONE, settings.ADVICE_LINE = "000 000 0000", "000 000 0001"
    return composing.edit(intervention=draft, body=OWN_WORDS, by=stage.manager)


@pytest.fixture
def promise(stage: Stage) -> PromiseToPay:
    return promises.make(
        case=stage.case, loan=lending(stage.customer), amount=AMOUNT, promised_on=TODAY, by=stage.manager
    )


@pytest.fixture
def offer(stage: Stage) -> ReliefOffer:
    lending(stage.customer)
    return offers.offer(case=stage.case, eligible=considering.eligible(stage.case)[0], by=stage.manager)


@pytest.fixture
def held_out() -> HoldoutAssignment:
    governed.active_holdout(share=0.5)
    policy = governed.active_policy(hardship=Hardship.OVERSPENDING, level=Level.MEDIUM)
    return drawn(policy).holdout


def decide(message: Intervention, **changes: Any) -> None:
    given = {
        "kind": "approved",
        "author": message.author,
        "decided_by": governed.officer(),
        "reason": "fine",
    }
    EditDecision.objects.create(
        intervention=message, **given | {"content_hash": message.body_sha256} | changes
    )


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "interventions", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("table", TABLES)
def test_application_may_neither_delete_nor_empty(table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
        with refused("permission denied", ProgrammingError):
            execute(statement)
    if table in APPENDED:
        with refused("permission denied", ProgrammingError):
            execute(f"UPDATE {table} SET id = id")  # noqa: S608


@pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here")
@pytest.mark.parametrize(("table", "because"), TABLES.items())
def test_not_even_the_owner_empties_by_mistake(table: str, because: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=because):
        as_owner(f"TRUNCATE public.{table} CASCADE")


def test_nobody_approves_their_own_words(edited: Intervention) -> None:
    with refused("editdecision_is_not_by_the_author"):
        decide(edited, decided_by=edited.author)


def test_nobody_names_another_author_or_other_words(edited: Intervention) -> None:
    other = staff.user("other")
    for changes in ({"author": other, "decided_by": edited.author}, {"content_hash": "0" * 64}):
        with pytest.raises(IntegrityError, match="edit_decision_is_of_this_version"), transaction.atomic():
            decide(edited, **changes)


def test_nobody_decides_before_somebody_asks(draft: Intervention) -> None:
    with refused("nobody has asked"):
        decide(draft)


def test_decision_bears_the_databases_time_and_number(edited: Intervention) -> None:
    decide(edited, pk=7, decided_at=NOON)

    decision = EditDecision.objects.get()
    assert decision.decided_at != NOON


def test_words_decided_upon_cannot_be_changed(edited: Intervention) -> None:
    decide(edited)

    with pytest.raises(IntegrityError, match="edit_decision_is_of_this_version"), transaction.atomic():
        execute("UPDATE interventions_intervention SET body_sha256 = %s WHERE id = %s", "0" * 64, edited.pk)


CONFIRM = "UPDATE interventions_intervention SET state = 'confirmed', confirmed_by_id = author_id, confirmed_at = now()"


def test_edited_words_are_confirmed_only_when_the_last_word_is_yes(edited: Intervention) -> None:
    with refused("awaiting_approval does not become confirmed"):
        execute(f"{CONFIRM} WHERE id = %s", edited.pk)
    with refused("nobody has approved this text"):
        execute("UPDATE interventions_intervention SET state = 'draft' WHERE id = %s", edited.pk)
    decide(edited)
    decide(edited, kind="refused", decided_by=staff.user("third"))
    with refused("nobody has approved this text"):
        execute("UPDATE interventions_intervention SET state = 'draft' WHERE id = %s", edited.pk)
    decide(edited, decided_by=staff.user("fourth"))

    execute("UPDATE interventions_intervention SET state = 'draft' WHERE id = %s", edited.pk)
    execute(f"{CONFIRM} WHERE id = %s", edited.pk)


def test_hash_of_other_words_is_not_confirmed(draft: Intervention) -> None:
    with refused("hash is of another text"):
        execute(f"{CONFIRM}, body = 'Pay now.' WHERE id = %s", draft.pk)


def test_message_begins_as_a_draft_of_its_own_customer(draft: Intervention) -> None:
    draft.pk = None
    draft.channel = "call"
    for changes in (
        {"state": "awaiting_approval"},
        {"is_edited": True},
        {"cancelled_at": NOON},
    ):
        for name, value in changes.items():
            setattr(draft, name, value)
        with refused("begins as a draft"):
            draft.save(force_insert=True)
    with refused("is not of customer"):
        Intervention.objects.create(
            case=draft.case,
            customer=staff.assessed("Somebody else"),
            template=draft.template,
            channel="call",
            language="en",
            author=draft.author,
            created_at=NOON,
        )


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("channel = 'email'", "cannot be changed"),
        ("template_id = template_id + 1", "cannot be changed"),
        ("language = 'hi'", "cannot be changed"),
        ("created_at = now()", "cannot be changed"),
    ],
)
def test_what_a_message_is_stays(draft: Intervention, change: str, because: str) -> None:
    with refused(because):
        execute(f"UPDATE interventions_intervention SET {change} WHERE id = %s", draft.pk)  # noqa: S608


@pytest.mark.parametrize(
    "change",
    [
        "body = 'Pay now.'",
        "personal_line = 'x'",
        "author_id = confirmed_by_id + 1",
        "confirmed_at = now() + interval '1 hour'",
        "scheduled_for = now()",
        "is_edited = true",
    ],
)
def test_confirmed_message_is_frozen(draft: Intervention, change: str) -> None:
    execute(f"{CONFIRM} WHERE id = %s", draft.pk)

    with refused("it is confirmed and stays as it is"):
        execute(f"UPDATE interventions_intervention SET {change} WHERE id = %s", draft.pk)  # noqa: S608
    with refused("confirmed does not become draft"):
        execute("UPDATE interventions_intervention SET state = 'draft' WHERE id = %s", draft.pk)
    execute(
        "UPDATE interventions_intervention SET state = 'cancelled', cancelled_at = now() WHERE id = %s",
        draft.pk,
    )
    with refused("it is cancelled and stays as it is"):
        execute("UPDATE interventions_intervention SET cancel_reason = 'x' WHERE id = %s", draft.pk)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("amount = amount - 1", "what was promised stays"),
        ("promised_on = promised_on + 1", "what was promised stays"),
        ("made_at = now()", "what was promised stays"),
        ("state = 'kept', settled_at = now()", "kept when all of it is paid"),
        ("state = 'broken'", "settled at a time"),
        ("settled_at = now()", "settled at a time"),
    ],
)
def test_promise_keeps_its_terms(promise: PromiseToPay, change: str, because: str) -> None:
    with refused(because):
        execute(f"UPDATE interventions_promisetopay SET {change} WHERE id = %s", promise.pk)  # noqa: S608


def test_cancelled_promise_stays_cancelled(promise: PromiseToPay) -> None:
    execute("UPDATE interventions_promisetopay SET state = 'cancelled', settled_at = now()")

    for after in (
        "state = 'open', settled_at = NULL",
        "state = 'kept', paid_amount = amount",
        "state = 'broken'",
    ):
        with refused("cancelled does not become"):
            execute(f"UPDATE interventions_promisetopay SET {after}")  # noqa: S608


def test_promise_begins_open_and_belongs_to_its_case(stage: Stage, promise: PromiseToPay) -> None:
    given = {
        "case": stage.case,
        "customer": stage.customer,
        "amount": 1,
        "promised_on": TODAY,
        "made_at": NOON,
    }
    loan = LoanFactory.create(customer=stage.customer)
    with refused("begins open"):
        PromiseToPay.objects.create(**given, loan=loan, made_with=stage.manager, paid_amount=1)
    with refused("do not belong together"):
        PromiseToPay.objects.create(**given, loan=LoanFactory.create(), made_with=stage.manager)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("terms = '{}'", "what was offered stays"),
        ("eligibility = '[]'", "what was offered stays"),
        ("valid_until_on = valid_until_on + 1", "what was offered stays"),
        ("state = 'accepted'", "recorded by somebody"),
        (
            "state = 'expired', answered_at = now(), answer_recorded_by_id = offered_by_id",
            "recorded by somebody",
        ),
        ("answered_at = now()", "offered does not become offered"),
    ],
)
def test_offer_keeps_its_terms(offer: ReliefOffer, change: str, because: str) -> None:
    with refused(because):
        execute(f"UPDATE interventions_reliefoffer SET {change} WHERE id = %s", offer.pk)  # noqa: S608


def test_answered_offer_stays_answered(stage: Stage, offer: ReliefOffer) -> None:
    offers.answer(offer=offer, answer="declined", by=stage.manager)

    with refused("declined does not become accepted"):
        execute("UPDATE interventions_reliefoffer SET state = 'accepted'")
    with refused("declined does not become declined"):
        execute("UPDATE interventions_reliefoffer SET answered_at = now()")


def test_offer_begins_unanswered_and_belongs_to_its_case(offer: ReliefOffer) -> None:
    offer.pk = None
    offer.state = "accepted"
    with refused("begins as offered"):
        offer.save(force_insert=True)
    offer.state, offer.loan = "offered", LoanFactory.create()
    with refused("do not belong together"):
        offer.save(force_insert=True)


def test_task_is_for_an_accepted_offer_and_done_once(stage: Stage, offer: ReliefOffer) -> None:
    with refused("for an offer that was accepted"):
        BackOfficeTask.objects.create(offer=offer, created_at=NOON)
    offers.answer(offer=offer, answer="accepted", by=stage.manager)
    with refused("what it is about stays"):
        execute("UPDATE interventions_backofficetask SET created_at = now()")
    offers.task_done(task=BackOfficeTask.objects.get(), by=staff.supervisor(), reference="CB-1")

    with refused("what is done is done"):
        execute("UPDATE interventions_backofficetask SET reference = 'CB-2'")


ASSIGN = """
INSERT INTO interventions_holdoutassignment
    (case_id, customer_id, design_id, arm, propensity, excluded_for, level, hardship, assigned_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, now())
"""


def assign(case: Case, held_out: HoldoutAssignment, **changes: Any) -> None:
    given = {
        "case": case.pk,
        "customer": case.customer_id,
        "design": held_out.design_id,
        "arm": "held_out",
        "propensity": 0.5,
        "excluded_for": "",
        "level": case.level,
        "hardship": case.hardship,
        **changes,
    }
    execute(ASSIGN, *given.values())


@pytest.fixture
def treated(held_out: HoldoutAssignment) -> Case:
    """A case that was not assigned yet, and would be treated."""
    for _ in range(64):
        case = opened(PolicyTemplate.objects.get(state="active"))
        if not is_drawn(salt=held_out.design.salt, customer_id=case.customer_id, share=0.5):
            return case
    raise AssertionError("64 cases and all would be held out")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({}, "not the lot of this customer"),
        ({"arm": "treated", "propensity": 0.4}, "the propensity is the share"),
        ({"arm": "treated", "excluded_for": "x"}, "the propensity is the share"),
        ({"arm": "excluded", "propensity": 0.0}, "the propensity is the share"),
        ({"arm": "treated", "level": 1}, "for its own customer"),
        ({"arm": "treated", "hardship": 1}, "for its own customer"),
    ],
)
def test_nobody_draws_lots_by_hand(
    held_out: HoldoutAssignment, treated: Case, changes: dict[str, Any], because: str
) -> None:
    with refused(because):
        assign(treated, held_out, **changes)
    assign(treated, held_out, arm="treated")


def test_nobody_is_assigned_for_another_customer(held_out: HoldoutAssignment, treated: Case) -> None:
    with refused("for its own customer"):
        assign(treated, held_out, arm="treated", customer=held_out.customer_id)


def vulnerable(case: Case) -> None:
    case.customer.is_vulnerable = True
    case.customer.save()


def under_a_hold(case: Case) -> None:
    ContactHold.objects.create(customer=case.customer, kind="complaint", reason="x", placed_at=NOON)


def severe(case: Case) -> None:
    case.level = Level.HIGH
    case.save()


@pytest.mark.parametrize("change", [vulnerable, under_a_hold, severe])
def test_database_holds_nobody_out_who_must_not_be(
    held_out: HoldoutAssignment, treated: Case, change: Callable[[Case], None]
) -> None:
    change(treated)

    with refused("not the lot of this customer"):
        assign(treated, held_out, arm="treated")


def test_retired_design_draws_no_lots(held_out: HoldoutAssignment, treated: Case) -> None:
    governing.retire(subject=held_out.design, by=governed.officer(), reason="over")

    with refused("by the active design"):
        assign(treated, held_out, arm="treated")


def test_only_what_is_held_out_can_end(held_out: HoldoutAssignment, treated: Case) -> None:
    assign(treated, held_out, arm="treated")
    for case, customer in ((treated, treated.customer), (held_out.case, treated.customer)):
        with refused("it is not held out"):
            HoldoutEnd.objects.create(case=case, customer=customer, cause="asked", ended_at=NOON)
    with refused("holdout_end_by_staff_has_a_reason"):
        HoldoutEnd.objects.create(
            case=held_out.case, customer=held_out.customer, cause="staff", ended_at=NOON
        )

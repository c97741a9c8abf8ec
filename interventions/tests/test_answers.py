"""What each answer does: to consent, holds, cases and their workers; at once, once, and as long as nobody has acted."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers import bank_clock
from interventions.answering import agreeing, answers, asks
from interventions.answering.answers import AnswerRefused, Said
from interventions.casework import cases, conversations, deciding
from interventions.contact import consents, gate, gate_words, holds
from interventions.effect import holdout
from interventions.effect.lots import is_drawn
from interventions.models import (
    Case,
    Channel,
    ConsentEvent,
    ContactHold,
    Conversation,
    CustomerAnswer,
    Delivery,
    HoldoutAssignment,
    Purpose,
)
from interventions.tests import deliveries, governed, helped
from interventions.tests.pages import BASE, Page, opened, waiting
from risk.levels import Level
from risk.models import CurrentRisk, PendingDecision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
Kind = CustomerAnswer.Kind


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


@pytest.fixture
def theirs() -> Page:
    return opened()


def in_days(days: int) -> dt.date:
    return bank_clock.today() + dt.timedelta(days=days)


def say(theirs: Page, kind: str, key: uuid.UUID | None = None, **said: Any) -> CustomerAnswer:
    given: dict[str, Any] = {"day_on": None if kind == Kind.STOP else in_days(3), **said}
    if kind == Kind.TALK:
        given = {"channel": "call", "part_of_day": "morning", **given}
    return answers.give(link=theirs.link, said=Said(kind=kind, **given), key=key or uuid.uuid4())


def back(theirs: Page, given: CustomerAnswer) -> None:
    answers.take_back(link=theirs.link, answer_id=given.pk, key=uuid.uuid4())


def consent(theirs: Page) -> set[tuple[str, str]]:
    state = consents.state_of(theirs.stage.customer)
    return {key for key, event in state.items() if event.is_granted}


EVERY = [Kind.PAY_DAY, Kind.ARRANGED, Kind.PAUSE, Kind.STOP, Kind.TALK]


@pytest.mark.parametrize("kind", EVERY)
def test_answer_is_one_row_of_history_and_audit_however_often_the_form_is_sent(
    theirs: Page, kind: Kind
) -> None:
    key = uuid.uuid4()

    given = [say(theirs, kind, key) for _click in range(3)]

    assert len({each.pk for each in given}) == 1
    assert helped.of_case(theirs.case).count("customer_answered") == 1
    assert AuditEvent.objects.filter(action=f"interventions.answer.{kind}").count() == 1


@pytest.mark.parametrize("kind", EVERY)
def test_answer_lowers_neither_risk_nor_priority(theirs: Page, kind: Kind) -> None:
    before = CurrentRisk.objects.values().get(customer=theirs.stage.customer)

    say(theirs, kind)

    assert CurrentRisk.objects.values().get(customer=theirs.stage.customer) == before
    assert theirs.case.rank >= theirs.stage.case.rank
    assert not PendingDecision.objects.exists()


@pytest.mark.parametrize(("kind", "is_woken"), [(kind, kind in answers.WAKES) for kind in EVERY])
def test_snoozed_case_wakes_where_somebody_has_to_look(theirs: Page, kind: Kind, is_woken: bool) -> None:
    cases.snooze(
        case_id=theirs.case.pk,
        version=theirs.case.version,
        by=theirs.stage.manager,
        until=bank_clock.now() + dt.timedelta(days=5),
    )

    say(theirs, kind)

    assert (theirs.case.state == Case.State.ASSIGNED) is is_woken


def test_stop_ends_a_channel_and_cancels_what_waits(theirs: Page) -> None:
    say(theirs, Kind.STOP, channel="sms")

    theirs.delivery.refresh_from_db()
    assert theirs.delivery.state == Delivery.State.CANCELLED
    assert (Channel.SMS, Purpose.SUPPORT) not in consent(theirs)
    assert (Channel.EMAIL, Purpose.SUPPORT) in consent(theirs)
    said = ConsentEvent.objects.filter(is_granted=False).first()
    assert said is not None and said.source == ConsentEvent.Source.PAGE


def test_stop_of_everything_ends_everything_and_said_again_nothing_more(theirs: Page) -> None:
    say(theirs, Kind.STOP)
    said = ConsentEvent.objects.count()
    say(theirs, Kind.STOP)

    assert consent(theirs) == set()
    assert ConsentEvent.objects.count() == said


def test_pause_holds_until_its_day_is_over_and_the_last_word_counts(theirs: Page) -> None:
    say(theirs, Kind.PAUSE, day_on=in_days(10))
    say(theirs, Kind.PAUSE, day_on=in_days(4))

    (hold,) = holds.standing(theirs.stage.customer)
    assert hold.kind == ContactHold.Kind.PAUSE
    assert hold.until_at == bank_clock.start_of(in_days(5))
    verdict = gate.look(case=theirs.case, channel=Channel.EMAIL)
    assert not verdict.is_allowed
    assert "asked us to pause" in " ".join(gate_words.in_words(verdict).sentences)


def test_who_wants_to_talk_comes_first_may_be_called_and_waits(theirs: Page) -> None:
    say(theirs, Kind.STOP)
    say(theirs, Kind.PAUSE)

    say(theirs, Kind.TALK)

    assert theirs.case.priority == "URGENT"
    assert theirs.case.rank > theirs.stage.case.rank
    assert consent(theirs) == {(Channel.CALL, Purpose.SUPPORT)}
    assert holds.standing(theirs.stage.customer) == []
    assert waiting(theirs) == {"talk"}
    (talk,) = Conversation.objects.all()
    assert talk.is_inbound and talk.result == Conversation.Result.NO_ANSWER


def test_asking_twice_raises_once(theirs: Page) -> None:
    say(theirs, Kind.TALK)
    rank = theirs.case.rank
    say(theirs, Kind.TALK, day_on=in_days(5))

    assert theirs.case.rank == rank


def test_talk_that_was_had_waits_no_more(theirs: Page) -> None:
    say(theirs, Kind.TALK)

    conversations.record(
        customer=theirs.stage.customer,
        case=theirs.case,
        channel="call",
        result="spoke",
        by=theirs.stage.manager,
    )

    assert waiting(theirs) == set()
    assert not asks.is_waiting(theirs.stage.customer.pk)


def resolve(theirs: Page, level: Level = Level.LOW) -> None:
    cases.resolve(
        case_id=theirs.case.pk,
        version=theirs.case.version,
        by=theirs.stage.manager,
        outcome=Case.Outcome.NO_NEED,
        reason="nothing is needed",
    )
    CurrentRisk.objects.update(level=level)


def test_who_wants_to_talk_gets_a_case_that_stays_until_somebody_talked(theirs: Page) -> None:
    resolve(theirs)

    given = say(theirs, Kind.TALK)

    case = Case.objects.open().get()
    assert given.case == case and case.assigned_to == theirs.stage.manager
    assert helped.of_case(case)[:2] == ["opened", "customer_answered"]
    Case.objects.filter(pk=case.pk).update(calm_since=bank_clock.now() - dt.timedelta(days=30))
    PendingDecision.objects.create(customer=theirs.stage.customer, revision=case.revision)
    deciding.decide_pending()
    assert Case.objects.open().filter(pk=case.pk).exists()
    conversations.record(
        customer=theirs.stage.customer, case=case, channel="call", result="spoke", by=theirs.stage.manager
    )
    PendingDecision.objects.create(customer=theirs.stage.customer, revision=case.revision)
    deciding.decide_pending()
    assert not Case.objects.open().exists()


@pytest.mark.parametrize("kind", [Kind.PAY_DAY, Kind.ARRANGED, Kind.PAUSE, Kind.STOP])
def test_other_answers_open_no_case(theirs: Page, kind: Kind) -> None:
    resolve(theirs)

    assert say(theirs, kind).case is None
    assert not Case.objects.open().exists()


def test_who_wants_to_talk_is_held_out_no_more(theirs: Page) -> None:
    pk = theirs.stage.customer.pk
    salt = next(each for each in map(str, range(64)) if is_drawn(salt=each, customer_id=pk, share=0.5))
    design = governed.active_holdout(share=0.5, salt=salt)
    Case.objects.filter(pk=theirs.case.pk).update(level=Level.MEDIUM)
    HoldoutAssignment.objects.create(
        case=theirs.case,
        customer=theirs.stage.customer,
        design=design,
        arm=HoldoutAssignment.Arm.HELD_OUT,
        propensity=0.5,
        level=Level.MEDIUM,
        hardship=theirs.case.hardship,
        assigned_at=bank_clock.now(),
    )
    assert holdout.is_held_out(theirs.case)

    say(theirs, Kind.TALK)

    assert not holdout.is_held_out(theirs.case)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.PAY_DAY, {"day_on": -1}),
        (Kind.PAY_DAY, {"day_on": 46}),
        (Kind.ARRANGED, {"day_on": 31}),
        (Kind.PAUSE, {"day_on": 0}),
        (Kind.PAUSE, {"day_on": 61}),
        (Kind.TALK, {"day_on": 15}),
        (Kind.TALK, {"channel": "whatsapp"}),
        (Kind.TALK, {"part_of_day": "night"}),
        (Kind.STOP, {"channel": "email"}),
        (Kind.TAKEN_BACK, {}),
        ("nonsense", {}),
    ],
)
def test_what_cannot_be_said_is_refused(theirs: Page, kind: str, said: dict[str, Any]) -> None:
    if isinstance(said.get("day_on"), int):
        said = {**said, "day_on": in_days(said["day_on"])}

    with pytest.raises(AnswerRefused):
        say(theirs, kind, **said)

    assert not CustomerAnswer.objects.exists()


@pytest.mark.parametrize("kind", [Kind.PAY_DAY, Kind.ARRANGED, Kind.PAUSE, Kind.TALK])
def test_answer_is_taken_back_once(theirs: Page, kind: Kind) -> None:
    given = say(theirs, kind)

    taken = [answers.take_back(link=theirs.link, answer_id=given.pk, key=uuid.uuid4()) for _click in range(2)]

    assert taken[0] == taken[1]
    assert holds.standing(theirs.stage.customer) == []
    assert waiting(theirs) == set()
    assert helped.of_case(theirs.case)[-1] == "customer_took_back"


def test_agreement_to_a_talk_ends_with_it_and_the_pause_goes_on(theirs: Page) -> None:
    say(theirs, Kind.STOP)
    say(theirs, Kind.PAUSE, day_on=in_days(10))
    asked = [say(theirs, Kind.TALK), say(theirs, Kind.TALK, day_on=in_days(5))]

    back(theirs, asked[0])
    assert consent(theirs) == {(Channel.CALL, Purpose.SUPPORT)}
    assert holds.standing(theirs.stage.customer) == []
    back(theirs, asked[1])

    assert consent(theirs) == set()
    (hold,) = holds.standing(theirs.stage.customer)
    assert hold.until_at == bank_clock.start_of(in_days(11))


def spoke(theirs: Page) -> None:
    Conversation.objects.create(
        customer=theirs.stage.customer,
        channel="call",
        result=Conversation.Result.SPOKE,
        happened_at=bank_clock.now(),
    )


def stopped(theirs: Page) -> None:
    say(theirs, Kind.STOP, channel="")
    assert consent(theirs) == set()


def test_asking_to_talk_after_stopping_agrees_to_that_talk_alone(theirs: Page) -> None:
    stopped(theirs)
    say(theirs, Kind.TALK)
    assert agreeing.end_due() == 0
    assert consent(theirs) == {(Channel.CALL, Purpose.SUPPORT)}

    spoke(theirs)

    assert [agreeing.end_due() for _again in range(2)] == [1, 0]
    assert consent(theirs) == set()


def test_message_that_answers_ends_what_asking_agreed_to(theirs: Page) -> None:
    stopped(theirs)
    say(theirs, Kind.TALK, channel="sms")
    queued = deliveries.queued(deliveries.confirmed(theirs.stage.case, by=theirs.stage.manager))
    assert agreeing.end_due() == 0

    deliveries.brought(Delivery.State.SENT, queued, contacted_at=bank_clock.now())

    assert agreeing.end_due() == 1
    assert consent(theirs) == set()


def test_asking_that_nobody_heard_ends_a_week_after_its_day(
    theirs: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(theirs)
    say(theirs, Kind.TALK)
    say(theirs, Kind.TALK, day_on=in_days(5))
    now = bank_clock.now()
    for days, ended in ((10, 0), (11, 0), (12, 0), (13, 1)):
        monkeypatch.setattr(bank_clock, "now", lambda days=days: now + dt.timedelta(days=days))
        assert (days, agreeing.end_due()) == (days, ended)

    assert consent(theirs) == set()


def test_talk_leaves_consent_that_was_given_otherwise(theirs: Page) -> None:
    before = consent(theirs)
    say(theirs, Kind.TALK)

    spoke(theirs)

    assert agreeing.end_due() == 0
    assert consent(theirs) == before


def test_agreement_given_otherwise_outlives_a_talk_taken_back(theirs: Page) -> None:
    before = consent(theirs)
    assert (Channel.CALL, Purpose.SUPPORT) in before

    back(theirs, say(theirs, Kind.TALK))

    assert consent(theirs) == before


def test_pause_that_a_colleague_lifted_does_not_come_back(theirs: Page) -> None:
    say(theirs, Kind.PAUSE)
    (hold,) = holds.standing(theirs.stage.customer)
    holds.lift(hold=hold, by=governed.officer(), reason="they rang and asked")

    back(theirs, say(theirs, Kind.TALK))

    assert holds.standing(theirs.stage.customer) == []


def test_taking_an_older_pause_back_leaves_the_newer_one(theirs: Page) -> None:
    older = say(theirs, Kind.PAUSE, day_on=in_days(4))
    newer = say(theirs, Kind.PAUSE, day_on=in_days(10))

    back(theirs, older)
    (hold,) = holds.standing(theirs.stage.customer)
    assert hold.until_at == bank_clock.start_of(in_days(11))
    back(theirs, newer)

    assert holds.standing(theirs.stage.customer) == []


def test_form_that_was_sent_says_nothing_else(theirs: Page) -> None:
    given = say(theirs, Kind.PAUSE, key := uuid.uuid4())

    with pytest.raises(answers.FormUsed):
        say(theirs, Kind.PAUSE, key, day_on=in_days(9))
    with pytest.raises(answers.FormUsed):
        answers.take_back(link=theirs.link, answer_id=given.pk, key=key)

    assert CustomerAnswer.objects.count() == 1


def test_stop_is_not_taken_back(theirs: Page) -> None:
    given = say(theirs, Kind.STOP)

    with pytest.raises(AnswerRefused):
        answers.take_back(link=theirs.link, answer_id=given.pk, key=uuid.uuid4())

    assert consent(theirs) == set()


def test_what_staff_read_is_in_their_language() -> None:
    theirs = opened(language="hi")

    with translation.override("hi"):
        say(theirs, Kind.PAUSE)

    assert ContactHold.objects.get().reason == "The customer asked for it on their page."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE interventions_customeranswer SET kind = 'stop'",
        "DELETE FROM interventions_customeranswer",
        "TRUNCATE interventions_customeranswer CASCADE",
    ],
)
def test_answers_are_append_only_for_raw_sql(theirs: Page, statement: str) -> None:
    say(theirs, Kind.PAUSE)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert CustomerAnswer.objects.get().kind == Kind.PAUSE


def test_what_waits_takes_one_query(theirs: Page, django_assert_num_queries: Any) -> None:
    given = [say(theirs, Kind.TALK), say(theirs, Kind.PAY_DAY)]

    with django_assert_num_queries(1):
        found = asks.waiting_among(given)
    assert found == {given[0].pk: "talk", given[1].pk: "confirm"}
    with django_assert_num_queries(0):
        assert asks.waiting_among([]) == {}

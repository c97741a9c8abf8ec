"""When cases open, change and close, and in which order they are worked on."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.casework import case_rules
from interventions.casework.case_rules import (
    Assessed,
    Ended,
    Outcome,
    Priority,
    Standing,
    State,
    Verb,
    Verdict,
)
from risk.levels import Hardship, Level

AT = dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 2, 17)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def assessed(level: Level = Level.HIGH, **fields: Any) -> Assessed:
    return Assessed(**{"revision": 7, "level": level, "hardship": Hardship.OVERSPENDING, **fields})


def standing(**fields: Any) -> Standing:
    return Standing(**{"state": State.ASSIGNED, "level": Level.HIGH, "revision": 6, **fields})


def ended(**fields: Any) -> Ended:
    begun = {"outcome": Outcome.NO_NEED, "level": Level.MEDIUM, "hardship": Hardship.OVERSPENDING}
    return Ended(**{**begun, "resolved_at": AT - DAY, **fields})


def decide(now: Assessed, case: Standing | None = None, last: Ended | None = None) -> Verdict:
    return case_rules.decide(case=case, last=last, now=now, at=AT, today=TODAY)


@pytest.mark.parametrize(
    ("level", "verb"), [(Level.LOW, Verb.NOTHING), (Level.MEDIUM, Verb.OPEN), (Level.HIGH, Verb.OPEN)]
)
def test_raised_risk_opens_a_case(level: Level, verb: Verb) -> None:
    assert decide(assessed(level)).verb == verb


@pytest.mark.parametrize(("days", "verb"), [(3, Verb.OPEN), (4, Verb.NOTHING)])
def test_overdue_customers_are_with_collections(days: int, verb: Verb) -> None:
    assert decide(assessed(due_on=TODAY - days * DAY)).verb == verb


@pytest.mark.parametrize(("days", "verb"), [(3, Verb.CHANGE), (4, Verb.CLOSE)])
def test_case_closes_as_missed_after_three_days(days: int, verb: Verb) -> None:
    verdict = decide(assessed(due_on=TODAY - days * DAY), standing(state=State.IN_PROGRESS))

    assert verdict.verb == verb
    assert verdict.outcome == (Outcome.MISSED if verb == Verb.CLOSE else None)


def test_open_promise_keeps_an_overdue_case_open() -> None:
    now = assessed(due_on=TODAY - 9 * DAY, has_open_promise=True)

    assert decide(now, standing()).verb == Verb.CHANGE


def test_older_assessment_changes_nothing() -> None:
    assert decide(assessed(revision=5), standing()).verb == Verb.NOTHING


def test_falling_to_low_does_not_close_at_once() -> None:
    assert decide(assessed(Level.LOW), standing()).verb == Verb.CHANGE


@pytest.mark.parametrize(
    ("state", "calm", "closes"),
    [
        (State.NEW, 23 * HOUR, False),
        (State.NEW, 24 * HOUR, True),
        (State.ASSIGNED, 24 * HOUR, True),
        (State.IN_PROGRESS, 24 * HOUR, False),
        (State.WAITING, 6 * DAY, False),
        (State.ESCALATED, 7 * DAY, True),
        (State.IN_PROGRESS, 7 * DAY, True),
    ],
)
@pytest.mark.parametrize(("is_contacted", "outcome"), [(False, Outcome.SELF_CURED), (True, Outcome.HELPED)])
def test_calm_closes_with_its_outcome_and_later_where_somebody_works(
    state: State, calm: dt.timedelta, closes: bool, is_contacted: bool, outcome: Outcome
) -> None:
    case = standing(state=state, calm_since=AT - calm, is_contacted=is_contacted)

    verdict = decide(assessed(Level.LOW), case)

    assert (verdict.verb, verdict.outcome) == ((Verb.CLOSE, outcome) if closes else (Verb.CHANGE, None))


def test_risk_that_rose_again_is_not_calm() -> None:
    assert decide(assessed(Level.MEDIUM), standing(calm_since=AT - 9 * DAY)).verb == Verb.CHANGE


@pytest.mark.parametrize(
    ("last", "now", "verb"),
    [
        ({}, {"level": Level.MEDIUM}, Verb.NOTHING),
        ({}, {"level": Level.HIGH}, Verb.OPEN),
        ({}, {"level": Level.MEDIUM, "hardship": Hardship.INCOME_SHOCK}, Verb.OPEN),
        (
            {"hardship": Hardship.INCOME_SHOCK},
            {"level": Level.MEDIUM, "hardship": Hardship.INCOME_SHOCK},
            Verb.NOTHING,
        ),
        ({"resolved_at": AT - 7 * DAY}, {"level": Level.MEDIUM}, Verb.OPEN),
        ({"outcome": Outcome.MISSED}, {"level": Level.MEDIUM}, Verb.OPEN),
        ({"outcome": Outcome.PROMISE_KEPT}, {"level": Level.MEDIUM}, Verb.NOTHING),
        ({"outcome": Outcome.PROMISE_KEPT, "is_undone": True}, {"level": Level.MEDIUM}, Verb.OPEN),
        ({"outcome": Outcome.PROMISE_KEPT, "is_undone": True}, {"level": Level.LOW}, Verb.NOTHING),
        ({"outcome": Outcome.SELF_CURED, "level": Level.LOW}, {"level": Level.MEDIUM}, Verb.OPEN),
    ],
)
def test_what_somebody_ended_rests_unless_it_grows(
    last: dict[str, Any], now: dict[str, Any], verb: Verb
) -> None:
    assert decide(assessed(**now), last=ended(**last)).verb == verb


def test_resolved_is_the_end() -> None:
    assert not any(case_rules.is_legal(State.RESOLVED, state) for state in State)
    assert all(case_rules.is_legal(state, State.RESOLVED) for state in State if state != State.RESOLVED)


@pytest.mark.parametrize(
    ("probability", "harm"), [(0.5, 0.5 * 200_000 * 0.45), (None, 0.4 * 200_000 * 0.45), (0.0, 0.0)]
)
def test_expected_harm(probability: float | None, harm: float) -> None:
    found = case_rules.expected_harm(
        level=Level.HIGH,
        probability=probability,
        exposure_amount=200_000,
        loss_given_default_prob=0.45,
    )
    assert found == pytest.approx(harm)


def rank(**fields: Any) -> float:
    begun = {"harm_amount": 10_000.0, "priority": Priority.HIGH, "opened_at": AT, "due_at": AT + 10 * DAY}
    return case_rules.rank(**{**begun, "sla_due_at": None, **fields})


def test_rank_by_hand() -> None:
    assert rank(harm_amount=2 * 10_000.0 + 1) == pytest.approx(rank() + 1)
    assert rank(priority=Priority.URGENT) == pytest.approx(rank() + 1)
    assert rank(due_at=AT + 6 * DAY) == pytest.approx(rank() + 1)
    assert rank(due_at=None) == pytest.approx(rank(due_at=AT + 30 * DAY))
    assert rank(sla_due_at=AT + 10 * DAY) == pytest.approx(rank() + 1)
    assert rank(sla_due_at=AT + HOUR) > rank(sla_due_at=AT + 3 * DAY) > rank()


amounts = st.floats(0, 1e9)
spans = st.timedeltas(dt.timedelta(days=-10), dt.timedelta(days=60))
cases = st.fixed_dictionaries(
    {
        "harm_amount": amounts,
        "priority": st.sampled_from(Priority),
        "due": spans,
        "sla": st.none() | spans,
    }
)


def _rank(case: dict[str, Any], at: dt.datetime) -> float:
    """The rank that a case would have if everything about it had happened at another time."""
    return case_rules.rank(
        harm_amount=case["harm_amount"],
        priority=case["priority"],
        opened_at=at,
        due_at=at + case["due"],
        sla_due_at=None if case["sla"] is None else at + case["sla"],
    )


@given(first=cases, second=cases, later=st.timedeltas(DAY, 900 * DAY))
def test_order_stays_as_time_passes(
    first: dict[str, Any], second: dict[str, Any], later: dt.timedelta
) -> None:
    now, then = (_rank(first, at) - _rank(second, at) for at in (AT, AT + later))

    assert now == pytest.approx(then, abs=1e-6)


@given(case=cases, more=st.floats(1, 1e6), sooner=st.timedeltas(HOUR, 9 * DAY))
def test_more_harm_and_nearer_dates_come_first(
    case: dict[str, Any], more: float, sooner: dt.timedelta
) -> None:
    base = _rank(case, AT)

    assert _rank(case | {"harm_amount": case["harm_amount"] + more}, AT) >= base
    assert _rank(case | {"due": case["due"] - sooner}, AT) > base
    assert _rank(case | {"sla": case["due"]}, AT) >= base or case["sla"] is not None


LEVELS, HARDSHIPS = st.sampled_from(Level), st.sampled_from(Hardship)


@given(
    now=st.builds(
        Assessed,
        revision=st.integers(1, 9),
        level=LEVELS,
        hardship=HARDSHIPS,
        due_on=st.none() | st.dates(TODAY - 9 * DAY, TODAY + 40 * DAY),
        has_open_promise=st.booleans(),
    ),
    case=st.none()
    | st.builds(
        Standing,
        state=st.sampled_from([state for state in State if state != State.RESOLVED]),
        level=LEVELS,
        revision=st.integers(1, 9),
        is_contacted=st.booleans(),
        calm_since=st.none() | st.timedeltas(dt.timedelta(), 9 * DAY).map(lambda span: AT - span),
    ),
    last=st.none()
    | st.builds(
        Ended,
        outcome=st.sampled_from(Outcome),
        level=LEVELS,
        hardship=HARDSHIPS,
        resolved_at=st.timedeltas(dt.timedelta(), 30 * DAY).map(lambda span: AT - span),
        is_undone=st.booleans(),
    ),
)
def test_verdicts_are_always_possible(now: Assessed, case: Standing | None, last: Ended | None) -> None:
    verdict = decide(now, case, last)

    assert verdict.reason
    assert (verdict.verb == Verb.CLOSE) == (verdict.outcome is not None)
    if case is None:
        assert verdict.verb in (Verb.OPEN, Verb.NOTHING)
        assert verdict.verb == Verb.NOTHING or now.level > Level.LOW
    else:
        assert verdict.verb != Verb.OPEN
        # The system never says what only a person can.
        assert verdict.outcome in (None, Outcome.MISSED, Outcome.SELF_CURED, Outcome.HELPED)

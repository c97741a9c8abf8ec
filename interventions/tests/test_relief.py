"""Relief: conditions with what was found, and terms whose days and sums are right."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interventions.casework.business_hours import BusinessHours, parse_week
from interventions.help.relief import (
    Facts,
    Kind,
    Line,
    ReliefRefused,
    Wish,
    ends_on,
    new_days,
    salary_before,
    shares,
    terms,
    valid_until,
    wishes,
)
from interventions.help.relief_conditions import conditions, proposal
from interventions.help.relief_rules import Rules
from interventions.help.relief_words import terms_in_words
from interventions.policy.texts.first import POLICIES
from risk.levels import Hardship

TODAY = dt.date(2026, 2, 17)
DUE = dt.date(2026, 2, 25)
RULES = Rules()
HOLI = dt.date(2026, 3, 4)
CALENDAR = BusinessHours(
    week=parse_week("mon-fri 09:30-17:30"), zone=ZoneInfo("Asia/Kolkata"), holidays=frozenset({HOLI})
)


def line(number: int, due_on: dt.date, amount: str = "11000.00") -> Line:
    return Line(number=number, due_on=due_on, amount=Decimal(amount))


def facts(**fields: Any) -> Facts:
    """Somebody to whom everything may be offered."""
    given: dict[str, Any] = {
        "today_on": TODAY,
        "hardship": Hardship.INCOME_SHOCK,
        "permitted": frozenset(Kind.values),
        "fallen_due": 8,
        "overdue_amount": Decimal("0.00"),
        "ahead": [line(9, DUE), line(10, dt.date(2026, 3, 25)), line(11, dt.date(2026, 4, 25))],
        "last_agreed_on": None,
        "has_open_offer": False,
        "salary_day": 1,
        "calendar": CALENDAR,
        "currency": "INR",
    }
    return Facts(**given | fields)


def unmet(kind: str, **fields: Any) -> list[str]:
    return [each.name for each in conditions(kind, facts(**fields), RULES) if not each.is_met]


@pytest.mark.parametrize("kind", Kind.values)
def test_everything_may_be_offered_to_whom_nothing_speaks_against(kind: str) -> None:
    found = proposal(kind, facts(), RULES)

    assert found.is_eligible
    assert found.terms
    assert found.refusal == ""


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"permitted": frozenset()}, "policy"),
        ({"overdue_amount": Decimal("0.01")}, "overdue"),
        ({"fallen_due": 2}, "age"),
        ({"last_agreed_on": TODAY - dt.timedelta(days=364)}, "earlier"),
        ({"has_open_offer": True}, "open"),
        ({"ahead": [line(9, TODAY), line(10, dt.date(2026, 3, 17))]}, "instalment"),
    ],
)
def test_one_thing_that_speaks_against_it_is_named(kind: str, fields: dict[str, Any], name: str) -> None:
    found = proposal(kind, facts(**fields), RULES)

    assert unmet(kind, **fields) == [name]
    assert not found.is_eligible
    assert found.terms == {}
    assert found.refusal.endswith(".")


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        (Kind.DUE_DATE_MOVE, {"salary_day": None}, "salary_day"),
        (Kind.PAYMENT_HOLIDAY, {"hardship": Hardship.OVERSPENDING}, "hardship"),
        (Kind.PAYMENT_HOLIDAY, {"ahead": [line(9, DUE)]}, "remaining"),
        (Kind.INSTALMENT_SPLIT, {"ahead": [line(9, DUE, "0.01")]}, "amount"),
    ],
)
def test_condition_of_one_kind(kind: str, fields: dict[str, Any], name: str) -> None:
    assert unmet(kind, **fields) == [name]


def test_bank_that_is_never_open_in_time_moves_nothing() -> None:
    closed = BusinessHours(week={}, zone=ZoneInfo("Asia/Kolkata"))

    assert unmet(Kind.DUE_DATE_MOVE, calendar=closed) == ["salary_day"]
    with pytest.raises(ReliefRefused, match="No business day"):
        terms(Kind.DUE_DATE_MOVE, facts(calendar=closed), RULES, Wish())
    with pytest.raises(ReliefRefused, match="not open for a month"):
        terms(Kind.INSTALMENT_SPLIT, facts(calendar=closed), RULES, Wish())


@pytest.mark.parametrize("kind", Kind.values)
def test_whoever_owes_nothing_gets_nothing(kind: str) -> None:
    assert "instalment" in unmet(kind, ahead=[])
    with pytest.raises(ReliefRefused, match="No instalment"):
        terms(kind, facts(ahead=[]), RULES, Wish())


def test_a_year_after_relief_it_may_be_offered_again() -> None:
    assert unmet(Kind.INSTALMENT_SPLIT, last_agreed_on=TODAY - dt.timedelta(days=365)) == []


def test_conditions_can_be_changed_as_data() -> None:
    strict = Rules(fallen_due_min=9, holiday_hardships=())
    found = {each.name: each for each in conditions(Kind.PAYMENT_HOLIDAY, facts(), strict)}

    assert not found["age"].is_met
    assert not found["hardship"].is_met
    assert found["age"].as_json() == {"name": "age", "is_met": False, "found": found["age"].found}


@pytest.mark.parametrize(
    ("hardship", "kind"),
    [(hardship, kind) for (hardship, _level), policy in POLICIES.items() for kind in policy.relief_kinds],
)
def test_what_the_first_pack_speaks_of_may_be_offered(hardship: int, kind: str) -> None:
    assert unmet(kind, hardship=Hardship(hardship)) == []


def test_due_date_stays_before_the_following_instalment() -> None:
    weekly = [line(9, DUE), line(10, dt.date(2026, 3, 6))]

    assert new_days(facts(ahead=weekly), RULES) == [
        dt.date(2026, 3, 2),
        dt.date(2026, 3, 3),
        dt.date(2026, 3, 5),
    ]
    assert unmet(Kind.DUE_DATE_MOVE, ahead=[line(9, DUE), line(10, dt.date(2026, 3, 2))]) == ["salary_day"]


def test_due_date_moves_to_the_first_business_day_after_the_salary() -> None:
    # 1 March 2026 is a Sunday, so pay of the 1st is there on Monday the 2nd.
    assert terms(Kind.DUE_DATE_MOVE, facts(), RULES, Wish()) == {
        "number": 9,
        "amount": "11000.00",
        "from_on": "2026-02-25",
        "to_on": "2026-03-02",
    }


def test_due_date_moves_to_the_day_asked_for() -> None:
    wish = Wish(due_on=dt.date(2026, 3, 16))

    assert terms(Kind.DUE_DATE_MOVE, facts(), RULES, wish)["to_on"] == "2026-03-16"


@pytest.mark.parametrize(
    "day",
    [DUE, dt.date(2026, 3, 1), HOLI, dt.date(2026, 3, 17), dt.date(2026, 3, 28), dt.date(2026, 4, 2)],
    ids=["the same", "Sunday", "holiday", "too long after pay", "Saturday", "too far"],
)
def test_due_date_does_not_move_anywhere(day: dt.date) -> None:
    with pytest.raises(ReliefRefused, match="is not possible: choose a business day from 2 March 2026"):
        terms(Kind.DUE_DATE_MOVE, facts(), RULES, Wish(due_on=day))


def test_every_day_within_the_rules_can_be_chosen_and_the_first_is_suggested() -> None:
    found = wishes(Kind.DUE_DATE_MOVE, facts(), RULES)

    # Weekdays from after the salary of the 1st to 15 days after it, without the holiday on the 4th.
    days = (2, 3, 5, 6, 9, 10, 11, 12, 13, 16)
    assert [each.due_on for each in found] == [dt.date(2026, 3, day) for day in days]


def test_parts_and_months_can_be_chosen_as_far_as_the_rules_go() -> None:
    assert [each.parts for each in wishes(Kind.INSTALMENT_SPLIT, facts(), RULES)] == [2, 3]
    # Of three instalments two can be paused: the loan goes on.
    assert [each.months for each in wishes(Kind.PAYMENT_HOLIDAY, facts(), RULES)] == [1, 2]


def test_split_adds_up_and_falls_on_business_days() -> None:
    found = terms(
        Kind.INSTALMENT_SPLIT, facts(ahead=[line(9, dt.date(2026, 2, 22), "100.00")]), RULES, Wish(parts=3)
    )

    # The 22nd is a Sunday, and the 4th of March, ten days later, a holiday.
    assert [part["due_on"] for part in found["parts"]] == ["2026-02-23", "2026-03-05", "2026-03-16"]
    assert [part["amount"] for part in found["parts"]] == ["33.34", "33.33", "33.33"]


@pytest.mark.parametrize("parts", [0, 1, 4])
def test_split_keeps_to_the_number_of_parts(parts: int) -> None:
    with pytest.raises(ReliefRefused, match="2 to 3 parts"):
        terms(Kind.INSTALMENT_SPLIT, facts(), RULES, Wish(parts=parts))


def test_pause_names_each_instalment_and_when_payments_go_on() -> None:
    found = terms(Kind.PAYMENT_HOLIDAY, facts(), RULES, Wish(months=2))

    assert [each["due_on"] for each in found["paused"]] == ["2026-02-25", "2026-03-25"]
    # 25 April 2026 is a Saturday.
    assert found["resumes_on"] == "2026-04-27"


@pytest.mark.parametrize("months", [0, 3])
def test_pause_keeps_to_its_length_and_the_loan_goes_on(months: int) -> None:
    with pytest.raises(ReliefRefused, match="2 instalments"):
        terms(Kind.PAYMENT_HOLIDAY, facts(), RULES, Wish(months=months))


def test_pause_is_three_months_at_most() -> None:
    ahead = [line(number, DUE + dt.timedelta(days=30 * number)) for number in range(10)]

    with pytest.raises(ReliefRefused, match="3 instalments"):
        terms(Kind.PAYMENT_HOLIDAY, facts(ahead=ahead), RULES, Wish(months=4))


def test_offer_stands_a_week_but_not_beyond_the_notice() -> None:
    assert valid_until(facts(), RULES) == TODAY + dt.timedelta(days=7)
    assert valid_until(facts(today_on=DUE - dt.timedelta(days=3)), RULES) == DUE - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "salary_day", "expected"),
    [
        (dt.date(2026, 3, 1), 1, dt.date(2026, 3, 1)),
        (dt.date(2026, 3, 1), 31, dt.date(2026, 2, 28)),
        (dt.date(2026, 2, 28), 30, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 5), 25, dt.date(2025, 12, 25)),
    ],
)
def test_salary_day_before_a_day(day: dt.date, salary_day: int, expected: dt.date) -> None:
    assert salary_before(day, salary_day) == expected


@given(amount=st.integers(2, 10**12), parts=st.integers(2, 12))
def test_shares_add_up_to_the_hundredth(amount: int, parts: int) -> None:
    whole = Decimal(amount).scaleb(-2)

    found = shares(whole, parts)

    assert sum(found) == whole
    assert max(found) - min(found) <= Decimal("0.01")


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    today = draw(st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)))
    first = today + dt.timedelta(days=draw(st.integers(0, 45)))
    return facts(
        today_on=today,
        ahead=[
            Line(n, first + dt.timedelta(days=30 * n), Decimal(draw(st.integers(2, 10**9))).scaleb(-2))
            for n in range(draw(st.integers(1, 5)))
        ],
        salary_day=draw(st.integers(1, 31)),
        calendar=BusinessHours(
            week=CALENDAR.week,
            zone=CALENDAR.zone,
            holidays=frozenset(draw(st.lists(st.dates(today, today + dt.timedelta(days=200)), max_size=20))),
        ),
    )


def days_of(found: Mapping[str, Any]) -> list[dt.date]:
    """The new days that an offer names."""
    days = [part["due_on"] for part in found.get("parts", [])]
    days += [found[name] for name in ("to_on", "resumes_on") if name in found]
    return [dt.date.fromisoformat(day) for day in days]


@given(found=any_facts(), kind=st.sampled_from(Kind.values))
def test_new_days_are_business_days_ahead_and_in_order(found: Facts, kind: str) -> None:
    made = proposal(kind, found, RULES)
    assume(made.is_eligible)

    days = days_of(made.terms)

    assert days == sorted(set(days))
    assert all(found.calendar.is_open_on(day) for day in days)
    assert min(days) > found.today_on
    assert ends_on(made.terms) == max(days)
    assert found.today_on <= valid_until(found, RULES) < found.ahead[0].due_on


@given(found=any_facts(), kind=st.sampled_from(Kind.values))
def test_whatever_can_be_chosen_can_be_offered(found: Facts, kind: str) -> None:
    made = proposal(kind, found, RULES)
    assume(made.is_eligible)

    chosen = [terms(kind, found, RULES, wish) for wish in wishes(kind, found, RULES)]

    assert chosen[0] == made.terms
    assert len({str(each) for each in chosen}) == len(chosen)


@given(any_facts())
def test_moved_days_keep_to_the_limits(found: Facts) -> None:
    assert found.salary_day is not None
    for day in new_days(found, RULES):
        assert 0 < (day - found.ahead[0].due_on).days <= RULES.move_days_max
        assert 0 < (day - salary_before(day, found.salary_day)).days <= RULES.after_salary_days_max


@given(found=any_facts())
def test_parts_add_up_to_what_is_owed_before_the_next_is_due(found: Facts) -> None:
    following = [each.due_on for each in found.ahead[1:2]]
    for wish in wishes(Kind.INSTALMENT_SPLIT, found, RULES):
        parts = terms(Kind.INSTALMENT_SPLIT, found, RULES, wish)["parts"]

        assert sum(Decimal(part["amount"]) for part in parts) == found.ahead[0].amount
        assert min(Decimal(part["amount"]) for part in parts) > 0
        assert all(dt.date.fromisoformat(parts[-1]["due_on"]) < each for each in following)


def test_small_and_close_instalments_are_split_into_fewer_parts_or_none() -> None:
    assert [w.parts for w in wishes(Kind.INSTALMENT_SPLIT, facts(ahead=[line(9, DUE, "0.02")]), RULES)] == [2]
    # The third part would be due on 17 March.
    close = facts(ahead=[line(9, DUE), line(10, dt.date(2026, 3, 17))])
    assert [each.parts for each in wishes(Kind.INSTALMENT_SPLIT, close, RULES)] == [2]
    weekly = {"ahead": [line(9, DUE), line(10, dt.date(2026, 3, 4))]}
    assert unmet(Kind.INSTALMENT_SPLIT, **weekly) == ["amount"]
    with pytest.raises(ReliefRefused, match="cannot be split"):
        terms(Kind.INSTALMENT_SPLIT, facts(**weekly), RULES, Wish())


@pytest.mark.parametrize(
    ("kind", "rules", "name"),
    [
        (Kind.INSTALMENT_SPLIT, Rules(parts_max=1), "amount"),
        (Kind.INSTALMENT_SPLIT, Rules(parts_max=0), "amount"),
        (Kind.PAYMENT_HOLIDAY, Rules(holiday_months_max=0), "remaining"),
    ],
)
def test_bank_that_allows_none_of_a_kind_is_a_condition_that_is_not_met(
    kind: str, rules: Rules, name: str
) -> None:
    found = proposal(kind, facts(), rules)

    assert [each.name for each in found.conditions if not each.is_met] == [name]
    assert wishes(kind, facts(), rules) == []


@pytest.mark.parametrize(
    ("kind", "wish", "words"),
    [
        (
            Kind.DUE_DATE_MOVE,
            Wish(),
            "The instalment of ₹11,000 is due on 2 March 2026 instead of 25 February 2026.",
        ),
        (
            Kind.INSTALMENT_SPLIT,
            Wish(parts=3),
            "The instalment of ₹11,000 is paid in parts: ₹3,666.67 on 25 February 2026;"
            " ₹3,666.67 on 9 March 2026; ₹3,666.66 on 17 March 2026.",
        ),
        (
            Kind.PAYMENT_HOLIDAY,
            Wish(),
            "Nothing is paid on 25 February 2026; payments go on from 25 March 2026. What is paused stays owed.",
        ),
    ],
)
def test_terms_can_be_said_aloud(kind: str, wish: Wish, words: str) -> None:
    made = terms(kind, facts(), RULES, wish)

    assert terms_in_words(kind=kind, terms=made, currency="INR") == words

"""The model's reasons in sentences: facts beside the person's own usual, nothing made up, no jargon."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.model_words import SENTENCES, Around, sentence, way_out
from interventions.model_words.ways import CONDITIONS
from risk.levels import Level
from risk.model import levers, specs
from risk.model.counterfactual import Change, Counterfactual
from risk.model.explain import Reason

RUPEES = Around(currency="INR")
JARGON = re.compile(
    r"ratio|standard|deviation|log|odds|feature|model|score|default|delinquen|arrears|z-|sd\b|dpd|nan|None|_|%\("
)


def said(
    feature: str,
    fact: float | None = None,
    baseline: float | None = None,
    *,
    value: float | None = None,
    around: Around = RUPEES,
) -> str:
    reason = Reason("theme", feature, value, fact, baseline, "raises", 0.5)
    return sentence(reason, around)


@pytest.mark.parametrize(
    ("feature", "fact", "baseline", "wanted"),
    [
        ("salary_late_days", 12, 30, "Salary is 12 days later than usual"),
        ("salary_late_days", 1, 30, "Salary is 1 day later than usual"),
        ("salary_late_days", 0, 30, "Salary is expected today"),
        ("salary_late_days", -8, 30, "The next salary is expected in 8 days"),
        ("salary_late_days", None, None, "No regular pay day is known"),
        ("days_since_salary", 43, 30, "The last salary came 43 days ago; usually one comes every 30 days"),
        ("days_since_salary", 43, None, "No salary for 43 days"),
        ("days_since_salary", None, None, "No salary is known"),
        ("salary_before_due_days", 4, None, "Salary is expected 4 days before the instalment falls due"),
        ("salary_before_due_days", -1, None, "Salary is expected only 1 day after the instalment falls due"),
        ("salary_before_due_days", 0, None, "Salary is expected on the very day the instalment falls due"),
        ("salary_count_90d", 0, None, "No salary came in the last 90 days"),
        ("salary_count_90d", 1, None, "1 salary came in the last 90 days"),
        ("last_salary_change", 31_000, 52_000, "The last salary was ₹31,000, usually it is ₹52,000"),
        ("income_change", 18_000, 52_000, "Income of the last 30 days is ₹18,000, usually ₹52,000"),
        ("income_change", 18_000, None, "Income of the last 30 days is ₹18,000"),
        ("income_variation", 0.4, None, "Income differs from month to month by about 40 %"),
        ("cash_count_7d", 8, 1.2, "8 cash withdrawals in 7 days, usually about 1"),
        ("cash_count_7d", 1, 0.2, "1 cash withdrawal in 7 days, usually hardly any"),
        ("cash_count_z", 5, 0.0, "5 cash withdrawals in 7 days, usually none"),
        ("cash_count_7d", 0, None, "0 cash withdrawals in 7 days"),
        ("txn_change_14d", 6, 22.4, "6 transactions in 14 days, usually about 22"),
        ("days_inactive", 9, None, "The account was last used 9 days ago"),
        ("misses_365d", 2, None, "2 instalments were missed in the last 12 months"),
        ("misses_180d", 0, None, "No instalment was missed in the last 6 months"),
        ("days_since_last_miss", None, None, "No instalment was missed in the last 12 months"),
        ("worst_dpd_365d", 21, None, "An instalment was paid 21 days late in the last 12 months"),
        ("worst_dpd_365d", 0, None, "Every instalment of the last 12 months was paid in time"),
        ("payment_delay_days", 0.3, None, "The last instalments were paid in time"),
        ("payment_delay_days", 2.6, None, "The last instalments were paid about 3 days late on average"),
        ("returned_30d", 2, None, "2 payments were returned in the last 30 days"),
        ("returned_run_90d", 3, None, "3 payments in a row were returned in the last 90 days"),
        (
            "returned_run_90d",
            1,
            None,
            "Never more than one payment in a row was returned in the last 90 days",
        ),
        ("balance_slope_30d", -250.0, None, "The balance goes down by about ₹7,500 a month"),
        ("balance_slope_30d", 10.0, None, "The balance goes up by about ₹300 a month"),
        ("balance_to_due", -500.0, 12_000, "The balance is −₹500; ₹12,000 falls due within 30 days"),
        ("gambling_share_30d", 0.0, 9_000, "Nothing went to gambling in the last 30 days"),
        (
            "gambling_share_30d",
            4_500,
            9_000,
            "₹4,500 of the ₹9,000 spent in the last 30 days went to gambling",
        ),
        ("projected_balance_to_due", 900.0, 12_000, "About ₹900 should be left after the instalment"),
        (
            "projected_balance_to_due",
            -6_400.0,
            12_000,
            "The balance may be ₹6,400 short for the instalments of the next 30 days",
        ),
        (
            "projected_worst_to_due",
            -6_400.0,
            12_000,
            "The balance may be ₹6,400 short if the days ahead go like the worst of earlier months",
        ),
        (
            "projected_worst_to_due",
            900.0,
            12_000,
            "About ₹900 should be left even if the days ahead go like the worst of earlier months",
        ),
        (
            "projected_shortfall_to_income",
            0.0,
            12_000,
            "The balance should cover the instalments of the next 30 days",
        ),
    ],
)
def test_sentence_says_the_fact_beside_the_usual(
    feature: str, fact: float | None, baseline: float | None, wanted: str
) -> None:
    assert said(feature, fact, baseline) == wanted


@pytest.mark.parametrize(
    ("due_amount", "wanted"),
    [
        (12_000.0, "The balance may be ₹6,400 short on the due date (5 Dec)"),
        # Another instalment falls due within the 30 days: which of them it is short for is not said.
        (7_000.0, "The balance may be ₹6,400 short for the instalments of the next 30 days"),
    ],
)
def test_shortfall_names_the_due_date_where_there_is_but_one(due_amount: float, wanted: str) -> None:
    around = Around(currency="INR", due_on=dt.date(2026, 12, 5), due_amount=due_amount)

    assert said("projected_shortfall_to_income", 6_400, 12_000, around=around) == wanted
    assert said("projected_balance_to_due", -6_400, 12_000, around=around) == wanted


def test_share_of_wants_needs_both_figures() -> None:
    assert said("discretionary_share", 9_000, value=0.6) == (
        "60 % of spending goes to other than essentials (₹9,000 in 30 days)"
    )
    assert said("discretionary_share", 0.0, value=None) == "Nothing was spent in the last 30 days"


def test_amounts_are_in_the_banks_currency() -> None:
    found = said("income_change", 1_234_567, 52_000, around=Around(currency="USD"))

    assert found == "Income of the last 30 days is $1,234,567, usually $52,000"


def test_every_feature_can_be_said() -> None:
    assert SENTENCES.keys() == set(specs.NAMES)


UNITS = {fact.name: fact.unit for fact in specs.FACTS}
SIGNED = {"salary_late_days", "salary_before_due_days"}


@st.composite
def reasons(draw: st.DrawFn) -> Reason:
    """A reason with figures as they can be: only some days, and amounts, are ever negative."""
    feature = draw(st.sampled_from(specs.NAMES))
    companion = specs.COMPANIONS[feature]

    def figure(name: str | None) -> float | None:
        if name is None or draw(st.booleans()):
            return None
        is_amount = UNITS[name].startswith("amount")
        least = -1e7 if is_amount else -400.0 if name in SIGNED else 0.0
        return draw(st.floats(least, 1e7 if is_amount else 400.0))

    value = draw(st.none() | st.floats(-10, 10))
    return Reason("theme", feature, value, figure(companion.fact), figure(companion.baseline), "raises", 0.5)


@given(reason=reasons())
def test_sentence_is_short_plain_and_without_jargon(reason: Reason) -> None:
    found = sentence(reason, RUPEES)

    assert not JARGON.search(found), found
    assert found[0].isupper() or found[0].isdigit() or found[0] in "₹−"
    assert found[-1] != "."
    assert len(found) <= 120, found


@pytest.mark.parametrize("feature", specs.NAMES)
def test_what_is_not_known_is_said_to_be_unknown(feature: str) -> None:
    found = said(feature)

    assert not re.search(r"[1-9]\d*[,.]?\d* (?!days|months)|₹", found), found


@given(feature=st.sampled_from(specs.NAMES), fact=st.floats(1, 1e6))
def test_missing_baseline_is_not_made_up(feature: str, fact: float) -> None:
    known, alone = said(feature, fact, 777_777.0), said(feature, fact, None)

    assert "7,77,777" not in alone
    assert known == alone or "7,77,777" in known or "777777" in known


def outcome(*changes: Change, score_level: Level = Level.LOW) -> Counterfactual:
    return Counterfactual(changes=changes, probability=0.18, band=Level.MEDIUM, score_level=score_level)


def change(lever: str, before: float, after: float) -> Change:
    return Change(lever=lever, before=before, after=after, effort=1.0)


@pytest.mark.parametrize(
    ("lever", "before", "after", "condition"),
    [
        ("due_day", 5, 6, "the next instalment fell due 1 day later"),
        ("due_day", 5, 9, "the next instalment fell due 4 days later"),
        ("shortfall", 6_400, 0, "the likely shortfall of ₹6,400 were covered"),
        ("shortfall", 6_400, 3_200, "₹3,200 of the likely shortfall of ₹6,400 were covered"),
        (
            "instalment",
            12_000,
            6_000,
            "the instalments of the next 30 days were ₹6,000 instead of ₹12,000",
        ),
        ("spending", 30_000, 24_000, "spending of 30 days were ₹24,000 instead of ₹30,000"),
        ("gambling", 4_500, 0, "nothing went to gambling (₹4,500 in the last 30 days)"),
        ("gambling", 4_500, 2_250, "₹2,250 went to gambling in 30 days instead of ₹4,500"),
    ],
)
def test_way_out_says_what_would_have_to_be_otherwise(
    lever: str, before: float, after: float, condition: str
) -> None:
    found = way_out(outcome(change(lever, before, after)), RUPEES)

    assert found == f"If {condition}, the model would say MEDIUM (18\u00a0%)"


def test_way_out_of_two_changes_names_both() -> None:
    found = way_out(outcome(change("due_day", 5, 9), change("shortfall", 6_400, 0)), RUPEES)

    assert found.startswith("If the next instalment fell due 4 days later and the likely shortfall")


def test_way_out_says_where_the_rules_alone_would_not_follow() -> None:
    found = way_out(outcome(change("due_day", 5, 6), score_level=Level.HIGH), RUPEES)

    assert found.endswith("the model would say MEDIUM (18\u00a0%); the rules alone would still say HIGH")


def test_every_lever_can_be_said() -> None:
    names = {levers.DUE_DAY, levers.SHORTFALL, levers.INSTALMENT, levers.SPENDING, levers.GAMBLING}

    assert CONDITIONS.keys() == names
    assert len(levers.LEVERS) == len(names)

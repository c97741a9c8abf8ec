"""What if: the same as the refresh concludes where nothing changes; writes nothing, sends nothing, says its bounds."""

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import InternalError, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from customers import roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.contact import consents
from interventions.contact.contact_rules import Cap
from interventions.effect import what_if
from interventions.effect.what_if_load import Estimate, Occasion, Reach, estimate, load, moves, volume
from interventions.effect.what_if_reading import Pace, known_from, pace_of, reach_of, read_real
from interventions.effect.what_if_words import caveats
from interventions.models import (
    Case,
    Channel,
    ConsentEvent,
    ContactHold,
    ContactPack,
    Delivery,
    PolicyTemplate,
    Purpose,
)
from interventions.tests import governed
from interventions.tests.cases import brought, policy
from interventions.tests.staff import manager, user
from risk.levels import Hardship, Level
from risk.models import Assessment, CurrentRisk
from risk.over_days import OverDays, conclude_over_days, read_history
from risk.refresh import Refresher
from risk.rulebook import EQUILIBRATE_1, ScoreRules
from risk.services import mark_dirty
from risk.tests.factories import TODAY, TileFactory, days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
STRICT = dataclasses.replace(
    EQUILIBRATE_1, version="strict", score=ScoreRules(medium_from=0.5, high_from=1.0, scored_from_txns=1)
)
DAYS = 10
NEVER_DONE = 999


def customers() -> list[Customer]:
    """Some whose cash withdrawals differ, and one whose salary was long ago."""
    found = []
    for number in range(6):
        customer = CustomerFactory.create()
        for age in range(0, 60, 4):
            TileFactory.create(
                customer=customer, day_on=days_ago(age), txn_count=2 + number, debit_amount=900 + 50 * age,
                essential_amount=450, discretionary_amount=10 * number, cash_count=number if age < 8 else 0,
                salary_count=int(age == 40 + number),
            )  # fmt: skip
        found.append(customer)
    TileFactory.create(customer=found[0], day_on=days_ago(600), salary_count=1, txn_count=1)
    return found


def test_last_day_is_what_the_refresh_concludes() -> None:
    ids = sorted(each.pk for each in customers())
    mark_dirty(ids)
    Refresher().chunk()

    history = read_history(ids=ids, until=TODAY, days=DAYS, rulebooks=[EQUILIBRATE_1, STRICT])
    found = conclude_over_days(history, rules=EQUILIBRATE_1)

    stored = CurrentRisk.objects.order_by("customer_id").values_list("level", "hardship")
    assert list(zip(found.level[-1].tolist(), found.hardship[-1].tolist(), strict=True)) == list(stored)


def test_each_day_is_what_it_would_be_as_the_last_one() -> None:
    ids = sorted(each.pk for each in customers())
    history = read_history(ids=ids, until=TODAY, days=DAYS, rulebooks=[EQUILIBRATE_1])
    found = conclude_over_days(history, rules=EQUILIBRATE_1)

    for back in (3, DAYS - 1):
        alone = read_history(ids=ids, until=days_ago(back), days=1, rulebooks=[EQUILIBRATE_1])
        expected = conclude_over_days(alone, rules=EQUILIBRATE_1)
        assert found.level[DAYS - 1 - back].tolist() == expected.level[0].tolist()
        assert found.hardship[DAYS - 1 - back].tolist() == expected.hardship[0].tolist()


def test_band_of_the_model_counts_from_its_day_on() -> None:
    customer = CustomerFactory.create()
    risk = {"score": 0.0, "segment": 0, "hardship": 0, "inputs": {}, "points": {}, "hardships": {}}
    from interventions.tests.factories import RulebookFactory
    from risk.tests import registered

    model = registered.candidate()
    for revision, age, band in ((1, 30, 2), (2, 4, 3), (3, 2, None)):
        Assessment.objects.create(
            customer=customer, revision=revision, level=band or 1, band=band, probability=0.5 if band else None,
            model=model if band else None, as_of_on=days_ago(age), rulebook=RulebookFactory.create(),
            code_version="x", assessed_at=dt.datetime.now(dt.UTC), **risk,
        )  # fmt: skip

    history = read_history(ids=[customer.pk], until=TODAY, days=6, rulebooks=[EQUILIBRATE_1])

    assert history.bands[:, 0].tolist() == [2, 3, 3, 0, 0, 0]
    assert conclude_over_days(history, rules=EQUILIBRATE_1).level[:, 0].tolist() == [2, 3, 3, 1, 1, 1]


def test_database_refuses_to_write_meanwhile() -> None:
    with pytest.raises(InternalError, match="read-only"), what_if.reading_only():
        CustomerFactory.create()


def test_nothing_is_written_or_sent() -> None:
    customers()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL, txid_current()")
    before = [model.objects.count() for model in (Case, Delivery, Assessment, ConsentEvent)]

    what_if.run(rulebook=STRICT, policies="draft", pack="draft", days=DAYS)

    assert [model.objects.count() for model in (Case, Delivery, Assessment, ConsentEvent)] == before


def test_same_rules_move_nobody_and_stricter_ones_raise() -> None:
    customers()

    same = what_if.run(days=DAYS)
    strict = what_if.run(rulebook=STRICT, days=DAYS)

    assert same.present.opened == same.candidate.opened
    assert all(each.value == 0 for old, row in same.moves.items() for new, each in row.items() if old != new)
    raised = sum(
        strict.moves[old][new].value for old, new in (("LOW", "MEDIUM"), ("LOW", "HIGH"), ("MEDIUM", "HIGH"))
    )
    assert raised > 0
    assert (strict.sample, strict.portfolio) == (6, 6)
    assert sum(each.value for row in strict.moves.values() for each in row.values()) == 6


def test_sample_is_the_same_each_time_and_says_its_bounds() -> None:
    customers()

    one, other = (what_if.run(rulebook=STRICT, days=3, most_customers=4) for _ in range(2))

    assert one == other
    assert (one.sample, one.portfolio) == (4, 6)
    assert all(each.low <= each.value <= each.high for row in one.moves.values() for each in row.values())


def test_messages_follow_consent_holds_and_policies() -> None:
    template = governed.active(policy(hardship=Hardship.LIQUIDITY_STRESS, level=Level.HIGH))
    pack = governed.active_pack()
    found = customers()
    for customer in found[:3]:
        consents.grant(
            customer=customer, channel=Channel.SMS, purpose=Purpose.SUPPORT, source=ConsentEvent.Source.IMPORT
        )
    ContactHold.objects.create(customer=found[0], kind="legal", reason="x", placed_at=dt.datetime.now(dt.UTC))

    reach = reach_of(sorted(each.pk for each in found))
    result = what_if.run(rulebook=STRICT, policies=_everywhere(template), days=DAYS)

    assert reach.consent["sms"].sum() == 3
    assert sum(len(each) for each in reach.holds) == 1
    assert set(result.candidate.messages) == {str(template)}
    assert {"the customer is on hold", "no consent to a channel that has a text"} >= set(
        result.candidate.stopped
    )
    assert set(result.present.stopped) <= {"no policy is active"} | set(result.candidate.stopped)
    assert what_if._rules(pack) == what_if._rules(None)


def _everywhere(template: PolicyTemplate) -> dict[tuple[int, int], PolicyTemplate]:
    return {(hardship, level): template for hardship in Hardship.values for level in Level.values}


def test_newest_drafts_stand_in_for_what_is_active() -> None:
    drafts = what_if._candidates("draft", {})

    assert {(each.hardship, each.level) for each in drafts.values()} == set(drafts)
    assert len(drafts) == 18
    assert what_if._candidates(drafts, {}) is drafts


def test_draft_of_the_rules_of_contact_is_the_newest() -> None:
    governed.active_pack()
    drafted = governed.draft_pack(name="mild")

    rules = what_if._rules("draft")

    assert rules is not None
    assert rules.name == str(drafted)
    assert what_if._rules(drafted) == rules


def test_without_a_draft_the_rules_stay_as_they_are() -> None:
    active = governed.active_pack()
    drafts = ContactPack.objects.exclude(pk=active.pk)
    drafts.update(state=ContactPack.State.RETIRED, state_reason="not wanted", retired_at=timezone.now())

    assert what_if._rules("draft") == what_if._rules(None)


def test_pace_is_that_of_the_staff_once_they_ended_enough(settings: Settings) -> None:
    since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    settings.WHAT_IF_FEWEST_ENDED, settings.WHAT_IF_HANDLED_DAYS = 2, 5
    brought(Case.State.RESOLVED, to=(somebody := manager()))

    assert pace_of(since=since) == Pace(5, 1, 2, is_assumed=True)

    brought(Case.State.RESOLVED, to=somebody)

    assert pace_of(since=since) == Pace(1, 2, 2, is_assumed=False)


@pytest.mark.parametrize(
    ("pace", "said"),
    [
        (
            Pace(5, 7, 30, is_assumed=True),
            "Too few ended cases to say how long staff take (7 in these days, 30 are needed): assumed 5 days, as set.",
        ),
        (
            Pace(1, 31, 30, is_assumed=False),
            "Staff are done with a case after 1 day: the median of 31 cases they ended in these days.",
        ),
    ],
)
def test_pace_says_from_how_many_cases_it_is_known(pace: Pace, said: str) -> None:
    customers()

    found = dataclasses.replace(what_if.run(days=DAYS), pace=pace)

    assert caveats(found) == [said]


def test_days_before_any_record_are_told() -> None:
    assert "no records" in caveats(what_if.run(days=3))[1]

    ids = [each.pk for each in customers()[1:]]

    assert known_from(ids) == days_ago(56)
    found = what_if.run(days=366, most_customers=1)
    assert found.known_from is not None
    assert "records of these customers begin on" in caveats(found)[1]
    assert len(caveats(dataclasses.replace(found, known_from=found.days[0]))) == 1


def test_what_really_happened_is_counted() -> None:
    since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    brought(Case.State.RESOLVED)

    assert read_real(since=since, until=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)).opened == {"2026-02-17": 1}


@pytest.mark.parametrize("role", [roles.ANALYSTS, roles.COMPLIANCE_OFFICERS, roles.SUPERVISORS])
def test_these_roles_may_ask(role: str) -> None:
    assert what_if.run(days=1, by=user("somebody", role)).portfolio == 0


def test_relationship_managers_may_not_ask() -> None:
    asking: User = manager()

    with pytest.raises(PermissionDenied, match="what if"):
        what_if.run(by=asking)


@pytest.mark.parametrize("arguments", [{"days": 0}, {"days": 400}, {"most_customers": 0}])
def test_ranges_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="days"):
        what_if.run(**arguments)


def test_command_tells_in_words_and_as_json(tmp_path: Path) -> None:
    customers()
    file = tmp_path / "strict.json"
    file.write_text(json.dumps(STRICT.as_json()))
    told, data = io.StringIO(), io.StringIO()

    call_command("what_if", rulebook=file, days=3, policies="draft", stdout=told)
    call_command("what_if", rulebook=file, days=3, customers=4, json=True, stdout=data)

    assert "Under the candidate (strict)" in told.getvalue()
    assert (
        "Too few ended cases to say how long staff take (0 in these days, 30 are needed)" in told.getvalue()
    )
    assert json.loads(data.getvalue())["sample"] == 4


def test_command_refuses_what_is_no_rulebook(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")

    with pytest.raises(CommandError, match="no rulebook"):
        call_command("what_if", rulebook=tmp_path / "x.json")
    with pytest.raises(CommandError, match="days"):
        call_command("what_if", days=0)


# Pure parts.


def over(*levels: list[int], hardships: list[list[int]] | None = None) -> OverDays:
    grid = np.array(levels, dtype=np.int8).T
    return OverDays(grid, np.zeros_like(grid) if hardships is None else np.array(hardships, dtype=np.int8).T)


def test_case_opens_and_closes_after_a_calm_day() -> None:
    found = load(over([1, 2, 1, 1, 1, 2]), handled_days=NEVER_DONE)

    assert found.opened[:, 0].tolist() == [False, True, False, False, False, True]
    assert found.closed[:, 0].tolist() == [False, False, False, True, False, False]
    assert found.standing[:, 0].tolist() == [False, True, True, False, False, True]
    assert [each.day for each in found.occasions] == [1, 5]


def test_what_stands_at_first_is_not_opened() -> None:
    found = load(over([3, 3]), handled_days=NEVER_DONE)

    assert not found.opened.any()
    assert found.standing.all()
    assert found.occasions == []


def test_staff_end_cases_and_let_them_rest_unless_it_gets_worse() -> None:
    found = load(over([1, 2, 2, 2, 2, 3], [1, 2, 2, 2, 2, 2]), handled_days=2)

    assert found.closed.sum(axis=0).tolist() == [1, 1]
    assert found.opened.sum(axis=0).tolist() == [2, 1]


def test_another_policy_is_another_occasion() -> None:
    found = load(over([1, 2, 2, 3], hardships=[[0, 1, 2, 2]]), handled_days=NEVER_DONE)

    assert [(each.day, each.hardship, each.level) for each in found.occasions] == [
        (1, 1, 2),
        (2, 2, 2),
        (3, 2, 3),
    ]


def occasions(count: int) -> list[Occasion]:
    return [Occasion(day, 0, 1, 3) for day in range(count)]


def reach(*, sms: bool = True, holds: frozenset[str] = frozenset()) -> Reach:
    return Reach({"sms": np.array([sms]), "email": np.array([False])}, [holds])


USED = what_if.Used("P", ("email", "sms"))


def test_messages_stop_for_their_reasons() -> None:
    rules = dataclasses.replace(_india(), caps=(Cap(2, 7, frozenset({"sms"})),))
    policies = {(1, 3): USED}

    def stopped(count: int, policies: Any, rules: Any, reach: Reach) -> dict[str, list[int]]:
        found = volume(occasions(count), policies=policies, rules=rules, reach=reach).stopped
        return {reason: counts.tolist() for reason, counts in found.items()}

    held, mute = reach(holds=frozenset({"legal"})), reach(sms=False)
    assert stopped(1, {}, rules, reach()) == {"no policy is active": [1]}
    assert stopped(1, policies, None, reach()) == {"no rules of contact are active": [1]}
    assert stopped(1, policies, rules, held) == {"the customer is on hold": [1]}
    assert stopped(1, policies, rules, mute) == {"no consent to a channel that has a text": [1]}
    assert stopped(9, policies, rules, reach()) == {"the caps are reached": [5]}
    capped = volume(occasions(9), policies=policies, rules=rules, reach=reach())
    assert {key: counts.tolist() for key, counts in capped.messages.items()} == {("P", "sms"): [4]}


def _india() -> Any:
    from interventions.contact import packs

    rules = packs.parse(packs.shipped("india"), name="india-1", content_hash="")
    return dataclasses.replace(rules, holds={**rules.holds, "legal": "deny"})


def test_moves_count_each_pair_once() -> None:
    found = moves(np.array([[1, 2, 3]], dtype=np.int8), np.array([[1, 3, 3]], dtype=np.int8))

    assert [[int(each.sum()) for each in row] for row in found] == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]


@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=50), more=st.integers(0, 1000))
def test_bounds_hold_the_estimate(counts: list[int], more: int) -> None:
    portfolio = len(counts) + more

    found = estimate(np.array(counts), portfolio=portfolio)

    assert 0 <= found.low <= found.value <= found.high
    if more == 0:
        assert found == Estimate(sum(counts), sum(counts), sum(counts))
    else:
        # However alike those in the sample are, the others are not known.
        assert found.high - found.low > 0


def test_nothing_is_estimated_of_nobody() -> None:
    assert estimate(np.array([], dtype=np.int64), portfolio=0) == Estimate(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Of 100 out of 10,000: nobody, one, everybody; Wilson's limits for 0, 1 and 100 of 100, a little narrowed.
        ([0] * 100, 0, 368),
        ([1] + [0] * 99, 18, 544),
        ([1] * 100, 9_632, 10_000),
    ],
)
def test_bounds_hold_for_few_too(counts: list[int], low: int, high: int) -> None:
    found = estimate(np.array(counts), portfolio=10_000)

    assert found.low == pytest.approx(low, abs=20)
    assert found.high == pytest.approx(high, abs=20)

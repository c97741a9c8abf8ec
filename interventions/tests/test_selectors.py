import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from customers import bank_clock
from customers.tests.factories import CustomerFactory
from interventions.console import paging, selectors
from interventions.console.filters import QueueAddress, QueueFilters
from interventions.console.paging import Sort
from interventions.console.queue import counts, finding, reading
from interventions.console.queue.counts import Matched
from interventions.console.queue.reading import QueuePage
from interventions.models import PolicyTemplate
from interventions.policy import governing
from interventions.tests import governed, staff
from interventions.tests.cases import opened
from interventions.tests.factories import AS_OF_ON, AssessmentFactory, CurrentRiskFactory
from risk.levels import Hardship, Level, Segment
from risk.models import RiskTrendPoint
from risk.portfolio import selectors as portfolio
from risk.portfolio.cuts import Cut
from risk.portfolio.services import counts_record
from risk.tests import registered

pytestmark = pytest.mark.django_db


def page(user: User, query: str = "") -> QueuePage:
    address = QueueAddress.read(QueryDict(query))
    people = finding.matching_customers(user=user, filters=address.filters, sort=address.sort)
    return reading.queue_page(people=people, address=address)


def names(found: QueuePage) -> list[str]:
    return [row.customer.full_name for row in found.rows]


def ids(found: QueuePage) -> list[int]:
    return [row.customer.pk for row in found.rows]


def test_queue_is_sorted_by_level_score_due_day() -> None:
    soon, later = AS_OF_ON + dt.timedelta(days=2), AS_OF_ON + dt.timedelta(days=20)
    staff.assessed("low", level=Level.LOW, score=2.5)
    staff.assessed("high, later", level=Level.HIGH, score=5.0, next_due_on=later)
    staff.assessed("high, nothing due", level=Level.HIGH, score=5.0, next_due_on=None)
    staff.assessed("high, soon", level=Level.HIGH, score=5.0, next_due_on=soon)
    staff.assessed("highest", level=Level.HIGH, score=8.5, next_due_on=None)

    expected = ["highest", "high, soon", "high, later", "high, nothing due", "low"]
    assert names(page(staff.supervisor())) == expected


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_SIZE", 3)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("role", ["supervisor", "manager"])
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("few", [finding.FEW, 0])
def test_pages_lead_through_everybody_and_back(
    role: str, sort: Sort, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    user = staff.supervisor() if role == "supervisor" else staff.manager()
    model = registered.candidate().pk
    for number in range(8):
        due_on = None if number % 4 == 0 else AS_OF_ON + dt.timedelta(days=number % 3)
        scored = {"model_id": model, "probability": 0.1 * (number // 2), "band": 1 + number % 3}
        staff.assessed(
            "" if number == 5 else f"c{number // 2}",
            assigned_rm=user,
            level=Level.HIGH,
            score=5.0,
            next_due_on=due_on,
            **(scored if number % 5 else {}),
        )

    forwards, found = [], page(user, f"sort={sort}")
    forwards.append(ids(found))
    while found.has_next:
        found = page(user, f"sort={sort}&after={paging.position_of(found.rows[-1].customer, sort).encode()}")
        forwards.append(ids(found))
    backwards = [ids(found)]
    while found.has_previous:
        found = page(user, f"sort={sort}&before={paging.position_of(found.rows[0].customer, sort).encode()}")
        backwards.append(ids(found))

    assert sum(map(len, forwards)) == len({pk for each in forwards for pk in each}) == 8
    assert backwards == forwards[::-1]


@pytest.mark.usefixtures("small_pages")
def test_page_stays_when_somebody_arrives_above() -> None:
    user = staff.supervisor()
    for number in range(6):
        staff.assessed(f"c{number}", level=Level.LOW, score=1.0)
    after = paging.position_of(page(user).rows[-1].customer, Sort.WORST).encode()
    before = names(page(user, f"after={after}"))

    staff.assessed("worse", level=Level.HIGH, score=9.0)

    assert names(page(user, f"after={after}")) == before


@pytest.mark.parametrize(
    "query",
    [
        "level=HIGH",
        "hardship=INCOME_SHOCK",
        "segment=INCOME_SHOCK",
        "city=Kochi",
        "employment=GIG",
        "q=lak",
        "q=meen+LAKSH",
        "q=77",
        "q=%27Lakshmi%27",
        "level=HIGH&city=Kochi&q=meenakshi",
    ],
)
@pytest.mark.parametrize("few", [finding.FEW, 0])
def test_filters_find_the_one(query: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    staff.assessed("Somebody Else")
    staff.assessed(
        "Lakshmi Meenakshi",
        bank_id="7788",
        city="Kochi",
        employment="GIG",
        level=Level.HIGH,
        hardship=Hardship.INCOME_SHOCK,
        segment=Segment.INCOME_SHOCK,
    )

    assert names(page(staff.supervisor(), query)) == ["Lakshmi Meenakshi"]


@pytest.mark.parametrize("text", ["लक्ष्मी", "त्रि"])
def test_search_finds_hindi_names(text: str) -> None:
    staff.assessed("लक्ष्मी नारायण त्रिपाठी")
    staff.assessed("Asha Rao")

    assert names(page(staff.supervisor(), f"q={text}")) == ["लक्ष्मी नारायण त्रिपाठी"]


@pytest.mark.parametrize("text", ["'", "& | !", "\\", "a:*b", "(", "<->"])
def test_search_takes_any_text(text: str) -> None:
    people = finding.matching_customers(user=staff.supervisor(), filters=QueueFilters(text=text))

    assert list(people.in_queue(QueueFilters())) == []


def test_manager_filter_shows_one_managers_customers() -> None:
    manager = staff.manager()
    staff.assessed("hers", assigned_rm=manager)
    staff.assessed("nobody's")

    assert names(page(staff.supervisor(), f"rm={manager.pk}")) == ["hers"]


def test_manager_sees_only_own_customers_whatever_the_filter() -> None:
    mine, other = staff.manager("rm1"), staff.manager("rm2")
    staff.assessed("mine", assigned_rm=mine)
    staff.assessed("other's", assigned_rm=other)

    assert names(page(mine)) == ["mine"]
    assert names(page(mine, f"rm={other.pk}")) == []
    assert names(page(mine, "q=other")) == []


def test_bank_wide_counts_are_the_newest_trend_points() -> None:
    at = timezone.now()
    RiskTrendPoint.objects.create(at=at - dt.timedelta(minutes=1), level=Level.HIGH, customers=1)
    RiskTrendPoint.objects.create(at=at, level=Level.HIGH, customers=12)
    RiskTrendPoint.objects.create(at=at, level=Level.LOW, customers=30)

    found = counts.level_counts(user=staff.supervisor(), filters=QueueFilters())

    assert found is not None
    assert found.by_level == {Level.HIGH: 12, Level.MEDIUM: 0, Level.LOW: 30}
    assert (found.total, found.counted_at) == (42, at)


def test_old_trend_points_are_no_counts() -> None:
    RiskTrendPoint.objects.create(at=timezone.now() - dt.timedelta(hours=1), level=Level.HIGH, customers=1)

    assert counts.level_counts(user=staff.supervisor(), filters=QueueFilters()) is None


def test_own_customers_are_counted_now() -> None:
    manager = staff.manager()
    staff.assessed("a", assigned_rm=manager, level=Level.HIGH)
    staff.assessed("b", assigned_rm=manager)
    staff.assessed("c")

    found = counts.level_counts(user=manager, filters=QueueFilters(levels=frozenset({Level.LOW})))

    assert found is not None
    assert found.by_level == {Level.HIGH: 1, Level.MEDIUM: 0, Level.LOW: 1}


def test_other_filters_have_no_counts_by_level_but_a_capped_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "COUNT_CAP", 2)
    monkeypatch.setattr(finding, "FEW", 2)
    user = staff.supervisor()
    for number in range(5):
        staff.assessed(f"c{number}", city="Pune")
    filters = QueueFilters(city="Pune")

    assert counts.level_counts(user=user, filters=filters) is None
    people = finding.matching_customers(user=user, filters=filters)
    assert counts.matched(user=user, people=people, filters=filters) == Matched(2, is_more=True)


def test_active_policy_goes_before_newer_draft() -> None:
    governed.active_policy(action="approved")
    governed.draft_policy(action="idea")

    assert selectors.recommended_actions()[Hardship.INCOME_SHOCK, Level.HIGH].action == "approved"


def test_newest_draft_is_shown_where_nothing_is_active() -> None:
    key = {"hardship": Hardship.NONE, "level": Level.LOW}
    governed.draft_policy(action="newer", **key)
    gone = governed.draft_policy(action="gone", **key)
    governing.retire(subject=gone, by=governed.officer(), reason="not needed")

    assert selectors.recommended_actions()[Hardship.NONE, Level.LOW].action == "newer"


def test_first_policies_cover_every_hardship_and_level_as_drafts() -> None:
    first = PolicyTemplate.objects.all()

    assert {(each.hardship, each.level) for each in first} == {(h, lv) for h in Hardship for lv in Level}
    assert {(each.state, each.author_id) for each in first} == {("draft", None)}
    assert {each.effect for each in first} == {"supportive", "agreed"}


def test_reasons_come_from_the_newest_assessment() -> None:
    staff.in_shock("Asha Rao", expected_salary_day=5)

    row = page(staff.supervisor()).rows[0]

    assert (
        row.sentence == "Salary is 12 days later than usual (usually the 5th); 8 cash withdrawals in 7 days."
    )


def test_risk_without_a_receipt_is_shown_without_invented_reasons() -> None:
    CurrentRiskFactory.create()

    assert page(staff.supervisor()).rows[0].sentence == "No reasons are recorded yet."


@pytest.mark.parametrize("few", [finding.FEW, 0])
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize(
    ("due", "days"),
    [
        ("overdue", [-40, -1]),
        ("0-3", [0, 3]),
        ("4-7", [4, 7]),
        ("8-14", [8, 14]),
        ("15-30", [15, 30]),
        ("later", [31, 400]),
        ("none", [None]),
    ],
)
def test_cohort_is_found_by_its_days(
    due: str, days: list[int | None], sort: Sort, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    today_on = bank_clock.today()
    for number in (-40, -1, 0, 3, 4, 7, 8, 14, 15, 30, 31, 400, None):
        due_on = None if number is None else today_on + dt.timedelta(days=number)
        staff.assessed(f"{number}", next_due_on=due_on)

    assert set(names(page(staff.supervisor(), f"due={due}&sort={sort}"))) == {str(number) for number in days}


def test_several_levels_are_asked_for_at_once() -> None:
    for level in Level:
        staff.assessed(level.name, level=level)

    assert names(page(staff.supervisor(), "level=LOW&level=HIGH")) == ["HIGH", "LOW"]


@pytest.mark.parametrize(
    ("was", "expected"),
    [("LOW", ["rose", "stayed"]), ("HIGH", ["fell"]), ("MEDIUM", []), ("NEW", ["new"])],
)
def test_level_of_a_week_ago_is_found(was: str, expected: list[str]) -> None:
    today_on = bank_clock.today()
    long_ago, lately = today_on - dt.timedelta(days=30), today_on - dt.timedelta(days=2)
    for name, before, now in (("rose", 1, 3), ("fell", 3, 1), ("stayed", 1, None), ("new", None, 2)):
        person = CustomerFactory.create(full_name=name)
        CurrentRiskFactory.create(customer=person, level=now or before or 1, revision=2)
        if before:
            AssessmentFactory.create(customer=person, level=before, as_of_on=long_ago)
        if now:
            AssessmentFactory.create(
                customer=person, revision=2, level=now, previous_level=before, as_of_on=lately
            )

    assert sorted(names(page(staff.supervisor(), f"was={was}"))) == expected


@pytest.mark.parametrize(
    ("query", "customers"),
    [
        ("hardship=INCOME_SHOCK", 3),
        ("level=HIGH", 2),
        ("hardship=INCOME_SHOCK&level=HIGH", 2),
        ("due=none", 4),
    ],
)
def test_count_is_the_one_of_the_chart_that_was_clicked(query: str, customers: int) -> None:
    for level in (Level.HIGH, Level.HIGH, Level.LOW):
        staff.assessed(level=level, hardship=Hardship.INCOME_SHOCK, next_due_on=None)
    staff.assessed(next_due_on=None)
    assert counts_record()
    user = staff.supervisor()
    address = QueueAddress.read(QueryDict(query))
    people = finding.matching_customers(user=user, filters=address.filters)

    found = counts.matched(user=user, people=people, filters=address.filters)

    stored = portfolio.count_of(user=user, cut=address.filters.cut or Cut())
    assert stored is not None
    assert found == Matched(customers, counted_at=stored.counted_at)
    assert len(page(user, query).rows) == customers


def test_count_of_two_things_at_once_is_of_this_moment() -> None:
    staff.assessed(hardship=Hardship.INCOME_SHOCK, city="Pune")
    assert counts_record()
    user = staff.supervisor()
    filters = QueueFilters(hardship=Hardship.INCOME_SHOCK, city="Pune")
    people = finding.matching_customers(user=user, filters=filters)

    assert counts.matched(user=user, people=people, filters=filters) == Matched(1)


def test_chips_count_as_the_charts_do() -> None:
    staff.assessed(level=Level.HIGH)
    RiskTrendPoint.objects.create(at=timezone.now(), level=Level.HIGH, customers=99)
    assert counts_record()

    found = counts.level_counts(user=staff.supervisor(), filters=QueueFilters())

    assert found is not None
    assert found.by_level == {Level.HIGH: 1, Level.MEDIUM: 0, Level.LOW: 0}


def test_probability_sorts_those_above_low_and_the_others_as_ever() -> None:
    model = registered.candidate().pk
    for name, probability, band, score in (
        ("second", 0.3, Level.MEDIUM, 1.0),
        ("first", 0.7, Level.HIGH, 0.0),
        ("fourth", 0.2, Level.LOW, 1.0),
        ("third", 0.1, Level.LOW, 2.0),
    ):
        staff.assessed(name, model_id=model, probability=probability, band=band, score=score)
    staff.assessed("fifth", score=0.5)

    assert names(page(staff.supervisor(), "sort=probability")) == [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
    ]


def test_names_sort_with_the_nameless_last() -> None:
    for name in ("", "Bina", "आशा", "Asha"):
        staff.assessed(name)

    assert names(page(staff.supervisor(), "sort=name")) == ["Asha", "Bina", "आशा", ""]


@pytest.mark.parametrize("query", ["sort=name&after=999999", "sort=probability&after=1_1_0_2026-01-01_5"])
def test_place_of_nobody_is_no_failure(query: str) -> None:
    staff.assessed("Asha Rao", level=Level.HIGH)

    page(staff.supervisor(), query)


def test_reasons_sum_to_the_score() -> None:
    staff.in_shock()

    [row] = page(staff.supervisor()).rows

    assert sum(reason.points or 0 for reason in row.reasons) == row.risk.score


@pytest.mark.parametrize(
    ("hours", "text", "standing"), [(-2, "2 h late", "late"), (1, "1 h", "at_risk"), (30, "30 h", "running")]
)
def test_row_says_how_the_open_case_stands(hours: int, text: str, standing: str) -> None:
    now = bank_clock.now()
    customer = staff.in_shock()
    opened(
        customer,
        sla_due_at=now + dt.timedelta(hours=hours, minutes=1 if hours > 0 else -1),
        sla_at_risk_at=now + dt.timedelta(hours=hours - 6),
    )

    sla = page(staff.supervisor()).rows[0].sla

    assert sla is not None
    assert (sla.text, sla.standing) == (text, standing)

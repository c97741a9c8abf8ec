"""Home as each role gets it."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from customers import bank_clock, roles
from interventions.tests import cases, governed, staff
from risk.levels import Hardship, Level
from risk.models import CurrentRisk, RiskTrendPoint, SystemProbe
from risk.portfolio.services import counts_record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_redis")]
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
ROLES = {
    "supervisor": roles.SUPERVISORS,
    "manager": roles.RELATIONSHIP_MANAGERS,
    "officer": roles.COMPLIANCE_OFFICERS,
    "analyst": roles.ANALYSTS,
}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(client: Client, address: str = "/", status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def counted_now() -> None:
    """What a worker does once a minute."""
    levels = [Level.HIGH, Level.MEDIUM, Level.LOW]
    at = timezone.now().replace(second=0, microsecond=0)
    RiskTrendPoint.objects.bulk_create(
        [
            RiskTrendPoint(at=at, level=level, customers=CurrentRisk.objects.filter(level=level).count())
            for level in levels
        ]
    )


def somebody(number: int, manager: User) -> None:
    customer = staff.in_shock(f"Person {number}", assigned_rm=manager)
    cases.opened(customer, to=manager, due_on=bank_clock.today(), rank=float(number))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_queries_do_not_grow_with_rows(role: str) -> None:
    reader = staff.user("reader", ROLES[role])
    manager = reader if role == "manager" else staff.manager()
    client = client_of(reader)
    for number in range(2):
        somebody(number, manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        return len(captured)

    few = queries()
    for number in range(2, 15):
        somebody(number, manager)

    assert queries() == few
    assert few <= 30


def test_manager_sees_their_own_alone() -> None:
    mine, other = staff.manager("rm1"), staff.manager("rm2")
    somebody(1, mine)
    somebody(2, other)

    html = words(client_of(mine))

    assert "Person 1" in html
    assert "Person 2" not in html
    assert "With nobody" not in html


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("supervisor", ["My cases", "All cases", "Next case"], ["Waiting for approval"]),
        ("manager", ["My cases", "Next case"], ["With nobody", "Waiting for approval"]),
        ("officer", ["Waiting for approval", "Model and alerts"], ["My open cases", "Next case"]),
        ("analyst", ["Model and alerts"], ["My open cases", "Waiting for approval", "Next case"]),
    ],
)
def test_each_role_has_its_work(role: str, shown: list[str], hidden: list[str]) -> None:
    html = words(client_of(staff.user("reader", ROLES[role])))

    assert [text for text in shown if text not in html] == []
    assert [text for text in hidden if text in html] == []


def test_nobody_without_a_role_sees_anything() -> None:
    somebody(1, staff.manager())
    nobody = staff.user("nobody")
    nobody.is_superuser = nobody.is_staff = True
    nobody.save()

    html = words(client_of(nobody), status=403)

    assert "You have no role yet" in html
    assert "Person 1" not in html


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_cards_and_bars_lead_to_queues_of_exactly_their_count(role: str) -> None:
    reader = staff.user("reader", ROLES[role])
    for number, (level, hardship) in enumerate(
        [
            (Level.HIGH, Hardship.INCOME_SHOCK),
            (Level.MEDIUM, Hardship.INCOME_SHOCK),
            (Level.LOW, Hardship.OVERSPENDING),
            (Level.LOW, Hardship.NONE),
        ]
    ):
        staff.assessed(f"c{number}", assigned_rm=reader, level=level, hardship=hardship)
    counted_now()
    counts_record()
    client = client_of(reader)
    response = client.get("/")

    cards = {card.url: card.customers for card in response.context["overview"].cards}
    [bars] = response.context["hardship_chart"].series
    shown = cards | dict(zip(bars.links, bars.values, strict=True))

    assert sorted(cards.values()) == [1, 1, 2, 4]
    assert sorted(bars.values) == [0, 0, 0, 1, 2]
    for url, customers in shown.items():
        html = client.get(url).content.decode()
        assert (url, len(re.findall(r'<tr [^>]*id="c\d+"', html))) == (url, customers)


def test_severity_is_in_words() -> None:
    at = timezone.now()
    for level, customers in ((Level.HIGH, 4), (Level.LOW, 96)):
        RiskTrendPoint.objects.create(at=at, level=level, customers=customers)

    assert "4.0 % of customers: elevated" in words(client_of(staff.supervisor()))


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_empty_bank_says_what_would_fill_it(role: str) -> None:
    counted_now()
    counts_record()

    html = words(client_of(staff.user("reader", ROLES[role])))

    expected = "No customer has been assessed yet" if role == "supervisor" else "No customers are yours yet"
    assert expected in html
    assert "No case waits for anybody" in html
    assert "of customers:" not in html


def test_bank_never_counted_says_so() -> None:
    html = words(client_of(staff.supervisor()))

    assert "Nobody has counted yet. Counts come once a minute" in html
    assert html.count("not counted yet") == 4


def test_stale_counts_are_called_so() -> None:
    RiskTrendPoint.objects.create(at=timezone.now() - dt.timedelta(hours=2), level=Level.HIGH, customers=7)

    html = words(client_of(staff.supervisor()))

    assert "Nobody has counted for a while" in html
    assert "Counted 2 h ago : stale" in html


def fresh(html: str) -> str:
    return " ".join(html.split("Last live transaction")[1].split("Customers")[0].split())


def test_last_transaction_and_evaluation_are_never_by_default() -> None:
    assert fresh(words(client_of(staff.supervisor()))) == "never Last evaluation never"


def test_last_transaction_and_evaluation_have_their_true_times() -> None:
    now = timezone.now()
    at = (now - dt.timedelta(seconds=61)).isoformat()
    SystemProbe.objects.create(
        name=SystemProbe.EVENT_LOG, is_ok=True, detail={"last_event_at": at}, probed_at=now
    )
    SystemProbe.objects.create(
        name=SystemProbe.RISK_ENGINE,
        is_ok=True,
        detail={"evaluated_at": at},
        probed_at=now - dt.timedelta(minutes=3),
    )

    shown = fresh(words(client_of(staff.supervisor())))

    assert shown == "1 min ago Last evaluation 1 min ago stale: last looked at 3 min ago"


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ("", "day"),
        ("?trend=30m", "30m"),
        ("?trend=90d", "90d"),
        ("?trend=%00&trend[]=x", "day"),
        ("?csv=x", "day"),
    ],
)
def test_trends_window_is_in_the_address(query: str, window: str) -> None:
    html = client_of(staff.supervisor()).get(f"/{query}").content.decode()

    assert re.search(rf'id="window-{window}"[^>]*aria-current="true"', html)
    assert html.count('aria-current="true"') == 1


@pytest.mark.parametrize("key", ["levels", "hardships", "trend"])
def test_each_chart_is_a_file_too_and_taking_it_is_recorded(key: str) -> None:
    staff.in_shock("Asha Rao")
    counted_now()
    counts_record()

    response = client_of(staff.supervisor()).get(f"/?csv={key}&trend=30m")

    assert response["Content-Disposition"] == f'attachment; filename="{key}.csv"'
    assert AuditEvent.objects.filter(action="portfolio.exported").count() == 1


def test_region_alone_is_fetched_again() -> None:
    response = client_of(staff.supervisor()).get("/", headers=PARTIAL)

    assert response.content.decode().strip().startswith('<div id="home"')
    assert "no-store" in response["Cache-Control"]


def test_long_and_hindi_names_and_three_rows_are_shown() -> None:
    manager = staff.manager()
    governed.active_policy()
    for name in (
        "Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer",
        "लक्ष्मी नारायण त्रिपाठी",
        "<b>",
    ):
        cases.opened(staff.in_shock(name, assigned_rm=manager), to=manager)

    html = client_of(manager).get("/").content.decode()

    assert html.count('class="row-high"') == 3
    assert "&lt;b&gt;" in html


def test_who_was_seen_is_recorded_once_for_each_page() -> None:
    manager = staff.manager()
    somebody(1, manager)
    client = client_of(manager)

    def seen() -> list[int]:
        events = AuditEvent.objects.filter(action="home.viewed", actor=manager).order_by("pk")
        return [len(event.detail["customers"]) for event in events]

    page = re.search(r'"Page-Id": "(\w+)"', client.get("/").content.decode())
    assert page
    headers = {**PARTIAL, "Page-Id": page[1]}
    client.get("/", headers=headers)
    assert seen() == [1]

    somebody(2, manager)
    client.get("/", headers=headers)
    client.get("/", headers=headers)
    assert seen() == [1, 1]

    client.get("/")
    assert seen() == [1, 1, 2]


def test_page_without_cases_records_nobody() -> None:
    client_of(staff.supervisor()).get("/")

    assert not AuditEvent.objects.filter(action="home.viewed").exists()


def test_file_of_a_chart_is_no_page_for_those_without_a_role() -> None:
    assert client_of(staff.user("nobody")).get("/?csv=levels").status_code == 403

"""A customer's page: each part, for customers with everything and with nothing, for each role, whatever is asked."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from audit.services import erase_personal
from customers import roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory, InstalmentFactory, LoanFactory, TransactionFactory
from interventions.casework import conversations, notes
from interventions.console.profile.address import Tab
from interventions.contact import holds
from interventions.tests import staff, stage
from interventions.tests.factories import AssessmentFactory, CurrentRiskFactory
from risk.levels import Hardship, Level
from risk.models import CurrentRisk
from risk.tests.factories import NOON, TODAY, TileFactory, days_ago
from risk.tests.voices import borrower

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def read(client: Client, address: str, headers: dict[str, str] | None = None) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def address(customer: Customer, tab: str = "", **query: Any) -> str:
    asked = "&".join(f"{name}={value}" for name, value in {"tab": tab, **query}.items() if value != "")
    return f"/customers/{customer.pk}/?{asked}"


def looked_after(**fields: Any) -> tuple[Client, Customer]:
    """A relationship manager and their customer, with a loan, salaries, spending and balances."""
    manager = staff.manager()
    customer = borrower(assigned_rm=manager, full_name="Asha Rao", phone=stage.PHONE, **fields)
    for age in (1, 4, 9, 40):
        TileFactory.create(
            customer=customer, day_on=days_ago(age), txn_count=3, debit_amount=2_000, discretionary_amount=500,
            essential_amount=700, cash_count=1, cash_amount=800, last_balance_amount=9_000 - 100 * age,
            lowest_balance_amount=8_000, last_balance_at=NOON - dt.timedelta(days=age),
        )  # fmt: skip
    CurrentRiskFactory.create(
        customer=customer, as_of_on=TODAY, level=Level.HIGH, score=5.5, hardship=Hardship.INCOME_SHOCK,
        salary_gap_points=3.0, withdrawal_spike_points=1.5, segment_points=1.0,
        next_due_on=days_ago(-10), next_due_amount=Decimal("11000"),
    )  # fmt: skip
    AssessmentFactory.create(customer=customer, level=Level.HIGH, score=5.5, hardship=Hardship.INCOME_SHOCK)
    return logged_in(manager), customer


def bare(kind: str) -> Customer:
    """Somebody of whom little is known."""
    manager = staff.manager()
    if kind == "provisional":
        return CustomerFactory.create(
            full_name="", is_provisional=True, assigned_rm=manager, city="", employment="",
            salary_amount=None, expected_salary_day=None,
        )  # fmt: skip
    customer: Customer = CustomerFactory.create(assigned_rm=manager)
    if kind == "without loan":
        TileFactory.create(customer=customer, txn_count=1, debit_amount=100, essential_amount=100)
        CurrentRiskFactory.create(customer=customer, as_of_on=TODAY, next_due_on=None, next_due_amount=None)
    if kind == "without transactions":
        InstalmentFactory.create(loan=LoanFactory.create(customer=customer), due_on=days_ago(-5))
        CurrentRiskFactory.create(
            customer=customer, as_of_on=TODAY, next_due_on=days_ago(-5), next_due_amount=Decimal("11000")
        )
    return customer


def test_page_begins_with_level_reasons_and_the_path() -> None:
    client, customer = looked_after()

    html = read(client, address(customer))

    head, path = html.index('class="sentence"'), html.index('id="chart-path"')
    assert html.index("HIGH") < head < path < html.index('id="loans"')
    assert "On 27 Feb the account is likely to be" in html or "should be left on 27 Feb" in html
    assert "in 10 days" in html
    assert "As in the worst month" in html
    assert "The balance is ₹8,900, as stated 1 day ago." in html


@pytest.mark.parametrize("tab", Tab.values)
def test_every_part_is_shown_as_a_page_and_as_a_part(tab: str) -> None:
    client, customer = looked_after()

    page = read(client, address(customer, tab))
    part = read(client, address(customer, tab), PART)

    assert "<html" in page
    assert "<html" not in part
    assert f'id="tab-{tab}"' in part
    assert re.search(rf'id="tab-{tab}" href="[^"]*" aria-current="page"', page)


@pytest.mark.parametrize("tab", Tab.values)
@pytest.mark.parametrize("kind", ["provisional", "nothing", "without loan", "without transactions"])
def test_customer_of_whom_little_is_known_has_a_page(kind: str, tab: str) -> None:
    customer = bare(kind)
    assert customer.assigned_rm is not None

    html = read(logged_in(customer.assigned_rm), address(customer, tab))

    assert str(customer) in html
    assert "None" not in re.sub(r"<option.*?</option>|Hardship.{0,80}None", "", html)


def test_what_is_not_known_is_said() -> None:
    customer = bare("without transactions")
    assert customer.assigned_rm is not None
    client = logged_in(customer.assigned_rm)

    assert "Fewer than 30 days of history are known" in read(client, address(customer))
    assert "No balance has been stated in 45 days" in read(client, address(customer, "behaviour"))
    assert "No salary is known" in read(client, address(customer, "behaviour"))
    assert "No receipt is kept yet" in read(client, address(customer, "risk"))
    nobody = bare_other(customer)
    assert "Nobody has been able to judge this customer yet" in read(client, address(nobody))
    assert "No loan is on record" in read(client, address(nobody))
    assert "No transactions in these days" in read(client, address(nobody, "transactions"))
    assert "Nothing has happened with this customer yet" in read(client, address(nobody, "timeline"))


def bare_other(customer: Customer) -> Customer:
    made: Customer = CustomerFactory.create(assigned_rm=customer.assigned_rm)
    return made


@pytest.mark.parametrize(
    "query",
    [
        "tab[]=x&tab=%00&q[]=1", "tab=transactions&from=0000-00-00&to=99999-01-01", "tab=transactions&least=NaN",
        "tab=transactions&least=1e999999&most=-5", "tab=transactions&kind=%27%3B&after=x|y", "tab=what-if&late=1e999",
        "tab=transactions&after=2026-02-17T00:00:00%2B05:30|%00", "tab=what-if&late=nan&salary=inf&due=-inf&cash=x",
        "tab=transactions&from=2026-02-17&to=2020-01-01", "tab=transactions&q=%25_%5C%27%22", "tab=timeline&kind=%00",
        "tab=transactions&after=0001-01-01T00:00:00%2B14:00|x", "tab=transactions&to=9999-12-31&from=0001-01-01",
        "tab=what-if&balance=99999999999999999999&instalment=-1e30",
    ],
)  # fmt: skip
def test_whatever_is_asked_is_answered(query: str) -> None:
    client, customer = looked_after()

    assert "Asha Rao" in read(client, f"/customers/{customer.pk}/?{query}")


def test_filters_that_cannot_be_read_say_so() -> None:
    client, customer = looked_after()

    html = read(
        client, address(customer, "transactions", least="much", **{"from": "yesterday", "to": "2026-02-30"})
    )

    assert "This is no amount" in html
    assert html.count("This is no day") == 2


@pytest.mark.parametrize(
    "path",
    [
        "",
        "brief/",
        "freshness/?stamp=x",
        "way-out/",
        "what-if/",
        "receipts/1/",
        "charts/path.csv",
        "reveal/phone/",
    ],
)
def test_other_managers_customers_are_not_there(path: str) -> None:
    _client, customer = looked_after()
    other = logged_in(staff.manager("other"))

    assert other.get(f"/customers/{customer.pk}/{path}", headers={"HX-Request": "true"}).status_code == 404
    assert other.post(f"/customers/{customer.pk}/notes/", {"text": "x"}).status_code == 404
    assert other.post(f"/customers/{customer.pk}/reveal/phone/").status_code == 404
    assert other.get("/customers/99999999999999999999/").status_code == 404


@pytest.mark.parametrize("role", roles.ALL)
def test_every_role_reads_what_it_covers(role: str) -> None:
    _client, customer = looked_after()
    reader = staff.user("reader", role)
    if role == roles.RELATIONSHIP_MANAGERS:
        Customer.objects.filter(pk=customer.pk).update(covering_rm=reader)

    html = read(logged_in(reader), address(customer, "contact"))

    assert ("Keep the note" in html) is (role != roles.ANALYSTS)


def test_contact_is_masked_until_somebody_asks() -> None:
    client, customer = looked_after()

    html = read(client, address(customer))
    shown = client.post(
        f"/customers/{customer.pk}/reveal/phone/", headers={"HX-Request": "true"}
    ).content.decode()

    assert "+91 ••••• 3210" in html
    assert stage.PHONE not in html
    assert stage.PHONE in shown
    assert AuditEvent.objects.filter(action="customer.viewed", detail__what="phone").count() == 1
    without_script = client.post(f"/customers/{customer.pk}/reveal/phone/").content.decode()
    assert stage.PHONE in without_script


def test_page_is_recorded_once_with_its_parts() -> None:
    client, customer = looked_after()
    response = client.get(address(customer))
    page_id = re.search(r'"Page-Id": "(\w+)"', response.content.decode())
    assert page_id is not None
    headers = {"Page-Id": page_id[1], **PART}

    for tab in Tab.values:
        client.get(address(customer, tab), headers=headers)
    client.get(f"/customers/{customer.pk}/way-out/", headers=headers)

    views = AuditEvent.objects.filter(action="customer.viewed", subject_id=str(customer.pk))
    assert [each.detail["what"] for each in views] == ["customer page"]


def test_points_sum_to_the_score_on_the_screen() -> None:
    client, customer = looked_after()

    html = read(client, address(customer, "risk"))

    table = html[html.index("The score as a sum") : html.index("</table>", html.index("The score as a sum"))]
    points = [float(each) for each in re.findall(r'<td class="number">\+?([\d.]+)</td>', table)]
    score = re.search(r"<strong>([\d.]+)</strong>", table)
    assert score is not None
    assert sum(points) == float(score[1]) == CurrentRisk.objects.get().score


def test_history_says_what_changed_and_leads_to_the_receipt() -> None:
    client, customer = looked_after()
    AssessmentFactory.create(
        customer=customer, revision=2, level=Level.LOW, score=1.0, previous_level=Level.HIGH, probability=None
    )

    html = read(client, address(customer, "risk"))
    receipt = read(client, f"/customers/{customer.pk}/receipts/2/")

    assert "Level HIGH → LOW; Score 5.5 → 1; Hardship: Income shock → None" in html
    assert "First assessment that is kept" in html
    assert "Receipt 2" in receipt
    assert "days_since_salary" in receipt
    assert client.get(f"/customers/{customer.pk}/receipts/3/").status_code == 404


def test_freshness_tells_of_a_change_and_moves_nothing() -> None:
    client, customer = looked_after()
    stamp = re.search(r"freshness/\?stamp=([\d.]+)", read(client, address(customer)))
    assert stamp is not None
    asked = f"/customers/{customer.pk}/freshness/?stamp={stamp[1]}"

    assert client.get(asked).status_code == 204
    CurrentRisk.objects.update(level=Level.MEDIUM, score=4.0, changed_at=NOON + dt.timedelta(seconds=9))
    html = read(client, asked)

    assert "The risk has changed since this page was made" in html
    assert "Now MEDIUM, score 4" in html
    assert "case-head" not in html


def test_note_is_kept_once_and_shown_until_it_is_erased() -> None:
    client, customer = looked_after()
    once = re.search(r'name="once" value="(\w+)"', read(client, address(customer, "contact")))
    assert once is not None
    said = {"text": "Prefers <b>evenings</b>.\nAfter 6.", "once": once[1]}

    for _ in range(2):
        client.post(f"/customers/{customer.pk}/notes/", said)

    html = read(client, address(customer, "contact"))
    assert "Prefers &lt;b&gt;evenings&lt;/b&gt;.<br>After 6." in html
    assert customer.notes.count() == 1
    erase_personal(customer=customer.pk, by=staff.user("co", roles.COMPLIANCE_OFFICERS), reason="request 7")
    assert "its words were erased" in read(client, address(customer, "contact"))
    assert "its words were erased" in read(client, address(customer, "timeline", kind="note"))


def test_note_that_is_refused_keeps_what_was_typed() -> None:
    client, customer = looked_after()

    response = client.post(f"/customers/{customer.pk}/notes/", {"text": " "})
    too_long = client.post(f"/customers/{customer.pk}/notes/", {"text": "x" * 2_001})

    assert (response.status_code, too_long.status_code) == (422, 422)
    assert "Write what is to be remembered" in response.content.decode()
    assert "x" * 2_001 in too_long.content.decode()


def test_timeline_merges_what_happened_and_is_narrowed_by_kind() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    holds.place(customer=scene.customer, kind="complaint", reason="A letter came.", by=scene.manager)
    conversations.record(
        customer=scene.customer,
        case=scene.case,
        channel="call",
        result="spoke",
        by=scene.manager,
        note="Kind.",
    )
    notes.note_write(customer=scene.customer, text="Call in the evening.", by=scene.manager)

    html = read(client, address(scene.customer, "timeline"))
    only = read(client, address(scene.customer, "timeline", kind="hold"))

    for text in ("Hold placed: complaint", "Spoke with the customer", "Call in the evening.", "HIGH, score 5.5",
                 "Consent given: SMS"):  # fmt: skip
        assert text in html
    assert "Hold placed: complaint" in only
    assert "Call in the evening." not in only
    assert "Nothing of this kind yet" in read(client, address(scene.customer, "timeline", kind="help"))


def test_head_shows_holds_with_care_and_the_case() -> None:
    scene = stage.set_up()
    scene.customer.is_vulnerable = True
    scene.customer.save()
    holds.place(customer=scene.customer, kind="bereavement", reason="Her father.", by=scene.manager)

    html = read(logged_in(scene.manager), address(scene.customer))

    assert "Vulnerable customer." in html
    assert "Hold: bereavement." in html
    assert "Her father" not in html
    assert f'href="/cases/{scene.case.pk}/">Work on the case' in html


def test_brief_says_what_to_say_what_not_and_whether_one_may() -> None:
    scene = stage.set_up()

    html = read(logged_in(scene.manager), f"/customers/{scene.customer.pk}/brief/")

    assert "Is this a good moment to talk?" in html
    assert "Call: May be made now" in html
    assert "Nothing that sounds like a threat" in html
    assert "Fewer than 30 days of history are known" in html
    assert "When do you expect the next income" in html
    assert "the policy names it first" in html
    assert stage.PHONE not in html


def test_brief_without_a_case_says_that_nothing_is_approved() -> None:
    client, customer = looked_after(time_zone="Nowhere/Land")

    html = read(client, f"/customers/{customer.pk}/brief/")

    assert "No case is open" in html
    assert "Where the customer lives" not in html


@pytest.mark.parametrize("key", ["path", "balance", "spending", "cash"])
def test_numbers_of_a_chart_are_fetched_as_a_file_and_recorded(key: str) -> None:
    client, customer = looked_after()

    response = client.get(f"/customers/{customer.pk}/charts/{key}.csv")

    assert response["Content-Type"].startswith("text/csv")
    assert response.content.count(b"\n") > 5
    event = AuditEvent.objects.get(action="customer.exported")
    assert event.customer_key == str(customer.pk)
    assert client.get(f"/customers/{customer.pk}/charts/secrets.csv").status_code == 404


# Beside these, days, schedules and payments are read as arrays, in four statements.
QUERIES = {
    "overview": 14, "behaviour": 10, "transactions": 11, "risk": 14, "what-if": 11, "contact": 18, "timeline": 22
}  # fmt: skip


@pytest.mark.parametrize("tab", Tab.values)
def test_number_of_queries_does_not_depend_on_what_there_is(tab: str) -> None:
    client, customer = looked_after()
    with CaptureQueriesContext(connection) as before:
        read(client, address(customer, tab))
    for number in range(60):
        TransactionFactory.create(customer=customer, occurred_at=NOON - dt.timedelta(hours=number))
        AssessmentFactory.create(customer=customer, revision=number + 10)
        assert customer.assigned_rm is not None
        notes.note_write(customer=customer, text=f"n{number}", by=customer.assigned_rm)
    for number in range(3):
        loan = LoanFactory.create(customer=customer)
        InstalmentFactory.create(loan=loan, number=number + 1, due_on=days_ago(-20))

    with CaptureQueriesContext(connection) as after:
        read(client, address(customer, tab))

    # The words of notes are looked up where there are notes.
    assert len(after) == len(before) + (1 if tab in ("contact", "timeline") else 0)
    assert len(after) == QUERIES[tab], "\n".join(each["sql"][:150] for each in after)


def test_found_by_id_name_city_and_employment() -> None:
    supervisor = logged_in(staff.supervisor())
    asha = staff.in_shock("Asha Rao", city="Pune", bank_id="7001")
    staff.in_shock("Ravi Kumar", city="Delhi", employment="SELF_EMPLOYED", bank_id="8002")
    CustomerFactory.create(full_name="आशा राव", city="Pune", bank_id="9003")

    def found(query: str) -> list[str]:
        return re.findall(r'class="open" href="[^"]*">([^<]*)', read(supervisor, f"/customers/?{query}"))

    assert found("q=ash") == found("q=700") == ["Asha Rao"]
    assert found("q=%E0%A4%86%E0%A4%B6%E0%A4%BE") == ["आशा राव"]
    assert found("city=Pune") == ["Asha Rao", "आशा राव"]
    assert found("employment=SELF_EMPLOYED&q=rav") == ["Ravi Kumar"]
    assert found("q=nobody") == []
    assert "No customer matches" in read(supervisor, "/customers/?q=nobody")
    assert "not assessed yet" in read(supervisor, "/customers/?q=9003")
    assert found(f"q=%00&city=Pune&after={asha.pk}") == ["आशा राव"]
    for hostile in (
        "q=%27%3B%26|!:*",
        "after=99999999999999999999&q=a",
        "q[]=a",
        "q=" + "x" * 5000,
        "after=x&q=ash",
    ):
        read(supervisor, f"/customers/?{hostile}")


def test_pages_of_a_search_follow_each_other() -> None:
    supervisor = logged_in(staff.supervisor())
    CustomerFactory.create_batch(60, city="Nagpur", full_name="Same Name")

    first = read(supervisor, "/customers/?city=Nagpur")
    further = re.search(r'rel="next" href="([^"]*)"', first)
    assert further is not None
    second = read(supervisor, further[1].replace("&amp;", "&"))

    assert (first.count("data-row"), second.count("data-row")) == (50, 10)
    assert 'rel="next"' not in second


def test_managers_find_only_their_own_and_those_looked_at_lately_stand_first() -> None:
    client, customer = looked_after()
    staff.in_shock("Asha Other")

    assert "Asha Other" not in read(client, "/customers/?q=asha")
    assert "Whom are you looking for?" in read(client, "/customers/")
    read(client, address(customer))
    lately = read(client, "/customers/")
    assert "You looked at these lately" in lately
    assert "Asha Rao" in lately
    Customer.objects.filter(pk=customer.pk).update(assigned_rm=None)
    assert "Asha Rao" not in read(client, "/customers/")


def test_without_a_role_there_is_nothing_to_search() -> None:
    assert logged_in(staff.user("nobody")).get("/customers/").status_code == 403


def test_search_asks_as_many_questions_for_any_number() -> None:
    supervisor = logged_in(staff.supervisor())
    CustomerFactory.create_batch(2, city="Nagpur")
    read(supervisor, "/customers/?city=Nagpur")
    with CaptureQueriesContext(connection) as few:
        read(supervisor, "/customers/?city=Nagpur")
    for _ in range(20):
        staff.in_shock("More", city="Nagpur")

    with CaptureQueriesContext(connection) as many:
        read(supervisor, "/customers/?city=Nagpur")

    assert len(many) == len(few)

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from customers import bank_clock, roles
from interventions.console.paging import Sort
from interventions.tests import staff
from interventions.tests.cases import opened
from risk.levels import Level
from risk.models import CurrentRisk, PortfolioCounting, RiskTrendPoint, SystemProbe
from risk.portfolio.services import counts_record

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def html_of(client: Client, address: str = "/queue/", status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("address", ["/queue/", "/status/", "/accounts/password/change/"])
def test_anonymous_is_sent_to_login(address: str) -> None:
    response = Client().get(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"])
def test_nobody_signs_up_or_resets(address: str) -> None:
    assert logged_in(staff.supervisor()).get(address).status_code == 404


def test_admin_login_is_the_consoles() -> None:
    assert Client().get("/admin/login/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("role", sorted(roles.BANK_WIDE))
def test_bank_wide_roles_see_everybody(role: str) -> None:
    staff.assessed("Asha Rao", assigned_rm=staff.manager())
    staff.assessed("Bina Das")

    html = html_of(logged_in(staff.user("someone", role)))

    assert "Asha Rao" in html
    assert "Bina Das" in html


def test_manager_sees_only_own_customers() -> None:
    mine, other = staff.manager("rm1"), staff.manager("rm2")
    staff.assessed("Asha Rao", assigned_rm=mine)
    hidden = staff.assessed("Bina Das", assigned_rm=other, city="Shillong")
    client = logged_in(mine)

    for address in (
        "/queue/",
        "/queue/?q=bina",
        f"/queue/?rm={other.pk}",
        f"/queue/?open={hidden.pk}",
        "/queue/?city=Shillong&level=LOW",
    ):
        html = html_of(client, address)
        assert "Bina Das" not in html
        assert f'id="c{hidden.pk}"' not in html
    assert "Shillong" not in html_of(client)
    assert "Any manager" not in html_of(client)


def test_user_without_role_is_told_who_may() -> None:
    staff.assessed("Asha Rao")
    nobody = staff.user("nobody")
    nobody.is_superuser = nobody.is_staff = True
    nobody.save()

    html = html_of(logged_in(nobody), status=403)

    assert "You have no role yet" in html
    assert "supervisors, compliance officers and analysts" in html
    assert "Asha Rao" not in html


def queries(client: Client, address: str = "/queue/") -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", ["/queue/", "/queue/?level=HIGH", "/queue/?q=ra&city=Pune"])
@pytest.mark.parametrize("is_manager", [True, False])
def test_queries_do_not_grow_with_rows(address: str, is_manager: bool) -> None:
    user = staff.manager() if is_manager else staff.supervisor()
    client = logged_in(user)
    staff.in_shock("Ravi Rao", assigned_rm=user)
    few = queries(client, address)
    for number in range(30):
        staff.in_shock(f"Rani Rao {number}", assigned_rm=user, city=f"Town {number}")

    assert queries(client, address) == few
    assert few <= 18


def test_partial_is_the_region_alone() -> None:
    staff.assessed("Asha Rao")
    response = logged_in(staff.supervisor()).get("/queue/", headers=PARTIAL)

    assert response.content.decode().strip().startswith("<section")
    assert "Asha Rao" in response.content.decode()
    assert "HX-Request" in response["Vary"]
    assert "no-store" in response["Cache-Control"]


HOSTILE = [
    "level[]=HIGH&level=%00",
    "due=99999999999999999999",
    "was=%27%3B--",
    "sort=name&after=99999999999999999999",
    "sort=changed&after=99999999999999999_1",
    "sort=changed&before=-999999999999999999_1",
    "sort=probability&after=1_3_1e400_2026-01-01_1",
    "after=" + "9" * 5_000,
    "hide=" + "x" * 5_000,
    "view=99999999999999999999",
    "q=%00%00&city=%ED%A0%80",
    "open=-1&open=5",
]


@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("address", ["/queue/", "/queue/matching/", "/queue/export/"])
def test_hostile_address_is_no_failure(address: str, query: str) -> None:
    staff.assessed("Asha Rao")
    response = logged_in(staff.supervisor()).get(f"{address}?{query}")

    assert response.status_code == 200
    assert response.getvalue() if response.streaming else response.content


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("query", ["due=later", "was=LOW&level=LOW", "hardship=NONE&hide=city"])
def test_queries_do_not_grow_with_rows_in_any_order(sort: str, query: str) -> None:
    client = logged_in(staff.supervisor())
    address = f"/queue/?sort={sort}&{query}"
    staff.assessed("a")
    few = queries(client, address)
    for number in range(12):
        staff.assessed(f"c{number}")

    assert queries(client, address) == few
    assert few <= 21


def test_sla_and_hidden_columns_are_in_the_page() -> None:
    customer = staff.in_shock("Asha Rao")
    opened(customer, sla_due_at=bank_clock.now() - dt.timedelta(hours=2, minutes=1))

    html = html_of(logged_in(staff.supervisor()), "/queue/?hide=city&hide=why")

    assert "2 h late" in html
    assert 'class="rows hides-city hides-why "' in html or 'class="rows hides-why hides-city "' in html
    assert 'name="hide" value="city" form="filters" checked' in html


def test_orders_are_links_and_say_which_is_on() -> None:
    staff.assessed("Asha Rao")

    html = html_of(logged_in(staff.supervisor()), "/queue/?level=HIGH&level=LOW&sort=due")

    assert "/queue/?level=HIGH&amp;level=LOW&amp;sort=score" in html
    assert 'class="c-due number" aria-sort="ascending"' in html
    assert '/queue/?level=LOW&amp;sort=due" aria-current="true"' in html
    assert 'value="due" selected' in html


def test_open_row_leads_to_the_customers_page() -> None:
    customer = staff.in_shock("Asha Rao")

    html = html_of(logged_in(staff.supervisor()), f"/queue/?open={customer.pk}")

    assert f'href="/customers/{customer.pk}/"' in html


def test_history_restore_gets_the_page() -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "full", "HX-History-Restore-Request": "true"}

    assert "<!doctype html>" in logged_in(staff.supervisor()).get("/queue/", headers=headers).content.decode()


def test_partial_corrects_the_address_of_a_form() -> None:
    client = logged_in(staff.supervisor())
    current = {**PARTIAL, "HX-Current-URL": "http://testserver/queue/"}

    assert client.get("/queue/?q=&city=Pune&level=", headers=current)["HX-Push-Url"] == "/queue/?city=Pune"
    assert "HX-Push-Url" not in client.get("/queue/?q=", headers=current)


@pytest.mark.parametrize(("days", "words"), [(3, "nothing has to be done now"), (4, "collections")])
def test_who_has_no_case_is_told_why(days: int, words: str) -> None:
    customer = staff.in_shock("Asha Rao", city="Kochi", employment="SELF_EMPLOYED", expected_salary_day=5)
    due_on = bank_clock.today() - dt.timedelta(days=days)
    CurrentRisk.objects.filter(customer=customer).update(next_due_on=due_on)

    html = html_of(logged_in(staff.supervisor()), f"/queue/?open={customer.pk}")

    assert words in html


def test_row_has_every_field() -> None:
    customer = staff.in_shock("Asha Rao", city="Kochi", employment="SELF_EMPLOYED", expected_salary_day=5)

    due_on = bank_clock.today() + dt.timedelta(days=10)
    CurrentRisk.objects.filter(customer=customer).update(next_due_on=due_on)

    html = html_of(logged_in(staff.supervisor()), f"/queue/?open={customer.pk}")

    for text in (
        "▲</span> HIGH",
        "5.5",
        "Income shock",
        "Kochi",
        "Self employed",
        "Call; offer a payment pause",
    ):
        assert text in html
    assert "Salary is 12 days later than usual (usually the 5th)" in html
    assert f"₹11,000</span> due on {due_on:%-d %b %Y}" in html
    assert "no second person has approved it" in html
    assert re.search(r'<time datetime="[^"]+" title="[^"]+ IST[^"]*" data-age>\d+ s ago</time>', html)


def test_names_are_escaped() -> None:
    staff.assessed('<script>alert("x")</script>', city='"><img src=x onerror=alert(1)>')

    html = html_of(logged_in(staff.supervisor()), "/queue/?q=%22%3E%3Cscript%3E&city=%22%3E%3Cimg%3E")

    assert "<script>alert" not in html
    assert "<img" not in html


def test_pages_carry_no_inline_script_or_style() -> None:
    staff.in_shock()
    response = logged_in(staff.supervisor()).get("/queue/")

    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    html = response.content.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", html)


def test_empty_bank_says_what_would_fill_it() -> None:
    assert "Nobody has been assessed yet" in html_of(logged_in(staff.supervisor()))


def test_manager_without_customers_is_told_who_assigns() -> None:
    staff.assessed("not mine")

    assert "A supervisor assigns customers" in html_of(logged_in(staff.manager()))


def test_no_match_offers_to_clear_the_filters() -> None:
    staff.assessed("Asha Rao")

    html = html_of(logged_in(staff.supervisor()), "/queue/?q=zzz")

    assert "No customer matches" in html
    assert ">Clear filters</a>" in html


def test_place_that_emptied_leads_back() -> None:
    staff.assessed("Asha Rao", level=Level.HIGH, score=9.0)

    html = html_of(logged_in(staff.supervisor()), "/queue/?after=1_0_9999-12-31_999999")

    assert "Nothing at this place any more" in html
    assert "Go to the first page" in html


def test_chips_show_counts_of_the_minute() -> None:
    RiskTrendPoint.objects.create(at=timezone.now(), level=Level.HIGH, customers=123456)

    assert 'HIGH <span class="count">1,23,456</span>' in html_of(logged_in(staff.supervisor()))


@pytest.mark.parametrize(("minutes", "words"), [(2, "(counted <time"), (240, "4 h ago</time>: stale)")])
@pytest.mark.parametrize("query", ["", "?hardship=NONE"])
def test_count_of_a_while_ago_is_called_stale(minutes: int, words: str, query: str) -> None:
    staff.assessed("Asha Rao")
    counts_record()
    PortfolioCounting.objects.update(counted_at=timezone.now() - dt.timedelta(minutes=minutes))

    html = html_of(logged_in(staff.supervisor()), f"/queue/{query}")

    assert words in html
    assert (": stale)" in html) == (minutes == 240)


def test_folded_filters_are_counted_on_their_button() -> None:
    html = html_of(logged_in(staff.supervisor()), "/queue/?level=HIGH&q=a&hardship=NONE&due=later&sort=due")

    assert "Filters (2)" in html


def test_capped_count_says_more_than(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interventions.console.queue.finding.FEW", 1)
    monkeypatch.setattr("interventions.console.queue.counts.COUNT_CAP", 1)
    for name in "abc":
        staff.assessed(name)

    assert "More than 1 customers match" in html_of(logged_in(staff.supervisor()), "/queue/?city=Pune")


def probe(name: str, *, age_seconds: float = 3, is_ok: bool = True, **detail: object) -> None:
    at = timezone.now() - dt.timedelta(seconds=age_seconds)
    SystemProbe.objects.create(name=name, is_ok=is_ok, detail=detail, probed_at=at)


def strip() -> dict[str, str]:
    html = html_of(logged_in(staff.supervisor()), "/status/")
    return {
        key: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", state + " " + body)).strip()
        for state, key, body in re.findall(r'<div class="part-(\w+)" id="part-(\w+)"[^>]*>(.*?)</div>', html)
    }


def test_strip_shows_fresh_probes_with_their_age() -> None:
    minute_ago = (timezone.now() - dt.timedelta(seconds=61)).isoformat()
    probe(SystemProbe.EVENT_LOG, lag=7, last_event_at=minute_ago)
    probe(SystemProbe.RISK_ENGINE, evaluated_at=minute_ago)

    shown = strip()

    assert shown["last_event"] == "ok Last event 1 min ago seen 3 s ago"
    assert shown["lag"] == "ok Event log 7 events waiting seen 3 s ago"
    assert shown["evaluation"] == "ok Last evaluation 1 min ago seen 3 s ago"
    assert shown["database"] == "ok Database answers seen 0 s ago"


def test_strip_gives_events_on_the_banks_clock_where_it_is_not_ours(settings: Settings) -> None:
    settings.BANK_CLOCK_SPEED = 60.0
    probe(SystemProbe.EVENT_LOG, lag=0, last_event_at="2026-02-17T10:00:00+00:00")

    assert strip()["last_event"] == "ok Last event 17 Feb, 15:30 on the bank&#x27;s clock seen 3 s ago"


def test_strip_calls_old_probes_stale() -> None:
    probe(SystemProbe.EVENT_LOG, age_seconds=180, lag=7, last_event_at=None)

    assert strip()["lag"] == "stale Event log 7 events waiting stale, seen 3 min ago"


def test_strip_says_in_plain_words_what_failed() -> None:
    probe(SystemProbe.EVENT_LOG, is_ok=False, error="no brokers available")

    assert strip()["lag"] == "failing Event log unknown failing: it does not answer, seen 3 s ago"


def test_strip_says_how_many_could_not_be_evaluated() -> None:
    now = timezone.now().isoformat()
    probe(SystemProbe.RISK_ENGINE, is_ok=False, evaluated_at=now, set_aside=2)

    assert "failing: 2 customers could not be evaluated" in strip()["evaluation"]


def test_strip_names_a_halted_consumer() -> None:
    probe(SystemProbe.EVENT_LOG, is_ok=False, lag=9, halted=["transactions-3"])

    assert "Halted: transactions-3" in strip()["lag"]


def test_strip_admits_that_nobody_ever_looked() -> None:
    assert strip()["evaluation"] == "unknown Last evaluation none yet never seen"


def test_strip_says_which_model_scores() -> None:
    probe(SystemProbe.RISK_ENGINE)
    probe(SystemProbe.MODEL, age_seconds=10**6, model="early-warning-3", problem="")

    assert re.fullmatch(r"ok Model early-warning-3 seen \d+ s ago", strip()["model"])


def test_strip_says_that_the_rules_are_alone() -> None:
    probe(SystemProbe.RISK_ENGINE, is_ok=False, set_aside=1)

    assert re.fullmatch(r"ok Model rules alone seen \d+ s ago", strip()["model"])


def test_strip_does_not_claim_a_model_that_nobody_has_seen_lately() -> None:
    probe(SystemProbe.RISK_ENGINE, age_seconds=180)
    probe(SystemProbe.MODEL, age_seconds=180, model="early-warning-3", problem="")

    assert strip()["model"] == "stale Model early-warning-3 stale, seen 3 min ago"


def test_strip_says_why_a_model_does_not_score() -> None:
    probe(SystemProbe.MODEL, is_ok=False, model="", problem="early-warning-3: its stored bytes were altered")

    assert strip()["model"] == (
        "failing Model rules alone failing: early-warning-3: its stored bytes were altered"
    )


@pytest.mark.usefixtures("no_redis")
def test_page_works_without_redis_and_says_so() -> None:
    staff.assessed("Asha Rao")

    html = html_of(logged_in(staff.supervisor()))

    assert "Asha Rao" in html
    assert 'data-hints="unknown"' in html
    assert "read from the database every 30 seconds" in html

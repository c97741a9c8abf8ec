"""The bell, the page of alerts and its settings, as somebody's browser gets them."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditEvent
from customers import roles
from interventions.models import AlertSettings, Notice
from interventions.tests import cases, staff
from risk import alerts
from risk.levels import Level
from risk.models import Alert, Assessment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_redis")]
HTMX = {"HX-Request": "true"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def turned_high(rm: User, name: str = "Asha Rao") -> Notice:
    customer = staff.in_shock(name, assigned_rm=rm)
    revision = Assessment.objects.get(customer=customer).revision
    alerts.raise_turned_high([alerts.TurnedHigh(customer_id=customer.pk, revision=revision, score=5.5)])
    return Notice.objects.get(customer=customer)


def test_bell_counts_and_panel_says_who_and_why() -> None:
    rm = staff.manager()
    turned_high(rm, "लक्ष्मी त्रिपाठी")
    client = client_of(rm)

    assert text(client.get("/alerts/bell/")).startswith("1 unread alert")
    panel = text(client.get("/alerts/panel/", headers=HTMX))
    assert "लक्ष्मी त्रिपाठी" in panel
    assert "Risk rose to HIGH, score 5.5. Salary is 16 days later than usual" in panel
    seen = AuditEvent.objects.get(action="alerts.viewed")
    assert seen.detail["what"] == "bell"


def test_bell_is_quiet_where_nothing_is_unread() -> None:
    answer = client_of(staff.manager()).get("/alerts/bell/")

    assert " hidden" in answer.content.decode()
    assert "Nothing to tell" in text(client_of(staff.supervisor()).get("/alerts/panel/"))


def test_following_an_alert_reads_it_and_fetching_it_does_not() -> None:
    rm = staff.manager()
    notice, client = turned_high(rm), client_of(rm)

    fetched = client.get(f"/alerts/{notice.pk}/")
    assert text(client.get("/alerts/bell/")).startswith("1")
    answer = client.post(f"/alerts/{notice.pk}/")

    assert answer["Location"] == fetched["Location"] == f"/customers/{notice.customer_id}/"
    assert text(client.get("/alerts/bell/")).startswith("0")
    assert f'<form class="alert-who" method="post" action="/alerts/{notice.pk}/">' in (
        client.get("/alerts/").content.decode()
    )


def test_alert_of_a_case_leads_to_the_case() -> None:
    rm = staff.manager()
    case = cases.opened(to=rm)
    notice = Notice.objects.create(kind="sla_breached", case=case, customer=case.customer, manager=rm)

    assert client_of(rm).get(f"/alerts/{notice.pk}/")["Location"] == f"/cases/{case.pk}/"


def test_every_kind_has_a_sentence_and_leads_somewhere() -> None:
    everybody = staff.manager()
    for role in roles.ALL:
        everybody.groups.add(*staff.user(f"of {role}", role).groups.all())
    case = cases.opened(to=everybody)
    turned_high(everybody)
    for key in ("audit.x", "model.x", "transport.sms", "interventions.breaker.1", "cases.sla_breached.1"):
        alerts.raise_operational(dedupe_key=key, message=f"Words of {key}.", detail={})
    of_case = {"case": case, "customer": case.customer, "manager": everybody}
    for kind in ("sla_at_risk", "sla_breached", "promise_broken", "escalated", "asked_to_talk"):
        Notice.objects.create(kind=kind, **of_case)
    for kind in ("handed_over", "escalated"):
        Notice.objects.create(kind=kind, for_user=everybody, **of_case)
    for state in ("failed", "unknown"):
        Notice.objects.create(kind="delivery_failed", detail={"channel": "sms", "state": state}, **of_case)
    for what in ("policy", "pack", "holdout", "model"):
        Notice.objects.create(kind="approval", detail={"what": what, "id": 1})
    for what in ("message", "breaker"):
        Notice.objects.create(kind="second_person", detail={"what": what, "id": 1})
    assert set(Notice.objects.values_list("kind", flat=True)) == set(Notice.Kind.values)
    client = client_of(everybody)

    page = client.get("/alerts/").content.decode()

    # Both kinds of escalations are fewer than are told together.
    assert page.count('class="alert-why"') == Notice.objects.count()
    assert '<p class="alert-why"></p>' not in page
    for notice in Notice.objects.all():
        assert client.get(f"/alerts/{notice.pk}/").status_code == 302


def test_page_filters_and_pages(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rm = staff.manager()
    customer = staff.assessed(assigned_rm=rm)
    for _number in range(60):
        Notice.objects.create(kind="promise_broken", customer=customer, manager=rm)
    client = client_of(rm)

    assert client.get("/alerts/").content.decode().count("alert-row ") == 1
    first = client.get("/alerts/?kind=promise_broken").content.decode()
    assert first.count("alert-row ") == 50
    older = re.search(r'href="(/alerts/\?kind=promise_broken&amp;before=\d+)"', first)
    assert older is not None
    rest = client.get(older[1].replace("&amp;", "&")).content.decode()
    assert rest.count("alert-row ") == 10
    assert "No alert matches these filters" in text(client.get("/alerts/?kind=turned_high"))
    assert "There is nothing older" in text(client.get("/alerts/?before=1"))


@pytest.mark.parametrize(
    "query",
    [
        "kind=x",
        "kind=audit",
        "kind[]=x",
        "before=99999999999999999999",
        "before=-1",
        "before=%00",
        "before=9223372036854775807",
        "show=%00",
        "kind=%00",
    ],
)
def test_what_makes_no_sense_is_left_out(query: str) -> None:
    assert client_of(staff.manager()).get(f"/alerts/?{query}").status_code == 200


def late(rm: User, count: int) -> list[Notice]:
    made = [cases.opened(to=rm) for _number in range(count)]
    return [
        Notice.objects.create(kind="sla_breached", case=case, customer=case.customer, manager=rm)
        for case in made
    ]


def test_many_of_a_kind_are_one_line_that_leads_to_their_list() -> None:
    rm = staff.manager()
    notices = late(rm, 3)
    turned_high(rm, "Bina Das")
    client = client_of(rm)

    assert text(client.get("/alerts/bell/")).startswith("2 unread alerts")
    for address in ("/alerts/panel/", "/alerts/", "/alerts/?show=unread"):
        page = client.get(address).content.decode()
        assert page.count("alert-row ") == 2
        assert "3 first contacts became late" in page
    assert client.get("/alerts/?kind=sla_breached").content.decode().count("alert-row ") == 3

    answer = client.post("/alerts/together/sla_breached/", {"up_to": notices[-1].pk, "open": "1"})

    assert answer["Location"] == "/cases/?view=all&late=1"
    assert text(client.get("/alerts/bell/")).startswith("1 unread alert")
    assert client.get("/alerts/").content.decode().count("alert-row ") == 4


def test_what_came_after_the_line_stays_unread() -> None:
    rm = staff.manager()
    seen, client = late(rm, 3), client_of(rm)
    later = late(rm, 1)

    answer = client.post("/alerts/together/sla_breached/", {"up_to": seen[-1].pk})

    assert answer["Location"] == "/alerts/"
    page = client.get("/alerts/?show=unread").content.decode()
    assert (page.count("alert-row "), f'id="alert-{later[0].pk}"' in page) == (1, True)


def test_mark_all_takes_the_lines_along() -> None:
    rm = staff.manager()
    late(rm, 3)
    client = client_of(rm)
    up_to = re.search(r'name="up_to" value="(\d+)"', client.get("/alerts/panel/").content.decode())
    assert up_to is not None

    client.post("/alerts/read/", {"up_to": up_to[1]})

    assert text(client.get("/alerts/bell/")).startswith("0")
    assert "became late" not in text(client.get("/alerts/panel/"))


def test_what_is_acknowledged_stays_a_line_of_its_own() -> None:
    boss = staff.supervisor()
    for number in range(4):
        alerts.raise_operational(dedupe_key=f"transport.{number}", message="Messages wait.", detail={})
    client = client_of(boss)

    page = client.get("/alerts/").content.decode()

    assert page.count("/acknowledge/") == page.count("alert-row ") == 4
    assert text(client.get("/alerts/bell/")).startswith("4")


@pytest.mark.parametrize(
    ("kind", "up_to", "status"),
    [("audit", 1, 404), ("x", 1, 404), ("sla_breached", "", 302), ("sla_breached", "9" * 30, 302)],
)
def test_line_that_nobody_is_told_reads_nothing(kind: str, up_to: object, status: int) -> None:
    rm = staff.manager()
    late(rm, 3)
    client = client_of(rm)

    assert client.post(f"/alerts/together/{kind}/", {"up_to": up_to}).status_code == status
    assert text(client.get("/alerts/bell/")).startswith("1 unread")


@pytest.mark.parametrize("up_to", ["", "x", "-1", "99999999999999999999", "9" * 5000, "٣", "\x00"])
def test_marking_all_read_needs_a_number(up_to: str) -> None:
    rm = staff.manager()
    turned_high(rm)
    client = client_of(rm)

    answer = client.post("/alerts/read/", {"up_to": up_to}, follow=True)

    assert "Nothing was marked as read" in text(answer)
    assert text(client.get("/alerts/bell/")).startswith("1")


def test_marking_all_read_keeps_the_filters() -> None:
    rm = staff.manager()
    notice = turned_high(rm)
    client = client_of(rm)

    answer = client.post("/alerts/read/", {"up_to": notice.pk, "kind": "turned_high"})

    assert answer["Location"] == "/alerts/?kind=turned_high"
    assert client.post("/alerts/read/", {"up_to": 1}, headers=HTMX)["Location"] == "/alerts/panel/"
    assert "No alert matches" in text(client.get("/alerts/?show=unread"))


def test_acknowledging_says_who_did() -> None:
    boss, other = staff.supervisor(), staff.user("boss2", roles.SUPERVISORS)
    alerts.raise_operational(dedupe_key="transport.sms", message="Messages wait.", detail={})
    notice = Notice.objects.get()
    page = client_of(boss).get("/alerts/").content.decode()
    assert f'action="/alerts/{notice.pk}/acknowledge/"' in page

    client_of(boss).post(f"/alerts/{notice.pk}/acknowledge/")
    again = client_of(other).post(f"/alerts/{notice.pk}/acknowledge/", follow=True)

    assert "supervisor has seen to it already" in text(again)
    assert Alert.objects.get().acknowledged_by == boss


@pytest.mark.parametrize("pk", [10**6, 99999999999999999999])
@pytest.mark.parametrize("step", ["", "read/", "acknowledge/"])
def test_alert_that_is_not_there_is_not_found(pk: int, step: str) -> None:
    client = client_of(staff.manager())

    answer = client.post(f"/alerts/{pk}/{step}") if step else client.get(f"/alerts/{pk}/")

    assert answer.status_code == 404


def test_settings_are_saved_and_shown() -> None:
    rm = staff.manager()
    rm.email = "rm1@bank.example"
    rm.save()
    client = client_of(rm)
    said = {"in_bell": ["turned_high"], "in_mail": ["sla_breached"], "digest": "daily", "daily_at": "08:15"}

    assert client.post("/settings/alerts/", said)["Location"] == "/settings/alerts/"

    kept = AlertSettings.objects.get()
    assert "sla_breached" in kept.not_in_bell
    assert "turned_high" in kept.not_in_mail
    page = client.get("/settings/alerts/").content.decode()
    assert 'value="08:15"' in page
    assert "The next one is due:" in page


def test_settings_that_cannot_be_are_refused_beside_the_field() -> None:
    client = client_of(staff.manager())

    answer = client.post(
        "/settings/alerts/", {"digest": "daily", "daily_at": "08:15", "in_mail": ["turned_high"]}
    )
    assert answer.status_code == 422
    assert "Your account has no e-mail address" in text(answer)
    assert (
        client.post(
            "/settings/alerts/", {"digest": "x", "daily_at": "25:00", "in_bell": ["audit"]}
        ).status_code
        == 422
    )
    assert not AlertSettings.objects.exists()


def test_level_is_said_in_words_and_shape() -> None:
    rm = staff.manager()
    turned_high(rm)

    assert Level.HIGH.label in text(client_of(rm).get("/alerts/"))
    assert "▲" in text(client_of(rm).get("/alerts/"))

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest import MonkeyPatch

from audit.models import AuditEvent
from customers import bank_clock, roles
from customers.models import Customer
from interventions.console.queue import many, results
from interventions.console.queue.many import Outcome, Verb
from interventions.models import Case
from interventions.tests import staff
from interventions.tests.cases import opened
from interventions.tests.test_views import html_of, logged_in
from risk.models import Alert, CurrentRisk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def alert(customer: Customer) -> Alert:
    key = f"high.{customer.pk}"
    return Alert.objects.create(
        kind=Alert.Kind.TURNED_HIGH, customer=customer, dedupe_key=key, message="HIGH"
    )


def errors(found: list[Outcome]) -> dict[int, str]:
    return {each.customer_id: each.error for each in found}


def sent(client: Client, *customers: Customer | int, **said: object) -> str:
    ids = [each if isinstance(each, int) else each.pk for each in customers]
    response = client.post("/queue/bulk/", {"once": "k", "customer": ids} | said)
    assert response.status_code == 302
    return response["Location"]


def test_manager_takes_own_cases_and_is_told_of_the_others() -> None:
    manager = staff.manager()
    mine, without = staff.in_shock(assigned_rm=manager), staff.in_shock(assigned_rm=manager)
    case, others = opened(mine), opened(staff.in_shock(assigned_rm=staff.manager("rm2")))

    found = many.run(
        verb=Verb.TAKE, customer_ids=[mine.pk, without.pk, others.customer_id, 10**15], by=manager
    )

    assert errors(found) == {
        mine.pk: "",
        without.pk: "No case is open.",
        others.customer_id: "There is no such customer.",
        10**15: "There is no such customer.",
    }
    case.refresh_from_db()
    assert (case.state, case.assigned_to) == (Case.State.IN_PROGRESS, manager)
    assert Case.objects.get(pk=others.pk).state == Case.State.NEW


def test_supervisor_assigns() -> None:
    boss, manager = staff.supervisor(), staff.manager()
    cases = [opened(staff.in_shock()) for _each in range(3)]

    found = many.run(verb=Verb.ASSIGN, customer_ids=[case.customer_id for case in cases], by=boss, to=manager)

    assert set(errors(found).values()) == {""}
    assert set(Case.objects.values_list("assigned_to", flat=True)) == {manager.pk}
    assert AuditEvent.objects.filter(action="interventions.case.assigned", actor_id=boss.pk).count() == 3


def test_manager_who_assigns_is_refused_in_words() -> None:
    manager = staff.manager()
    case = opened(staff.in_shock(assigned_rm=manager))

    found = many.run(verb=Verb.ASSIGN, customer_ids=[case.customer_id], by=manager, to=manager)

    assert errors(found) == {case.customer_id: "Only supervisors give cases to others."}


def test_same_step_twice_changes_nothing_more() -> None:
    boss = staff.supervisor()
    case = opened(staff.in_shock())
    many.run(verb=Verb.TAKE, customer_ids=[case.customer_id], by=boss)
    version = Case.objects.get(pk=case.pk).version

    found = many.run(verb=Verb.TAKE, customer_ids=[case.customer_id], by=boss)

    assert errors(found) == {case.customer_id: "You are working on this case already."}
    assert Case.objects.get(pk=case.pk).version == version


def test_review_says_what_was_found() -> None:
    boss = staff.supervisor()
    case = opened(staff.in_shock())

    many.run(verb=Verb.REVIEW, customer_ids=[case.customer_id], by=boss, reason="Pays by cheque.")

    step = case.transitions.get(verb="reviewed")
    assert (step.by, step.reason) == (boss, "Pays by cheque.")


def test_alerts_are_acknowledged_once() -> None:
    boss = staff.supervisor()
    customer, quiet = staff.in_shock(), staff.in_shock()
    raised = alert(customer)

    found = many.run(verb=Verb.ACKNOWLEDGE, customer_ids=[customer.pk, quiet.pk], by=boss)

    assert errors(found) == {customer.pk: "", quiet.pk: "No alert is open."}
    raised.refresh_from_db()
    assert raised.acknowledged_by == boss


@pytest.mark.parametrize("role", [roles.ANALYSTS, roles.COMPLIANCE_OFFICERS])
def test_who_works_on_no_case_acknowledges_for_nobody(role: str) -> None:
    customer = staff.in_shock()
    raised = alert(customer)

    found = many.run(verb=Verb.ACKNOWLEDGE, customer_ids=[customer.pk], by=staff.user("u", role))

    assert "looks after the customer" in errors(found)[customer.pk]
    raised.refresh_from_db()
    assert raised.acknowledged_by is None


def test_customer_of_collections_is_named_so() -> None:
    boss = staff.supervisor()
    overdue, grace = staff.in_shock(), staff.in_shock()
    for customer, days in ((overdue, 30), (grace, 1)):
        due_on = bank_clock.today() - dt.timedelta(days=days)
        CurrentRisk.objects.filter(customer=customer).update(next_due_on=due_on)

    found = errors(many.run(verb=Verb.TAKE, customer_ids=[overdue.pk, grace.pk], by=boss))

    assert found[overdue.pk].endswith("looked after by collections.")
    assert found[grace.pk] == "No case is open."


def test_each_customer_is_a_transaction_of_its_own(monkeypatch: MonkeyPatch) -> None:
    boss = staff.supervisor()
    first, second = opened(staff.in_shock()), opened(staff.in_shock())

    whole = many._take

    def take(case: Case, **said: Any) -> None:
        if case.pk == second.pk:
            raise ConnectionError("gone")
        whole(case, **said)

    monkeypatch.setattr(many, "_take", take)
    with pytest.raises(ConnectionError):
        many.run(verb=Verb.TAKE, customer_ids=[first.customer_id, second.customer_id], by=boss)

    assert Case.objects.get(pk=first.pk).state == Case.State.IN_PROGRESS


def test_too_many_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 200"):
        many.run(verb=Verb.TAKE, customer_ids=range(1, 202), by=staff.supervisor())


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        (roles.SUPERVISORS, ["take", "assign", "review", "acknowledge"]),
        (roles.RELATIONSHIP_MANAGERS, ["take", "review", "acknowledge"]),
        (roles.ANALYSTS, []),
        (roles.COMPLIANCE_OFFICERS, []),
    ],
)
def test_everybody_is_offered_what_they_may(role: str, verbs: list[str]) -> None:
    assert [verb for verb, _label in many.verbs_of(staff.user("u", role))] == verbs


def test_form_that_did_everything_goes_back_to_the_queue() -> None:
    client = logged_in(staff.supervisor())
    case = opened(staff.in_shock())

    assert sent(client, case.customer_id, verb="take", back="?level=HIGH&evil=1") == "/queue/?level=HIGH"
    assert "data-all-done" in html_of(client)
    assert "data-all-done" not in html_of(client)


def test_form_names_who_is_left_and_why() -> None:
    client = logged_in(staff.supervisor())
    case, without = opened(staff.in_shock("Asha Rao")), staff.in_shock("<b>Bina</b>")

    there = sent(client, case.customer_id, without, 10**15, verb="take", back="?all=1&level=HIGH")

    assert there == "/queue/done/?once=k"
    html = html_of(client, there)
    assert "Take their cases: done for 1 customer" in html
    assert "Not done for 2 customers, who stay selected." in html
    assert "&lt;b&gt;Bina" in html
    assert "No case is open." in html
    assert "1 more is not a customer of yours" in html
    assert "Asha Rao" not in html
    assert 'href="/queue/?level=HIGH"' in html


def test_who_asked_for_everybody_comes_back_to_everybody() -> None:
    client = logged_in(staff.supervisor())

    there = sent(client, staff.in_shock(), verb="take", back="?all=1")

    assert 'href="/queue/?all=1"' in html_of(client, there)


def test_last_results_are_kept_each_at_its_address() -> None:
    client = logged_in(staff.supervisor())
    first, second = staff.in_shock("Asha Rao"), opened(staff.in_shock("Bina Das"))
    client.post("/queue/bulk/", {"once": "a", "customer": [first.pk], "verb": "take"})
    sent(client, second.customer_id, verb="take")
    sent(client, second.customer_id, verb="acknowledge", once="b")

    assert "Asha Rao" in html_of(client, "/queue/done/?once=a")
    html = html_of(client, "/queue/done/?once=b")
    assert "No alert is open." in html
    assert f'href="/cases/{second.pk}/"' in html
    for _each in range(results.MOST_KEPT):
        sent(client, first, verb="take", once=f"c{_each}")
    assert client.get("/queue/done/?once=a")["Location"] == "/queue/"


@pytest.mark.parametrize("key", ["99999999999999999999", "%00", "x" * 5_000])
def test_result_that_is_not_kept_leads_to_the_queue_and_says_so(key: str) -> None:
    client = logged_in(staff.supervisor())

    assert client.get(f"/queue/done/?once={key}")["Location"] == "/queue/"
    assert "is not kept here any more" in html_of(client)


def test_queries_of_a_result_do_not_grow() -> None:
    client = logged_in(staff.supervisor())

    def queries(count: int) -> int:
        customers = [staff.in_shock() for _each in range(count)]
        there = sent(client, *customers, verb="take", once=str(count))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(there).status_code == 200
        return len(captured)

    assert queries(1) == queries(8)


def test_form_sent_twice_acts_once() -> None:
    client = logged_in(staff.supervisor())
    case = opened(staff.in_shock())
    sent(client, case.customer_id, verb="review", reason="Seen.")

    assert sent(client, case.customer_id, verb="review", reason="Seen.") == "/queue/done/?once=k"
    assert case.transitions.filter(verb="reviewed").count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verb": "take"}, "Select the customers first."),
        (
            {"verb": "take", "customer": ["x", "-1", "99999999999999999999", "\x00"]},
            "Select the customers first.",
        ),
        ({"verb": "erase", "customer": [1]}, "Select a valid choice"),
        ({"verb": "", "customer": [1]}, "Choose what to do with them."),
        ({"verb": "assign", "customer": [1]}, "Choose to whom they go."),
        ({"verb": "assign", "customer": [1], "to": "99999999999999999999"}, "Choose to whom they go."),
        ({"verb": "review", "customer": [1], "reason": " "}, "Say what you found."),
        ({"verb": "take", "customer": list(range(1, 300))}, "At most 200 customers at once."),
    ],
)
def test_form_that_cannot_act_says_so(said: dict[str, object], words: str) -> None:
    client = logged_in(staff.supervisor())

    assert client.post("/queue/bulk/", said).status_code == 302
    assert words in html_of(client)


def test_analyst_cannot_take_by_a_form_of_their_own() -> None:
    client = logged_in(staff.user("a", roles.ANALYSTS))
    case = opened(staff.in_shock())

    sent(client, case.customer_id, verb="take")

    case.refresh_from_db()
    assert case.state == Case.State.NEW


def test_all_that_match_are_named_up_to_the_limit(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST", 2)
    manager = staff.manager()
    mine = [staff.in_shock(f"c{number}", assigned_rm=manager) for number in range(3)]
    staff.in_shock("not mine")
    client = logged_in(manager)

    assert client.get("/queue/matching/").json() == {"ids": [mine[0].pk, mine[1].pk], "is_more": True}
    found = client.get("/queue/matching/?sort=name&q=c1").json()
    assert found == {"ids": [mine[1].pk], "is_more": False}


def test_queries_of_all_that_match_do_not_grow() -> None:
    client = logged_in(staff.supervisor())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/queue/matching/?due=later&sort=probability").status_code == 200
        return len(captured)

    staff.in_shock()
    few = queries()
    for _each in range(10):
        staff.in_shock()

    assert queries() == few

"""The audit's pages: compliance officers search and look, everybody else is denied, nobody changes anything."""

import datetime as dt
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from audit import sealing, standing
from audit.admin import may_read
from audit.checkpointing import make_checkpoint
from audit.models import AuditCheckpoint, AuditEvent, AuditVerification
from audit.services import erase_personal, record
from audit.tests.conftest import outside
from audit.tests.sealed import events, sealed
from customers import roles
from customers.tests.factories import CustomerFactory

# The audit's own fixture, here as well.
__all__ = ["outside"]
pytestmark = pytest.mark.django_db
LIST = "admin:audit_auditevent_changelist"
PAGE = "admin:audit_auditevent_change"


def user(name: str, *groups: str, **fields: Any) -> User:
    made = User.objects.create_user(name, is_staff=True, **fields)
    made.groups.set(Group.objects.filter(name__in=groups))
    return made


@pytest.fixture
def officer(client: Client) -> User:
    made = user("officer", roles.COMPLIANCE_OFFICERS)
    client.force_login(made)
    return made


def shown(client: Client, **search: str) -> list[AuditEvent]:
    response = client.get(reverse(LIST), search)
    assert response.status_code == 200, response
    return list(response.context["cl"].result_list)


def test_site_and_audit_mean_the_same_role(settings: Settings) -> None:
    assert settings.AUDIT_READERS == roles.COMPLIANCE_OFFICERS


@pytest.mark.parametrize(
    ("groups", "fields"),
    [
        ((), {"is_superuser": True}),
        ((roles.SUPERVISORS,), {}),
        ((roles.ANALYSTS,), {"is_superuser": True}),
        ((roles.RELATIONSHIP_MANAGERS,), {}),
        ((), {}),
    ],
)
def test_everybody_else_is_denied(client: Client, groups: tuple[str, ...], fields: dict[str, Any]) -> None:
    (event,) = events(1, personal={"after": 1})
    client.force_login(user("other", *groups, **fields))

    pages = [reverse(LIST), reverse(PAGE, args=[event.pk]), reverse("admin:audit_auditcheckpoint_changelist")]
    assert {client.get(page).status_code for page in pages} == {403}
    assert not AuditEvent.objects.filter(action="audit.personal.viewed").exists()


def test_who_was_dismissed_reads_nothing(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = user("former", roles.COMPLIANCE_OFFICERS, is_active=False)

    assert not may_read(request)
    request.user = AnonymousUser()
    assert not may_read(request)


def test_nothing_is_added_changed_or_deleted(client: Client, officer: User) -> None:
    (event,) = events(1)
    User.objects.filter(pk=officer.pk).update(is_superuser=True)

    assert client.get(reverse("admin:audit_auditevent_add")).status_code == 403
    assert client.post(reverse(PAGE, args=[event.pk]), {"reason": "x"}).status_code == 403
    delete = reverse("admin:audit_auditevent_delete", args=[event.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_events_are_found_by_customer_actor_action_request_and_time(client: Client, officer: User) -> None:
    customer = CustomerFactory.create(bank_id="C-9")
    mine = record(
        action="tests.case.assigned", subject_type="case", subject_id=1, customer=customer.pk, actor=officer
    )
    other = record(action="tests.case.opened", subject_type="case", subject_id=1, customer=customer.pk + 1)

    assert shown(client, customer="C-9") == [mine]
    assert shown(client, customer="nobody") == []
    assert mine in shown(client, actor="officer")
    assert other not in shown(client, actor="officer")
    assert shown(client, actor="nobody") == []
    assert other in shown(client, actor="system")
    assert shown(client, action_begins="tests.case.") == [other, mine]
    assert shown(client, action_begins="tests.case.opened") == [other]
    assert shown(client, action_begins="tests.none") == []
    day = {"recorded_at_from_0": "2001-01-01", "recorded_at_from_1": "00:00:00"}
    assert mine in shown(client, **day)
    until = {"recorded_at_to_0": "2001-01-02", "recorded_at_to_1": "00:00:00"}
    assert shown(client, **day, **until) == []
    assert mine in shown(client, recorded_at_from_0="2001-01-01")
    assert mine in shown(client, recorded_at_to_0=str(timezone.localdate()))
    assert client.get(reverse(LIST), {"recorded_at_from_0": "yesterday"}).status_code == 302
    login = AuditEvent.objects.get(action="accounts.login.succeeded")
    assert shown(client, request="no-such-request") == []
    assert login in shown(client)


def test_request_finds_all_that_it_set_off(client: Client, officer: User) -> None:
    from audit import request_context

    with request_context.use("request-77"):
        made = events(2)

    assert shown(client, request="request-77") == made[::-1]


def test_page_shows_an_event_and_records_who_saw_its_personal_part(client: Client, officer: User) -> None:
    (plain,) = events(1, reason="because " * 20)
    part = record(
        action="tests.thing.done", subject_type="customer", subject_id=5, personal={"after": "₹ known to few"}
    )

    text = client.get(reverse(PAGE, args=[plain.pk])).content.decode()
    assert "Not sealed yet." in text
    assert 'name="_save"' not in text
    assert not AuditEvent.objects.filter(action="audit.personal.viewed").exists()
    assert "₹ known to few" in client.get(reverse(PAGE, args=[part.pk])).content.decode()
    seen = AuditEvent.objects.get(action="audit.personal.viewed")
    assert (seen.actor, seen.subject_id, seen.customer_key) == (officer, str(part.pk), "5")
    erase_personal(customer=5, by=officer, reason="request")
    assert "erased" in client.get(reverse(PAGE, args=[part.pk])).content.decode()
    assert client.get(reverse(PAGE, args=[part.pk + 10_000])).status_code == 302
    assert "…" in client.get(reverse(LIST)).content.decode()


def test_queries_do_not_grow_with_rows(client: Client, officer: User) -> None:
    sealed(3)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(LIST))
    sealed(60)

    with CaptureQueriesContext(connection) as many:
        text = client.get(reverse(LIST)).content.decode()

    assert len(many) <= len(few)
    assert not [each for each in many if 'COUNT(*) AS "__count" FROM "audit_auditevent"' in each["sql"]]
    assert "p=2" in text


def test_pages_end(client: Client, officer: User) -> None:
    events(1)

    assert client.get(reverse(LIST), {"p": "201"}).status_code == 302


def test_trail_is_shown_with_its_faults(client: Client, officer: User, outside: Path) -> None:
    sealed(2)
    first = client.get(reverse(LIST)).content.decode()
    assert "No checkpoint has been signed" in first
    assert "Never verified" in first
    make_checkpoint()
    call_command("verify_audit", stdout=StringIO())

    text = client.get(reverse(LIST)).content.decode()

    assert "Last verified" in text
    assert "sound" in text
    assert 'role="alert"' not in text
    checkpoints = client.get(reverse("admin:audit_auditcheckpoint_changelist")).content.decode()
    assert AuditCheckpoint.objects.get().name in checkpoints
    page = client.get(reverse("admin:audit_auditcheckpoint_change", args=[AuditCheckpoint.objects.get().pk]))
    assert "signature" in page.content.decode()


def test_faults_of_the_trail(outside: Path) -> None:
    assert standing.trail().faults == []
    sealed(1)
    make_checkpoint()
    sealed(1)
    events(1)
    AuditVerification.objects.create(kind="whole", began_at=timezone.now(), problems=1, first="row 3")

    (fault,) = standing.trail().faults
    assert fault.endswith("found: row 3")
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        faults = standing.trail().faults
    assert len(faults) == 3
    assert "wait for their seals" in faults[0]
    assert "more than ten minutes" in faults[1]


def test_event_says_how_it_stands(outside: Path) -> None:
    (one, two) = events(2, personal={"after": 1})
    sealing.seal()
    assert standing.of_event(one) == "As it was sealed, row 1 of the chain. No checkpoint covers it yet."
    make_checkpoint()

    assert standing.of_event(two).startswith(
        "As it was sealed, row 2 of the chain. Covered by the checkpoint over"
    )


def test_row_that_was_changed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from audit import reading

    (event,) = events(1)
    sealing.seal()
    true = reading.sealed_rows
    monkeypatch.setattr(
        reading,
        "sealed_rows",
        lambda *given, **options: [each._replace(event=None) for each in true(*given, **options)],
    )

    assert standing.of_event(event) == "NOT as it was sealed: its event has gone."

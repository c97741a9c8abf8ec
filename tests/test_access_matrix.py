"""Who reaches what: every address × every role, by reading and by writing, and Django's admin model by model.

The addresses are those that the site really has: one that is new, and not yet in the tables here, fails a test.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.models import AuditEvent
from customers import roles
from customers.tests.factories import InstalmentFactory, InstalmentPaymentFactory, LoanFactory
from interventions import routing
from interventions.answering import answers
from interventions.console import hint_state
from interventions.console.case_actions import ACTIONS
from interventions.console.case_forms import key_of
from interventions.contact import breaker, holds
from interventions.contact.digests import message_sha256
from interventions.effect import holdout
from interventions.effect.lots import is_drawn
from interventions.help import considering, offers, promises
from interventions.messages import composing
from interventions.models import (
    BackOfficeTask,
    Case,
    CaseTransition,
    ContactHold,
    Delivery,
    Intervention,
    Notice,
    PageLink,
    PromiseToPay,
    SandboxMessage,
    SavedView,
)
from interventions.tests import deliveries, governed, staff, stage
from interventions.tests.factories import AS_OF_ON
from risk import hints
from risk.levels import Hardship, Level
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db

ANONYMOUS, NO_ROLE = "anonymous", "superuser without role"
OWN, COVERING, OTHER = "manager", "covering manager", "another manager"
SUPERVISOR, COMPLIANCE, ANALYST = "supervisor", "compliance officer", "analyst"
EVERYBODY = (ANONYMOUS, NO_ROLE, OWN, COVERING, OTHER, SUPERVISOR, COMPLIANCE, ANALYST)
SEE_CUSTOMER = frozenset({OWN, COVERING, SUPERVISOR, COMPLIANCE, ANALYST})
SEE_BANK = frozenset({SUPERVISOR, COMPLIANCE, ANALYST})
MANAGERS = frozenset({OWN, COVERING, OTHER})
WORK = frozenset({OWN, SUPERVISOR})
TALK = WORK | {COVERING}
LEDGER = TALK | {COMPLIANCE}

# What an answer says: in, sent to the login, not for this role, not there for this person, not by this method.
IN, LOGIN, ROLE, GONE, METHOD = "in", "login", "role", "gone", "method"


@dataclass(frozen=True)
class Scene:
    """One customer of one manager with everything that can be acted upon, and everybody who might try."""

    users: dict[str, User | None]
    case: Case
    draft: Intervention
    edited: Intervention
    hold: ContactHold


@dataclass(frozen=True)
class Rule:
    """Who gets in, by method, and what the others are told."""

    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    others: str = ROLE
    # Who may know that there is something that they may not do.
    knowing: frozenset[str] = SEE_CUSTOMER
    fill: Callable[[Scene], dict[str, Any]] = field(default=lambda _scene: {})
    reads: bool = True
    writes: bool = False
    arguments: Callable[[Scene], dict[str, Any]] = field(default=lambda _scene: {})


def _pk(scene: Scene) -> dict[str, Any]:
    return {"pk": scene.case.pk}


def _view(scene: Scene) -> SavedView:
    """A view of the queue of the manager's own, shared with nobody."""
    return SavedView.objects.get_or_create(owner=scene.users[OWN], name="v")[0]


def _looked_at(**extra: Any) -> Rule:
    return Rule(read=SEE_CUSTOMER, others=GONE, arguments=lambda scene: {**_pk(scene), **extra})


def _customer_pk(scene: Scene) -> dict[str, Any]:
    return {"pk": scene.case.customer_id}


def _of_customer(**extra: Any) -> Rule:
    return Rule(read=SEE_CUSTOMER, others=GONE, arguments=lambda scene: {**_customer_pk(scene), **extra})


def _acted(who: frozenset[str], **said: Any) -> Rule:
    """An action of the case page: whoever sees the case and may not act is told so; to others it is not there."""

    def fill(scene: Scene) -> dict[str, Any]:
        named = {name: value(scene) if callable(value) else value for name, value in said.items()}
        scene.case.refresh_from_db()
        return {"version": scene.case.version, "once": "k", "seen": 0, **named}

    return Rule(read=SEE_CUSTOMER, write=who, others=GONE, fill=fill, writes=True, arguments=_pk)


def _just_reviewed(scene: Scene) -> str:
    """A step that the manager has just taken."""
    scene.case.refresh_from_db()
    composing.mark_reviewed(case=scene.case, by=_user(scene, OWN), note="n")
    return str(CaseTransition.objects.latest("pk").pk)


def _promised(scene: Scene) -> PromiseToPay:
    scene.case.refresh_from_db()
    return promises.make(
        case=scene.case,
        loan=scene.case.customer.loans.get(),
        amount=Decimal(100),
        promised_on=AS_OF_ON + dt.timedelta(days=3),
        by=_user(scene, OWN),
    )


def _failed(scene: Scene) -> uuid.UUID:
    """A message that did not go out."""
    made = deliveries.queued(deliveries.confirmed(scene.case, channel="email", subject="s"))
    Delivery.objects.filter(pk=made.pk).update(state=Delivery.State.FAILED)
    return made.pk


def _offered(scene: Scene) -> int:
    found = considering.eligible(scene.case)
    return offers.offer(case=scene.case, eligible=found[0], by=_user(scene, OWN)).pk


def _agreed(scene: Scene) -> int:
    made = scene.case.offers.model.objects.get(pk=_offered(scene))
    offers.answer(offer=made, answer="accepted", by=_user(scene, OWN))
    return BackOfficeTask.objects.get().pk


def _asleep(scene: Scene) -> str:
    Case.objects.filter(pk=scene.case.pk).update(
        state=Case.State.WAITING, snoozed_until=scene.case.opened_at + dt.timedelta(days=1)
    )
    return ""


def _begun_by_nobody(scene: Scene) -> str:
    Case.objects.filter(pk=scene.case.pk).update(state=Case.State.ASSIGNED)
    return ""


def _held_out(scene: Scene) -> str:
    """Have the lot fall on this customer."""
    holds.lift(hold=scene.hold, by=_user(scene, SUPERVISOR), reason="r")
    drawn = {"customer_id": scene.case.customer_id, "share": 0.5}
    salt = next(each for each in map(str, range(64)) if is_drawn(salt=each, **drawn))
    governed.active_holdout(share=0.5, salt=salt)
    Case.objects.filter(pk=scene.case.pk).update(level=Level.MEDIUM, hardship=Hardship.OVERSPENDING)
    scene.case.refresh_from_db()
    holdout.assign_bulk([scene.case])
    return ""


def _linked(scene: Scene) -> PageLink:
    """A message with a link to the customer's page is in the outbox."""
    delivery = deliveries.queued(deliveries.confirmed(scene.case, channel="email", subject="s"))
    return PageLink.objects.create(
        token_sha256="0" * 64,
        customer=scene.case.customer,
        case=scene.case,
        delivery=delivery,
        channel="email",
        language="en",
        made_at=NOON,
        expires_at=NOON + dt.timedelta(days=30),
    )


def _switched_on(scene: Scene) -> str:
    _linked(scene)
    return ""


def _answered(scene: Scene) -> int:
    """The customer said on their page that their pay day moved."""
    said = answers.Said(kind="pay_day", day_on=NOON.date() + dt.timedelta(days=5))
    return answers.give(link=_linked(scene), said=said, key=uuid.uuid4()).pk


def _told(scene: Scene) -> int:
    """What the customer's managers are told of."""
    customer = scene.case.customer
    people = {"manager": customer.assigned_rm, "covering": customer.covering_rm}
    return Notice.objects.create(kind=Notice.Kind.TURNED_HIGH, customer=customer, **people).pk


def _stopped(scene: Scene) -> str:
    breaker.open(by=_user(scene, SUPERVISOR), reason="Too much went out.")
    return "The loop is mended."


def _asked(scene: Scene) -> str:
    _stopped(scene)
    asker = staff.user("asker", roles.SUPERVISORS)
    breaker.ask_reset(by=asker, reason="The loop is mended.")
    return ""


ADDRESSES: dict[str, Rule] = {
    "home": Rule(read=SEE_CUSTOMER | MANAGERS),
    "queue": Rule(read=SEE_CUSTOMER | MANAGERS),
    "portfolio": Rule(read=SEE_CUSTOMER | MANAGERS),
    "alerts": Rule(read=SEE_CUSTOMER | MANAGERS),
    "alerts_bell": Rule(read=SEE_CUSTOMER | MANAGERS),
    "alerts_panel": Rule(read=SEE_CUSTOMER | MANAGERS),
    "alerts_read": Rule(
        write=SEE_CUSTOMER | MANAGERS, reads=False, writes=True, fill=lambda _scene: {"up_to": 0}
    ),
    "alerts_together": Rule(
        write=MANAGERS,
        others=GONE,
        knowing=frozenset(),
        reads=False,
        writes=True,
        arguments=lambda _scene: {"kind": "sla_breached"},
        fill=lambda _scene: {"up_to": 0},
    ),
    "alert": Rule(
        read=frozenset({OWN, COVERING}),
        write=frozenset({OWN, COVERING}),
        others=GONE,
        knowing=frozenset(),
        writes=True,
        arguments=lambda scene: {"pk": _told(scene)},
    ),
    "alert_read": Rule(
        write=frozenset({OWN, COVERING}),
        others=GONE,
        knowing=frozenset(),
        reads=False,
        writes=True,
        arguments=lambda scene: {"pk": _told(scene)},
    ),
    "alert_acknowledge": Rule(
        write=frozenset({OWN, COVERING}),
        others=GONE,
        knowing=frozenset(),
        reads=False,
        writes=True,
        arguments=lambda scene: {"pk": _told(scene)},
    ),
    "settings_alerts": Rule(
        read=SEE_CUSTOMER | MANAGERS,
        write=SEE_CUSTOMER | MANAGERS,
        writes=True,
        fill=lambda _scene: {"digest": "off", "daily_at": "09:00"},
    ),
    "status_strip": Rule(read=frozenset(EVERYBODY) - {ANONYMOUS}),
    "palette": Rule(read=frozenset(EVERYBODY) - {ANONYMOUS}),
    "settings": Rule(
        read=frozenset(EVERYBODY) - {ANONYMOUS}, write=frozenset(EVERYBODY) - {ANONYMOUS}, writes=True
    ),
    "settings_keyboard": Rule(write=frozenset(EVERYBODY) - {ANONYMOUS}, reads=False, writes=True),
    "session_back": Rule(read=frozenset(EVERYBODY) - {ANONYMOUS}),
    "models": Rule(read=SEE_BANK),
    "models_now": Rule(read=SEE_BANK),
    "model": Rule(read=SEE_BANK, arguments=lambda _scene: {"pk": 10**6}),
    "cases": Rule(read=SEE_CUSTOMER | MANAGERS),
    "outbox": Rule(read=SEE_CUSTOMER | MANAGERS),
    "measuring": Rule(read=SEE_BANK),
    "what_if": Rule(read=frozenset({COMPLIANCE, ANALYST})),
    "case": _looked_at(),
    "case_preview": _looked_at(),
    "case_freshness": _looked_at(),
    "case_spoken": Rule(
        read=SEE_CUSTOMER,
        others=GONE,
        arguments=lambda scene: {**_pk(scene), "intervention_id": scene.draft.pk},
    ),
    "case_pack": _looked_at(form="json"),
    "case_reveal": Rule(
        read=SEE_CUSTOMER,
        write=SEE_CUSTOMER,
        others=GONE,
        writes=True,
        arguments=lambda scene: {**_pk(scene), "what": "phone"},
    ),
    "customers": Rule(read=SEE_CUSTOMER | MANAGERS),
    "customer": _of_customer(),
    "customer_freshness": _of_customer(),
    "customer_way_out": _of_customer(),
    "customer_what_if": _of_customer(),
    "customer_brief": _of_customer(),
    "customer_receipt": _of_customer(revision=1),
    "customer_chart": _of_customer(key="path"),
    "customer_note": Rule(
        write=LEDGER,
        others=GONE,
        reads=False,
        writes=True,
        fill=lambda _scene: {"text": "n", "once": "k"},
        arguments=_customer_pk,
    ),
    "customer_reveal": Rule(
        read=SEE_CUSTOMER,
        write=SEE_CUSTOMER,
        others=GONE,
        writes=True,
        arguments=lambda scene: {**_customer_pk(scene), "what": "phone"},
    ),
    "case_next": Rule(write=MANAGERS | {SUPERVISOR}, reads=False, writes=True),
    "cases_bulk": Rule(
        write=SEE_CUSTOMER | MANAGERS,
        reads=False,
        writes=True,
        fill=lambda scene: {"verb": "escalate", "reason": "r", "case": scene.case.pk},
    ),
    "queue_matching": Rule(read=SEE_CUSTOMER | MANAGERS),
    "queue_export": Rule(
        read=SEE_CUSTOMER | MANAGERS,
        write=SEE_CUSTOMER | MANAGERS,
        writes=True,
        fill=lambda scene: {"customer": scene.case.customer_id},
    ),
    "queue_bulk": Rule(
        write=SEE_CUSTOMER | MANAGERS,
        reads=False,
        writes=True,
        fill=lambda scene: {"verb": "take", "customer": scene.case.customer_id},
    ),
    "queue_done": Rule(read=SEE_CUSTOMER | MANAGERS),
    "queue_views": Rule(read=SEE_CUSTOMER | MANAGERS),
    "queue_view_save": Rule(
        write=SEE_CUSTOMER | MANAGERS, reads=False, writes=True, fill=lambda _scene: {"name": "n"}
    ),
    "queue_view_begin": Rule(write=SEE_CUSTOMER | MANAGERS, reads=False, writes=True),
    "queue_view_change": Rule(
        write=frozenset({OWN}),
        others=GONE,
        knowing=frozenset({NO_ROLE}),
        reads=False,
        writes=True,
        fill=lambda _scene: {"name": "v"},
        arguments=lambda scene: {"pk": _view(scene).pk},
    ),
    "queue_view_delete": Rule(
        write=frozenset({OWN}),
        others=GONE,
        knowing=frozenset({NO_ROLE}),
        reads=False,
        writes=True,
        arguments=lambda scene: {"pk": _view(scene).pk},
    ),
    "outbox_dealt": Rule(
        write=LEDGER,
        others=GONE,
        reads=False,
        writes=True,
        fill=lambda _scene: {"deed": "nothing"},
        arguments=lambda scene: {"pk": _failed(scene)},
    ),
    "case_board": Rule(read=frozenset({SUPERVISOR, COMPLIANCE})),
    "case_board_reassign": Rule(
        read=frozenset({SUPERVISOR, COMPLIANCE}),
        write=frozenset({SUPERVISOR}),
        writes=True,
        fill=lambda scene: {"of": _user(scene, OWN).pk, "which": "all", "reason": "r"},
    ),
    "case_board_back": Rule(
        write=frozenset({SUPERVISOR}),
        reads=False,
        writes=True,
        arguments=lambda scene: {"pk": _user(scene, OWN).pk},
    ),
    "case_undo": Rule(
        write=frozenset({OWN}),
        others=GONE,
        reads=False,
        writes=True,
        arguments=lambda scene: {"what": "step", "of": _just_reviewed(scene)},
    ),
    "breaker_open": Rule(
        write=frozenset({SUPERVISOR, COMPLIANCE}),
        reads=False,
        writes=True,
        fill=lambda _scene: {"reason": "r"},
    ),
    "breaker_ask": Rule(
        write=frozenset({SUPERVISOR, COMPLIANCE}),
        reads=False,
        writes=True,
        fill=lambda scene: {"reason": _stopped(scene)},
    ),
    "breaker_confirm": Rule(
        write=frozenset({SUPERVISOR, COMPLIANCE}),
        reads=False,
        writes=True,
        fill=lambda scene: {"reason": _asked(scene)},
    ),
    "case_start": _acted(WORK, about=_begun_by_nobody),
    "case_wake": _acted(WORK, about=_asleep),
    "case_snooze": _acted(WORK, until_on=AS_OF_ON + dt.timedelta(days=2), reason="r"),
    "case_escalate": _acted(WORK, reason="r"),
    "case_reassign": _acted(frozenset({SUPERVISOR}), to=lambda scene: _user(scene, OTHER).pk, reason="r"),
    "case_resolve": _acted(WORK, outcome="helped", reason="r"),
    "case_draft": _acted(WORK, channel="email"),
    "case_edit": _acted(
        WORK,
        intervention=lambda scene: scene.draft.pk,
        body=lambda scene: scene.draft.body.replace("Dear", "Good day"),
    ),
    "case_approve": _acted(
        frozenset({SUPERVISOR, COMPLIANCE}),
        intervention=lambda scene: scene.edited.pk,
        words=lambda scene: scene.edited.body_sha256,
        reason="r",
    ),
    "case_refuse": _acted(
        frozenset({SUPERVISOR, COMPLIANCE}),
        intervention=lambda scene: scene.edited.pk,
        words=lambda scene: scene.edited.body_sha256,
        reason="r",
    ),
    "case_confirm": _acted(
        WORK,
        intervention=lambda scene: scene.draft.pk,
        words=lambda scene: scene.draft.body_sha256,
        holds=lambda scene: str(scene.hold.pk),
        when="now",
    ),
    "case_cancel": _acted(WORK, intervention=lambda scene: scene.draft.pk, reason="r"),
    "case_reviewed": _acted(WORK, note="n"),
    "case_withdraw_promise": _acted(WORK, promise=lambda scene: _promised(scene).pk, reason="r"),
    "case_conversation": _acted(TALK, channel="call", result="no_answer"),
    "case_promise": _acted(
        WORK,
        loan=lambda scene: scene.case.customer.loans.get().pk,
        amount="1000",
        promised_on=AS_OF_ON + dt.timedelta(days=3),
    ),
    "case_offer": _acted(WORK, offer=lambda scene: key_of(considering.eligible(scene.case)[0])),
    "case_answer": _acted(WORK, offer=_offered, answer="declined"),
    "case_entered": _acted(frozenset({SUPERVISOR}), task=_agreed, reference="CB-1"),
    "case_override": _acted(WORK, chosen="Visit the customer", category="knows_customer", note="n"),
    "case_hold": _acted(LEDGER, kind="complaint", reason="r"),
    "case_confirm_answer": _acted(WORK, answer=_answered, reason="payslip seen"),
    "case_decline_answer": _acted(WORK, answer=_answered, reason="not known there"),
    "case_links_off": _acted(LEDGER, about=_switched_on, reason="a wrong number"),
    "case_lift": _acted(frozenset({SUPERVISOR, COMPLIANCE}), hold=lambda scene: scene.hold.pk, reason="r"),
    "case_end_holdout": _acted(frozenset({SUPERVISOR, COMPLIANCE}), about=_held_out, reason="r"),
    "case_consent": _acted(LEDGER, channel="sms", purpose="support", is_granted="0", evidence="e"),
}
# Reached without a session on purpose: the login, and providers and customers with proofs of their own.
OPEN = {
    "account_login",
    "set_language",
    "session_state",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    # Second factors: each one's own, of whoever is logged in or logging in (equilibrate_site/tests/test_accounts.py).
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "provider_status",
    "provider_message",
    "provider_unsubscribe",
    # The customer's page: whoever has the link (interventions/tests/test_customer_page.py).
    "customer_page",
    "customer_page_instalment",
    "customer_page_talk",
    "customer_page_pay-day",
    "customer_page_arranged",
    "customer_page_pause",
    "customer_page_stop",
    "customer_page_thanks",
    "customer_page_take_back",
}


def _user(scene: Scene, who: str) -> User:
    found = scene.users[who]
    assert found is not None
    return found


def _addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from _addresses(part, namespace or (part.namespace or ""))
        elif isinstance(part, URLPattern) and not namespace:
            yield part.name or str(part.pattern)


@pytest.fixture
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def scene(at_noon: None) -> Scene:
    """Built with the services: what is tried can really be done by somebody."""
    own = staff.manager("own")
    covering, other = staff.manager("covering"), staff.manager("other")
    users: dict[str, User | None] = {
        ANONYMOUS: None,
        NO_ROLE: _superuser(),
        OWN: own,
        COVERING: covering,
        OTHER: other,
        SUPERVISOR: staff.user("supervisor", roles.SUPERVISORS),
        COMPLIANCE: staff.user("compliance", roles.COMPLIANCE_OFFICERS),
        ANALYST: staff.user("analyst", roles.ANALYSTS),
    }
    set_up = stage.set_up(manager=own)
    case = set_up.case
    case.customer.covering_rm = covering
    case.customer.save()
    loan = LoanFactory.create(customer=case.customer)
    for number in range(1, 12):
        due_on = AS_OF_ON + dt.timedelta(days=10 + 30 * (number - 6))
        InstalmentFactory.create(loan=loan, number=number, due_on=due_on)
        if number < 6:
            InstalmentPaymentFactory.create(loan=loan)
    draft = composing.draft(case=case, channel="voice", by=own)
    edited = composing.draft(case=case, channel="sms", by=own)
    edited = composing.edit(intervention=edited, body=edited.body.replace("Dear", "Good day"), by=own)
    hold = holds.place(customer=case.customer, kind="vulnerability", reason="bereaved", by=own)
    case.refresh_from_db()
    return Scene(users=users, case=case, draft=draft, edited=edited, hold=hold)


def _superuser() -> User:
    made = staff.user("root")
    made.is_superuser = made.is_staff = True
    made.save()
    return made


def test_every_address_has_its_rule() -> None:
    known = set(ADDRESSES) | OPEN

    found = set(_addresses(get_resolver()))

    assert found - known == set(), "say in ADDRESSES who reaches this"
    assert known - found == set()


def test_every_action_of_the_case_page_has_its_rule() -> None:
    assert {f"case_{name}" for name in ACTIONS} <= set(ADDRESSES)


def test_sockets_are_those_whose_groups_are_checked() -> None:
    assert [str(each.pattern) for each in routing.websocket_urlpatterns] == ["ws/queue/"]


def test_socket_tells_managers_of_their_own_customers_only(scene: Scene) -> None:
    groups = {who: hint_state.group_of(user or AnonymousUser()) for who, user in scene.users.items()}

    assert {who for who, group in groups.items() if group == hints.EVERYBODY} == SEE_BANK
    assert {who for who, group in groups.items() if group is None} == {ANONYMOUS, NO_ROLE}
    assert {groups[who] for who in MANAGERS} == {
        hints.group_of_manager(_user(scene, who).pk) for who in MANAGERS
    }


def _client(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def _said(response: Any) -> str:
    match response.status_code:
        case 302 if response["Location"].startswith("/accounts/login/"):
            return LOGIN
        case 200 | 204 | 302:
            return IN
        case 403:
            return ROLE
        case 404:
            return GONE
        case 405:
            return METHOD
    raise AssertionError(f"{response.status_code}: {response.content[:2000]!r}")


def _expected(rule: Rule, who: str, allowed: frozenset[str]) -> str:
    if who == ANONYMOUS:
        return LOGIN
    if who in allowed:
        return IN
    return ROLE if rule.others == GONE and who in rule.knowing else rule.others


def _address(name: str, rule: Rule, scene: Scene) -> str:
    return reverse(name, kwargs=rule.arguments(scene))


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_reading(name: str, scene: Scene) -> None:
    rule = ADDRESSES[name]
    query = {"channel": "sms"} if name == "case_preview" else {}
    found, expected = {}, {}
    for who, user in scene.users.items():
        client = _client(user)
        found[who] = _said(client.get(_address(name, rule, scene), query))
        expected[who] = _expected(rule, who, rule.read) if rule.reads or who == ANONYMOUS else METHOD
    if name == "model":
        expected |= dict.fromkeys(SEE_BANK, GONE)

    assert found == expected


@pytest.mark.parametrize("name", sorted(name for name, rule in ADDRESSES.items() if rule.writes))
def test_writing(name: str, scene: Scene) -> None:
    rule = ADDRESSES[name]
    found, expected = {}, {}
    for who, user in scene.users.items():
        client = _client(user)
        with transaction.atomic():
            said = rule.fill(scene)
            found[who] = _said(client.post(_address(name, rule, scene), said))
            transaction.set_rollback(True)
        scene.case.refresh_from_db()
        expected[who] = _expected(rule, who, rule.write)

    assert found == expected


@pytest.mark.parametrize("name", sorted(name for name, rule in ADDRESSES.items() if not rule.writes))
def test_pages_take_no_writing(name: str, scene: Scene) -> None:
    rule = ADDRESSES[name]

    response = _client(_user(scene, SUPERVISOR)).post(_address(name, rule, scene))

    assert response.status_code == 405


@pytest.mark.parametrize("name", sorted(name for name, rule in ADDRESSES.items() if rule.writes))
def test_writing_needs_a_form_of_ours(name: str, scene: Scene) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(_user(scene, SUPERVISOR))

    response = client.post(_address(name, ADDRESSES[name], scene), ADDRESSES[name].fill(scene))

    assert response.status_code == 403


@pytest.fixture
def strangers(scene: Scene) -> Scene:
    """Another manager's case with a draft, a hold and a message in the sandbox."""
    other = stage.set_up(manager=_user(scene, OTHER), name="Bina Das")
    draft = composing.draft(case=other.case, channel="sms", by=other.manager)
    hold = holds.place(customer=other.customer, kind="complaint", reason="r", by=other.manager)
    delivery = Delivery.objects.create(
        intervention=draft,
        case=other.case,
        customer=other.customer,
        template=draft.template,
        channel="sms",
        address=stage.PHONE,
        body="Secret words to Bina",
        body_sha256=message_sha256(subject="", body="Secret words to Bina"),
        not_before_at=other.case.opened_at,
    )
    SandboxMessage.objects.create(
        key=delivery.idempotency_key, channel="sms", address=stage.PHONE, body="Secret words to Bina"
    )
    return Scene(users=scene.users, case=other.case, draft=draft, edited=draft, hold=hold)


def test_no_list_shows_another_managers_customer(scene: Scene, strangers: Scene) -> None:
    client = _client(_user(scene, OWN))
    hidden = strangers.case

    for address in (
        "/queue/",
        f"/queue/?open={hidden.customer_id}",
        "/queue/?q=bina",
        "/cases/",
        "/cases/?view=all",
        "/cases/?view=unassigned",
        "/cases/?view=escalated",
        f"/cases/?after={hidden.pk}",
        "/outbox/",
        f"/cases/{scene.case.pk}/",
    ):
        html = client.get(address).content.decode()
        assert "Bina" not in html, address
        assert f"/cases/{hidden.pk}/" not in html, address


@pytest.mark.parametrize("form", ["pdf", "json", "csv"])
def test_no_export_of_another_managers_case(form: str, strangers: Scene) -> None:
    client = _client(_user(strangers, OWN))

    assert client.get(f"/cases/{strangers.case.pk}/pack/{form}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("confirm", {"intervention": "draft", "words": "0" * 64, "when": "now"}),
        ("edit", {"intervention": "draft", "body": "Other words"}),
        ("cancel", {"intervention": "draft", "reason": "r"}),
        ("lift", {"hold": "hold", "reason": "r"}),
    ],
)
def test_no_id_of_another_managers_passes_through_ones_own_case(
    name: str, said: dict[str, str], scene: Scene, strangers: Scene
) -> None:
    named = {
        key: getattr(strangers, value).pk if value in ("draft", "hold") else value
        for key, value in said.items()
    }

    response = _client(_user(scene, SUPERVISOR if name == "lift" else OWN)).post(
        f"/cases/{scene.case.pk}/{name}/", {"version": scene.case.version, "once": "k", **named}
    )

    assert response.status_code == 422
    strangers.draft.refresh_from_db()
    strangers.hold.refresh_from_db()
    assert strangers.draft.state == Intervention.State.DRAFT
    assert strangers.hold.lifted_at is None


def test_spoken_words_of_another_case_are_not_there(scene: Scene, strangers: Scene) -> None:
    address = f"/cases/{scene.case.pk}/spoken/{strangers.draft.pk}/"

    assert _client(_user(scene, OWN)).get(address).status_code == 404


def test_bulk_passes_over_what_one_may_not_see(scene: Scene, strangers: Scene) -> None:
    said = {"verb": "escalate", "reason": "r", "case": [strangers.case.pk]}

    _client(_user(scene, OWN)).post("/cases/bulk/", said)

    strangers.case.refresh_from_db()
    assert strangers.case.state != Case.State.ESCALATED


# Django's admin, model by model: who may look, and who may also change. Nobody ever deletes.
LOOK, CHANGE = "look", "change"


def test_admin_gives_each_role_its_part_alone(scene: Scene) -> None:
    found = {model._meta.label: _in_the_admin(scene, model) for model in admin.site._registry}

    assert found == ADMIN


def test_admin_never_deletes(scene: Scene) -> None:
    for model, model_admin in admin.site._registry.items():
        for who in (OWN, SUPERVISOR, COMPLIANCE, ANALYST):
            assert not model_admin.has_delete_permission(_request(scene, who)), (model, who)


@pytest.mark.parametrize("who", [OWN, COVERING, OTHER, SUPERVISOR])
def test_admin_is_closed_to_whoever_is_not_in_it(who: str, scene: Scene) -> None:
    response = _client(_user(scene, who)).get("/admin/")

    assert response.status_code == 302


def test_only_compliance_officers_order_that_what_is_personal_be_erased(scene: Scene) -> None:
    event = AuditEvent.objects.filter(customer_key=str(scene.case.customer_id)).latest("pk")
    address = reverse("admin:audit_auditevent_erase", args=[event.pk])
    asked, done = {}, {}

    for who, user in scene.users.items():
        if user is not None:
            # As if somebody had let them in by mistake.
            User.objects.filter(pk=user.pk).update(is_staff=True)
        client = _client(user)
        asked[who] = client.get(address).status_code == 200
        with transaction.atomic():
            client.post(address, {"reason": "request 7"})
            done[who] = AuditEvent.objects.filter(action="audit.erasure.ordered").exists()
            transaction.set_rollback(True)

    assert asked == done == {who: who == COMPLIANCE for who in EVERYBODY}


def test_erasing_needs_a_form_of_ours(scene: Scene) -> None:
    event = AuditEvent.objects.filter(customer_key=str(scene.case.customer_id)).latest("pk")
    client = Client(enforce_csrf_checks=True)
    client.force_login(_user(scene, COMPLIANCE))

    answer = client.post(reverse("admin:audit_auditevent_erase", args=[event.pk]), {"reason": "r"})

    assert answer.status_code == 403


def _request(scene: Scene, who: str) -> Any:
    request = RequestFactory().get("/admin/")
    # As if somebody had let them in by mistake.
    request.user = _user(scene, who)
    request.user.is_staff = True
    return request


def _in_the_admin(scene: Scene, model: Any) -> dict[str, str]:
    model_admin = admin.site._registry[model]
    found = {}
    for who in (NO_ROLE, OWN, SUPERVISOR, COMPLIANCE, ANALYST):
        request = _request(scene, who)
        if model_admin.has_add_permission(request) or model_admin.has_change_permission(request):
            found[who] = CHANGE
        elif model_admin.has_view_permission(request):
            found[who] = LOOK
    return found


BY_COMPLIANCE = {COMPLIANCE: LOOK}
BY_ANALYSTS_TOO = {COMPLIANCE: LOOK, ANALYST: LOOK}
# Drafts of policies and packs are changed by their author, and submitted, approved and activated by steps.
ADMIN: dict[str, dict[str, str]] = {
    "auth.Group": {NO_ROLE: CHANGE},
    "auth.User": {NO_ROLE: CHANGE},
    # Locks are lifted and lost factors removed by actions, which only administrators have.
    "equilibrate_site.LoginLock": {NO_ROLE: LOOK},
    "mfa.Authenticator": {NO_ROLE: LOOK},
    "audit.AuditCheckpoint": BY_COMPLIANCE,
    "audit.AuditEvent": BY_COMPLIANCE,
    "interventions.BankHoliday": BY_COMPLIANCE,
    "interventions.Case": BY_COMPLIANCE,
    "interventions.ConsentEvent": BY_COMPLIANCE,
    "interventions.ContactHold": BY_COMPLIANCE,
    "interventions.ContactPack": BY_ANALYSTS_TOO,
    "interventions.Conversation": BY_COMPLIANCE,
    "interventions.Delivery": BY_COMPLIANCE,
    "interventions.GateDecision": BY_COMPLIANCE,
    "interventions.HoldoutDecision": BY_ANALYSTS_TOO,
    "interventions.HoldoutDesign": {COMPLIANCE: CHANGE, ANALYST: LOOK},
    "interventions.Intervention": BY_COMPLIANCE,
    "interventions.Override": BY_COMPLIANCE,
    "interventions.PackDecision": BY_ANALYSTS_TOO,
    "interventions.PolicyDecision": BY_ANALYSTS_TOO,
    "interventions.PolicyTemplate": BY_ANALYSTS_TOO,
    "interventions.PromiseToPay": BY_COMPLIANCE,
    "interventions.ReliefOffer": BY_COMPLIANCE,
    "risk.ModelDecision": BY_ANALYSTS_TOO,
    "risk.ModelVersion": BY_ANALYSTS_TOO,
}

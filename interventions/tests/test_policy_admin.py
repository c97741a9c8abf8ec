"""Policies in the admin: compliance officers write and decide, analysts read, nobody else sees any of it."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from customers import roles
from customers.tests.factories import CustomerFactory
from interventions.models import ContactPack, HoldoutDesign, PolicyTemplate
from interventions.policy import governing, trying_out
from interventions.policy.content import LANGUAGES
from interventions.tests import governed, staff
from interventions.tests.governed import SMS

pytestmark = pytest.mark.django_db
LIST = "admin:interventions_policytemplate_changelist"
OURS = (
    "policytemplate", "policydecision", "contactpack", "packdecision", "holdoutdesign", "holdoutdecision",
    "consentevent", "contacthold", "conversation", "gatedecision", "bankholiday", "case", "intervention", "delivery",
    "reliefoffer", "promisetopay", "override",
)  # fmt: skip
FOR_ANALYSTS = set(OURS[:6])


def officer() -> User:
    return in_the_admin(governed.officer())


def in_the_admin(user: User, **fields: Any) -> User:
    user.is_staff = True
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(subject: Any, name: str = "change") -> str:
    return reverse(f"admin:interventions_{subject._meta.model_name}_{name}", args=[subject.pk])


def text(page: Any) -> str:
    return str(page.content.decode())


def missing(name: str) -> str:
    """A key that no row has."""
    return "00000000-0000-0000-0000-000000000000" if name == "delivery" else "987654321"


def posted(template: PolicyTemplate, **changes: str) -> dict[str, Any]:
    """The form as a browser sends it back."""
    boxes = {
        f"text_{channel}_{each}": ""
        for channel in ("sms", "whatsapp", "email", "voice")
        for each in LANGUAGES
    }
    filled = {
        "action": template.action,
        "priority": template.priority,
        "sla_hours": str(template.sla_hours),
        "effect": template.effect,
        "valid_from_0": "", "valid_from_1": "", "valid_until_0": "", "valid_until_1": "",
        "personal_line_max": "0",
        "own_fields": "",
        "relief_kinds": [],
        "subject_en": "", "subject_hi": "", "text_call_en": "",
        "text_sms_en": SMS,
        "decisions-TOTAL_FORMS": "0", "decisions-INITIAL_FORMS": "0",
    }  # fmt: skip
    return {**boxes, **filled, **changes}


@pytest.mark.parametrize("name", OURS)
def test_each_role_sees_only_its_part(name: str) -> None:
    page = reverse(f"admin:interventions_{name}_changelist")
    readers = {
        "compliance": officer(),
        "analyst": in_the_admin(staff.user("analyst", roles.ANALYSTS)),
        "supervisor": in_the_admin(staff.user("supervisor", roles.SUPERVISORS)),
        "manager": in_the_admin(staff.user("rm", roles.RELATIONSHIP_MANAGERS)),
        "superuser": in_the_admin(staff.user("root"), is_superuser=True),
    }

    answers = {who: browser(user).get(page).status_code for who, user in readers.items()}

    analyst = 200 if name in FOR_ANALYSTS else 403
    assert answers == {
        "compliance": 200,
        "analyst": analyst,
        "supervisor": 403,
        "manager": 403,
        "superuser": 403,
    }


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_added_changed_or_deleted_by_the_admin_itself(name: str) -> None:
    client = browser(in_the_admin(governed.officer(), is_superuser=True))

    added = client.get(reverse(f"admin:interventions_{name}_add")).status_code
    deleted = client.post(
        reverse(f"admin:interventions_{name}_delete", args=[missing(name)]), {"post": "yes"}
    )

    # A design is begun by an officer; everything else begins elsewhere.
    assert added == (200 if name == "holdoutdesign" else 403)
    assert deleted.status_code in (302, 403)


def test_officer_edits_a_draft_in_boxes_and_becomes_its_author() -> None:
    draft, me = governed.draft_policy(), officer()
    client = browser(me)
    assert "text_sms_hi" in text(client.get(address(draft)))

    changes = {
        "action": "Call tomorrow",
        "relief_kinds": ["due_date_move"],
        "own_fields": "when | When to call | 40 | mornings\r\nwho | Who | 10",
        "subject_en": "Hello",
        "text_email_en": "Dear {first_name}\r\n{when}",
    }
    answer = client.post(address(draft), posted(draft, **changes))  # type: ignore[arg-type]

    assert answer.status_code == 302, text(answer)
    draft.refresh_from_db()
    assert (draft.action, draft.author, draft.relief_kinds) == ("Call tomorrow", me, ["due_date_move"])
    assert draft.messages == {
        "sms": {"en": SMS}, "email": {"en": {"subject": "Hello", "body": "Dear {first_name}\n{when}"}},
    }  # fmt: skip
    assert draft.fields == {
        "when": {"label": "When to call", "max_length": 40, "default": "mornings"},
        "who": {"label": "Who", "max_length": 10},
    }
    assert AuditEvent.objects.filter(action="interventions.policy.written", actor_id=me.pk).exists()
    warned = text(client.get(address(draft)))
    assert "STOP must be in the text" in warned
    assert "mornings" in warned


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"own_fields": "when"}, "name | label | most letters | default"),
        ({"own_fields": "a b | x | 4"}, "needs a plain name"),
        ({"subject_en": "Hello"}, "There is a subject without a text"),
        ({"text_email_en": "Hello"}, "could be read"),
        ({"sla_hours": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_read_is_not_saved(changes: dict[str, str], fault: str) -> None:
    draft = governed.draft_policy()

    page = browser(officer()).post(address(draft), posted(draft, **changes))

    assert page.status_code == 200
    assert fault in text(page)


def decision(policy: PolicyTemplate, reason: str) -> dict[str, str]:
    """What the page of a step sends: the reason, and which content was on it."""
    policy.refresh_from_db()
    return {"reason": reason, "content": policy.content_hash}


def test_two_officers_take_a_policy_its_way_in_the_admin() -> None:
    draft, author, other = governed.draft_policy(), officer(), officer()
    for user, step, reason in (
        (author, "submit", ""),
        (other, "approve", "fit for use"),
        (other, "activate", ""),
        (other, "retire", "enough"),
    ):
        page = f"{address(draft).removesuffix('change/')}{step}/"
        assert browser(user).get(page).status_code == 200
        answer = browser(user).post(page, decision(draft, reason), follow=True)
        assert answer.redirect_chain, text(answer)

    draft.refresh_from_db()
    assert (draft.state, draft.state_reason) == ("retired", "enough")


def test_author_takes_a_version_back_and_another_refuses_it() -> None:
    draft, author, other = governed.draft_policy(), officer(), officer()
    base = address(draft).removesuffix("change/")
    for user, step in ((author, "submit"), (author, "withdraw"), (author, "submit"), (other, "refuse")):
        assert browser(user).post(f"{base}{step}/", decision(draft, "in fewer words")).status_code == 302

    draft.refresh_from_db()
    assert (draft.state, draft.state_reason) == ("retired", "in fewer words")
    assert PolicyTemplate.objects.get(based_on=draft).author == author


def test_standing_pack_shows_its_rules() -> None:
    assert "breaker_sends_per_hour" in text(browser(officer()).get(address(governed.active_pack())))


def test_nobody_else_tries_out() -> None:
    with pytest.raises(trying_out.NotPossible, match="for compliance officers"):
        trying_out.for_customer(template=governed.draft_policy(), bank_id="1", by=staff.supervisor())


def test_refusals_are_shown_in_words() -> None:
    policy = governing.submit(subject=governed.draft_policy(), by=officer())
    assert policy.author is not None
    page = f"{address(policy).removesuffix('change/')}approve/"

    assert "somebody else must decide" in text(browser(policy.author).post(page, decision(policy, "mine")))
    assert "give a reason" in text(browser(officer()).post(page, decision(policy, " ")))


def test_what_is_decided_about_is_on_the_page_beside_what_is_in_force() -> None:
    active = governed.active_policy()
    author = officer()
    draft = governing.new_version(subject=active, by=author)
    draft.action = "Call, and listen first"
    governing.write(subject=draft, by=author)
    governing.submit(subject=draft, by=author)

    page = browser(officer()).get(f"{address(draft).removesuffix('change/')}approve/")

    assert "listen" in text(page)
    assert f"What it says, beside {active}" in text(page)


def test_nobody_decides_about_what_they_did_not_read() -> None:
    policy = governing.submit(subject=governed.draft_policy(), by=officer())
    page = f"{address(policy).removesuffix('change/')}approve/"

    answer = browser(officer()).post(page, {"reason": "fit", "content": "0" * 64})

    assert "Read it again, then decide" in text(answer)
    policy.refresh_from_db()
    assert policy.state == "submitted"


@pytest.mark.parametrize(
    ("state", "of_author", "of_others"),
    [
        ("draft", {"submit", "retire"}, set()),
        ("submitted", {"withdraw"}, {"approve", "refuse"}),
        ("active", set(), {"retire"}),
    ],
)
def test_page_offers_what_fits(state: str, of_author: set[str], of_others: set[str]) -> None:
    author = officer()
    policy = governing.new_version(subject=governed.draft_policy(), by=author)
    if state == "submitted":
        policy = governing.submit(subject=policy, by=author)
    if state == "active":
        policy = governed.active(policy)
    steps = {"submit", "withdraw", "approve", "refuse", "activate", "retire"}
    always = {"new-version", "compare", "try-out"}

    def offered(user: User) -> set[str]:
        page = text(browser(user).get(address(policy)))
        base = address(policy).removesuffix("change/")
        return {step for step in steps | always if f'href="{base}{step}/"' in page}

    assert offered(author) == of_author | always
    assert offered(officer()) == of_others | always
    assert offered(in_the_admin(staff.user("analyst", roles.ANALYSTS))) == {"compare"}


def test_nobody_edits_anothers_draft_or_what_was_submitted() -> None:
    draft = governing.new_version(subject=governed.draft_policy(), by=officer())
    waiting = governing.submit(subject=governed.draft_policy(hardship=2), by=officer())

    for policy in (draft, waiting):
        assert browser(officer()).post(address(policy), posted(policy)).status_code == 403


@pytest.mark.parametrize("step", ["submit", "approve", "new-version", "try-out"])
def test_steps_are_closed_to_other_roles(step: str) -> None:
    draft = governed.draft_policy()
    page = f"{address(draft).removesuffix('change/')}{step}/"

    manager = in_the_admin(staff.user("rm", roles.RELATIONSHIP_MANAGERS))
    analyst = in_the_admin(staff.user("analyst", roles.ANALYSTS))
    assert browser(manager).post(page).status_code == 404
    answer = browser(analyst).post(page, decision(draft, "in fewer words"))
    assert answer.status_code == 403 or "that is for compliance officers" in text(answer)
    assert not AuditEvent.objects.filter(subject_type="policy", actor_id=analyst.pk).exists()


def test_versions_are_compared_word_by_word() -> None:
    first = governed.draft_policy(action="Call the customer", valid_until="2027-01-01T00:00Z")
    second = governed.draft_policy(action="Write to the customer")

    page = text(
        browser(officer()).get(f"{address(second).removesuffix('change/')}compare/", {"with": first.pk})
    )

    assert "<del>Call</del>" in page
    assert "<ins>Write to</ins>" in page
    assert "2027-01-01 00:00 UTC" in page


def test_single_version_has_nothing_to_be_compared_with() -> None:
    pack = governed.draft_pack(name="alone")

    page = text(browser(officer()).get(f"{address(pack).removesuffix('change/')}compare/"))

    assert "no other version" in page


def test_preview_for_a_customer_is_recorded_as_a_look() -> None:
    policy, me = governed.draft_policy(), officer()
    customer = CustomerFactory.create(full_name="Asha Rao", bank_id="4711")
    page = f"{address(policy).removesuffix('change/')}try-out/"
    assert "Dear Venkatesh" in text(browser(me).get(page))

    shown = text(browser(me).post(page, {"ask": "customer", "bank_id": "4711"}))

    assert "Dear Asha" in shown
    event = AuditEvent.objects.get(action="customer.viewed")
    assert (event.actor_id, event.subject_id, event.detail) == (
        me.pk, str(customer.pk), {"what": f"preview of {policy}"},
    )  # fmt: skip
    assert "There is no customer 4712" in text(browser(me).post(page, {"ask": "customer", "bank_id": "4712"}))


def test_preview_says_what_a_customers_records_lack() -> None:
    policy = governed.draft_policy(messages={"sms": {"en": SMS + " {amount}"}})
    CustomerFactory.create(bank_id="4711")
    page = f"{address(policy).removesuffix('change/')}try-out/"

    assert "the next instalment" in text(
        browser(officer()).post(page, {"ask": "customer", "bank_id": "4711"})
    )


def test_test_goes_to_the_officers_own_address_with_made_up_values() -> None:
    policy = governed.draft_policy()
    page = f"{address(policy).removesuffix('change/')}try-out/"
    me = in_the_admin(governed.officer(), email="officer@bank.example")

    answer = browser(me).post(page, {"ask": "send"}, follow=True)

    assert "Sent to officer@bank.example" in text(answer)
    (message,) = mail.outbox
    assert (message.to, "Dear Venkatesh" in message.body) == (["officer@bank.example"], True)
    assert AuditEvent.objects.filter(action="interventions.policy.tested", actor_id=me.pk).exists()
    assert "no e-mail address" in text(browser(officer()).post(page, {"ask": "send"}))
    assert len(mail.outbox) == 1


def test_pack_is_edited_as_checked_json() -> None:
    pack, client = governed.draft_pack(), browser(officer())
    rows = {"decisions-TOTAL_FORMS": "0", "decisions-INITIAL_FORMS": "0"}

    for rules, fault in (
        ("{", "valid JSON"),
        ("[1]", "one JSON object"),
        ('{"format": 1}', "missing required field"),
    ):
        assert fault in text(client.post(address(pack), {"rules": rules, **rows}))
    changed = json.dumps({**pack.rules, "breaker_sends_per_hour": 7})
    assert client.post(address(pack), {"rules": changed, **rows}).status_code == 302
    assert ContactPack.objects.get(pk=pack.pk).rules["breaker_sends_per_hour"] == 7


def test_design_is_written_with_a_lot_of_its_own() -> None:
    design = {
        "share": "0.1", "hardships": ["NONE"], "levels": ["MEDIUM"], "purpose": "to learn", "ends_on": "2100-01-01",
        "decisions-TOTAL_FORMS": "0", "decisions-INITIAL_FORMS": "0",
    }  # fmt: skip
    client = browser(officer())

    for _ in range(2):
        answer = client.post(reverse("admin:interventions_holdoutdesign_add"), design)
        assert answer.status_code == 302, text(answer)

    first, second = HoldoutDesign.objects.order_by("version")
    assert (first.version, second.version, first.salt != second.salt) == (1, 2, True)
    assert first.author is not None
    governing.submit(subject=first, by=first.author)
    assert "to learn" in text(client.get(address(first)))

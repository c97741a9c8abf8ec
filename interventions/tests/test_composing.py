"""Messages from their first words to the outbox: what staff may write, who decides, and what the gate says."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers import roles
from interventions.casework import cases
from interventions.casework.case_steps import CaseChanged, CaseRefused
from interventions.contact import consents
from interventions.messages import composing
from interventions.messages.composing import Refused
from interventions.messages.rendering import RenderingRefused
from interventions.models import (
    Case,
    Channel,
    ConsentEvent,
    Delivery,
    EditDecision,
    GateDecision,
    Intervention,
)
from interventions.policy import governing
from interventions.tests import deliveries, governed, staff
from interventions.tests.helped import of_case, on_stage
from interventions.tests.stage import Stage
from risk.models import CurrentRisk
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR = dt.timedelta(hours=1)
OWN_WORDS = (
    "Dear Asha, shall we speak tomorrow? Call us: 000 000 0000. Free debt advice: 000 000 0001."
    " Reply STOP to opt out."
)


@pytest.fixture
def stage(settings: Settings) -> Stage:
    settings.BANK_PHONE, settings.ADVICE_LINE = "000 000 0000", "000 000 0001"
    return on_stage()


def _given(stage: Stage) -> dict[str, Any]:
    return {"channel": Channel.SMS, "by": stage.manager}


def drafted(stage: Stage, **fields: Any) -> Intervention:
    return composing.draft(case=stage.case, **_given(stage) | fields)


def edited(stage: Stage, body: str = OWN_WORDS) -> Intervention:
    return composing.edit(intervention=drafted(stage), body=body, by=stage.manager)


def test_message_is_written_from_the_records(stage: Stage) -> None:
    message = drafted(stage)

    assert message.body == (
        "Dear Asha, Rs 11,000 is due on 25 February. We are there for you: 000 000 0000. We can talk about dates."
        " Free debt advice: 000 000 0001. Reply STOP to opt out."
    )
    assert (message.state, message.is_edited, message.author) == ("draft", False, stage.manager)
    assert message.template_hash == stage.policy.content_hash


def test_message_is_in_the_customers_language() -> None:
    stage = on_stage(language="hi")

    message = drafted(stage)

    assert message.language == "hi"
    assert "25 फ़रवरी को Rs 11,000 देय है" in message.body


def test_language_without_words_falls_back_to_english() -> None:
    assert drafted(on_stage(language="ta")).language == "en"


def test_writing_takes_the_case_up(stage: Stage) -> None:
    drafted(stage)

    assert (stage.case.state, of_case(stage.case)) == (Case.State.IN_PROGRESS, ["started"])


def test_case_that_waits_is_woken(stage: Stage) -> None:
    cases.snooze(case_id=stage.case.pk, version=stage.case.version, by=stage.manager, until=NOON + 24 * HOUR)
    stage.case.refresh_from_db()

    drafted(stage)

    assert of_case(stage.case)[-1] == "woken"


def test_writing_twice_writes_one(stage: Stage) -> None:
    first, second = drafted(stage), drafted(stage)

    assert first.pk == second.pk
    assert Intervention.objects.count() == 1


def test_another_channel_or_language_is_another_message(stage: Stage) -> None:
    numbers = {drafted(stage).pk, drafted(stage, channel=Channel.CALL).pk, drafted(stage, language="hi").pk}

    assert len(numbers) == 3


def test_writing_again_fills_the_same_message_anew(stage: Stage) -> None:
    first = drafted(stage)

    second = drafted(stage, fields={"offer": "Half now, half later."}, personal_line="All the best, Meera")

    assert second.pk == first.pk
    assert "Half now, half later." in second.body
    assert "All the best, Meera" in second.body
    assert drafted(stage).body == second.body


def test_records_that_changed_are_written_when_it_is_written_again(stage: Stage) -> None:
    drafted(stage)
    CurrentRisk.objects.filter(customer=stage.customer).update(next_due_amount=7000)

    assert "Rs 7,000" in drafted(stage).body


@pytest.mark.parametrize(
    "fields",
    [
        {"personal_line": "x" * 81},
        {"personal_line": "Pay or we will sue you."},
        {"fields": {"offer": "x" * 41}},
        {"fields": {"another": "x"}},
        {"channel": Channel.EMAIL},
    ],
)
def test_what_the_template_does_not_permit_is_not_written(stage: Stage, fields: dict[str, Any]) -> None:
    with pytest.raises(RenderingRefused):
        drafted(stage, **fields)

    assert not Intervention.objects.exists()


def test_message_that_needs_what_nobody_knows_is_not_written(stage: Stage) -> None:
    CurrentRisk.objects.filter(customer=stage.customer).update(next_due_on=None, next_due_amount=None)

    with pytest.raises(RenderingRefused, match="not known here"):
        drafted(stage)


def test_without_a_standing_policy_nothing_is_written(stage: Stage) -> None:
    governing.retire(subject=stage.policy, by=governed.officer(), reason="outdated")

    with pytest.raises(Refused, match="No approved policy"):
        drafted(stage)


def test_next_message_uses_the_policy_that_stands_now(stage: Stage) -> None:
    governed.active_policy(messages={"sms": {"en": governed.SMS}})

    assert drafted(stage).body.startswith("Dear Asha, we are there for you")


def test_preview_stores_nothing(stage: Stage) -> None:
    found = composing.preview(case=stage.case, channel=Channel.SMS, fields={"offer": "A pause."})

    assert "A pause." in found.body
    assert not Intervention.objects.exists()
    assert of_case(stage.case) == []


def test_stale_case_is_refused(stage: Stage) -> None:
    stale = Case.objects.get(pk=stage.case.pk)
    drafted(stage)

    with pytest.raises(CaseChanged):
        composing.draft(case=stale, channel=Channel.SMS, by=stage.manager)


@pytest.mark.parametrize("role", [roles.COMPLIANCE_OFFICERS, roles.ANALYSTS])
def test_only_those_who_work_on_cases_write(stage: Stage, role: str) -> None:
    with pytest.raises(PermissionDenied):
        drafted(stage, by=staff.user("somebody", role))


def test_another_managers_case_is_not_there(stage: Stage) -> None:
    with pytest.raises(Case.DoesNotExist):
        drafted(stage, by=staff.manager("rm2"))


def test_superuser_status_gives_nothing(stage: Stage) -> None:
    somebody = staff.user("root")
    somebody.is_superuser = True
    somebody.save()

    with pytest.raises(PermissionDenied):
        drafted(stage, by=somebody)


def test_own_words_wait_for_somebody_else(stage: Stage) -> None:
    message = edited(stage)

    assert (message.state, message.is_edited) == ("awaiting_approval", True)
    with pytest.raises(Refused, match="has to approve them first"):
        composing.confirm(intervention=message, by=stage.manager)


def test_the_templates_own_words_need_nobody(stage: Stage) -> None:
    message = drafted(stage)
    template_words = message.body

    edited(stage)
    again = composing.edit(intervention=message, body=template_words, by=stage.manager)

    assert (again.state, again.is_edited) == ("draft", False)


def test_writing_again_gives_the_edited_words_back(stage: Stage) -> None:
    assert edited(stage) == drafted(stage)
    assert drafted(stage).body == OWN_WORDS


def test_same_words_are_no_edit(stage: Stage) -> None:
    message = drafted(stage)

    assert composing.edit(intervention=message, body=message.body, by=stage.manager).state == "draft"
    assert not AuditEvent.objects.filter(action="interventions.message.edited").exists()


@pytest.mark.parametrize(
    ("body", "because"),
    [
        ("", "needs words"),
        (OWN_WORDS.replace("shall we speak tomorrow", "pay or we will sue you"), "threat"),
        (OWN_WORDS.replace("tomorrow", "about Rs 99,999"), "No record gives"),
        (OWN_WORDS.replace(" Reply STOP to opt out.", ""), "STOP must be"),
    ],
)
def test_words_that_no_approval_makes_good_are_refused(stage: Stage, body: str, because: str) -> None:
    with pytest.raises(Refused, match=because):
        edited(stage, body)


def test_subject_of_own_words_is_looked_at_too(stage: Stage) -> None:
    with pytest.raises(Refused, match="threat"):
        composing.edit(
            intervention=drafted(stage), subject="We will sue you", body=OWN_WORDS, by=stage.manager
        )


def test_approved_words_can_be_confirmed(stage: Stage) -> None:
    message = composing.approve_edit(intervention=edited(stage), by=staff.supervisor(), reason="kind words")

    delivery, verdict = composing.confirm(intervention=message, by=stage.manager)

    assert verdict.is_allowed, verdict.denials
    assert delivery is not None
    assert delivery.body == OWN_WORDS


@pytest.mark.parametrize("decide", [composing.approve_edit, composing.refuse_edit])
def test_nobody_decides_about_words_they_have_not_seen(stage: Stage, decide: Any) -> None:
    """The author changes them while somebody else reads: the decision is about what was read."""
    boss, shown = staff.supervisor(), edited(stage)
    composing.edit(
        intervention=Intervention.objects.get(), body=OWN_WORDS.replace("Asha", "Ms Rao"), by=stage.manager
    )

    with pytest.raises(Refused, match="changed since you read them"):
        decide(intervention=shown, by=boss, reason="kind words")
    with pytest.raises(Refused, match="changed since you read them"):
        decide(
            intervention=Intervention.objects.get(),
            by=boss,
            reason="kind words",
            seen_sha256=shown.body_sha256,
        )

    assert not EditDecision.objects.exists()


def test_compliance_may_decide_too(stage: Stage) -> None:
    message = composing.approve_edit(intervention=edited(stage), by=governed.officer(), reason="fine")

    assert message.state == "draft"
    assert EditDecision.objects.get().content_hash == message.body_sha256


def test_author_decides_nothing_about_own_words() -> None:
    stage = on_stage()
    boss = staff.supervisor()
    message = composing.edit(intervention=drafted(stage), body=OWN_WORDS, by=boss)

    with pytest.raises(PermissionDenied, match="You wrote these words"):
        composing.approve_edit(intervention=message, by=boss, reason="mine")


def test_manager_decides_about_nobodys_words(stage: Stage) -> None:
    with pytest.raises(PermissionDenied, match="Only supervisors and compliance"):
        composing.approve_edit(intervention=edited(stage), by=stage.manager, reason="mine")


def test_decision_needs_a_reason_and_somebody_who_waits(stage: Stage) -> None:
    boss = staff.supervisor()
    message = edited(stage)
    with pytest.raises(Refused, match="give a reason"):
        composing.approve_edit(intervention=message, by=boss, reason=" ")
    composing.cancel(intervention=message, by=stage.manager, reason="no")
    with pytest.raises(Refused, match="Nobody is waiting"):
        composing.approve_edit(intervention=Intervention.objects.get(), by=boss, reason="fine")


def test_refused_words_end_and_a_new_message_begins(stage: Stage) -> None:
    refused = composing.refuse_edit(intervention=edited(stage), by=staff.supervisor(), reason="too familiar")

    assert (refused.state, refused.cancel_reason) == ("cancelled", "too familiar")
    assert drafted(stage).pk != refused.pk


def test_words_decided_upon_are_not_edited(stage: Stage) -> None:
    message = composing.approve_edit(intervention=edited(stage), by=staff.supervisor(), reason="fine")

    with pytest.raises(Refused, match="decided upon"):
        composing.edit(intervention=message, body=OWN_WORDS.replace("Asha", "Ms Rao"), by=stage.manager)
    with pytest.raises(Refused, match="under way"):
        drafted(stage, fields={"offer": "A pause."})


def test_approved_figures_that_the_records_no_longer_give_are_not_sent(stage: Stage) -> None:
    words = OWN_WORDS.replace("shall we speak tomorrow", "about Rs 11,000: shall we speak")
    CurrentRisk.objects.filter(customer=stage.customer).update(next_due_amount=11000)
    message = composing.edit(
        intervention=drafted(stage), body=words.replace("Rs 11,000", "₹11,000"), by=stage.manager
    )
    message = composing.approve_edit(intervention=message, by=staff.supervisor(), reason="fine")
    CurrentRisk.objects.filter(customer=stage.customer).update(next_due_amount=4000)

    with pytest.raises(Refused, match="No record gives"):
        composing.confirm(intervention=message, by=stage.manager)


def test_confirmed_message_is_in_the_outbox_with_the_gates_word(stage: Stage) -> None:
    message = drafted(stage)

    delivery, verdict = composing.confirm(
        intervention=message, by=stage.manager, seen_sha256=message.body_sha256
    )

    assert delivery is not None
    assert (verdict.is_allowed, delivery.state, delivery.body) == (True, Delivery.State.PENDING, message.body)
    decision = GateDecision.objects.get()
    assert (decision.moment, decision.is_allowed, decision.intervention) == ("confirm", True, message)
    assert (message.state, message.confirmed_by) == ("confirmed", stage.manager)


def test_confirming_twice_confirms_once(stage: Stage) -> None:
    message = drafted(stage)
    first, _verdict = composing.confirm(intervention=message, by=stage.manager)

    second, verdict = composing.confirm(intervention=message, by=stage.manager)

    assert first == second
    assert verdict.is_allowed
    assert (Delivery.objects.count(), GateDecision.objects.count()) == (1, 1)


def test_confirmed_message_without_a_verdict_is_not_taken_for_lawful(stage: Stage) -> None:
    message = drafted(stage)
    message.state, message.confirmed_by, message.confirmed_at = "confirmed", stage.manager, NOON
    message.save()

    with pytest.raises(Refused, match="Tell the operators"):
        composing.confirm(intervention=message, by=stage.manager)


def test_words_that_changed_since_they_were_read_are_not_confirmed(stage: Stage) -> None:
    seen = drafted(stage).body_sha256
    message = drafted(stage, fields={"offer": "A pause."})

    with pytest.raises(Refused, match="Read them again"):
        composing.confirm(intervention=message, by=stage.manager, seen_sha256=seen)


def test_records_that_changed_since_it_was_written_are_not_sent(stage: Stage) -> None:
    message = drafted(stage)
    CurrentRisk.objects.filter(customer=stage.customer).update(next_due_amount=7000)

    with pytest.raises(Refused, match="Write it again"):
        composing.confirm(intervention=message, by=stage.manager)


def test_denial_is_stored_and_the_message_stays_a_draft(stage: Stage) -> None:
    message = drafted(stage)
    withdrawn(stage)

    delivery, verdict = composing.confirm(intervention=message, by=stage.manager)

    assert delivery is None
    assert (verdict.rule, verdict.next_lawful_at) == ("consent", None)
    message.refresh_from_db()
    assert message.state == "draft"
    assert GateDecision.objects.get().rule == "consent"


def test_final_denial_cannot_be_waited_for(stage: Stage) -> None:
    message = drafted(stage)
    withdrawn(stage)

    delivery, _verdict = composing.confirm(
        intervention=message, by=stage.manager, scheduled_for=NOON + 24 * HOUR
    )

    assert delivery is None
    assert Intervention.objects.get().state == "draft"


def withdrawn(stage: Stage) -> None:
    consents.withdraw(
        customer=stage.customer, channel=Channel.SMS, purpose="support", source=ConsentEvent.Source.PAGE
    )


def test_denial_that_time_ends_waits_only_if_asked_for(stage: Stage, at_noon: Any) -> None:
    message = drafted(stage)
    at_noon.move_to(NOON + 10 * HOUR)

    delivery, verdict = composing.confirm(intervention=message, by=stage.manager)

    assert delivery is None
    assert verdict.rule == "quiet_hours"
    assert Intervention.objects.get().state == "draft"

    delivery, verdict = composing.confirm(
        intervention=message, by=stage.manager, scheduled_for=NOON + 11 * HOUR
    )

    assert delivery is not None
    assert verdict.next_lawful_at is not None
    assert delivery.not_before_at == verdict.next_lawful_at > NOON + 11 * HOUR


def test_message_for_later_waits_for_its_time(stage: Stage) -> None:
    later = NOON + 2 * HOUR

    delivery, _verdict = composing.confirm(intervention=drafted(stage), by=stage.manager, scheduled_for=later)

    assert delivery is not None
    assert delivery.not_before_at == later


def test_time_that_is_past_is_refused(stage: Stage) -> None:
    with pytest.raises(Refused, match="still to come"):
        composing.confirm(intervention=drafted(stage), by=stage.manager, scheduled_for=NOON - HOUR)


def test_call_is_planned_and_delivers_nothing(stage: Stage) -> None:
    message = drafted(stage, channel=Channel.CALL)

    delivery, verdict = composing.confirm(
        intervention=message, by=stage.manager, scheduled_for=NOON + 2 * HOUR
    )

    assert (delivery, verdict.is_allowed) == (None, True)
    assert (message.state, message.scheduled_for) == ("confirmed", NOON + 2 * HOUR)
    assert not Delivery.objects.exists()
    assert composing.confirm(intervention=message, by=stage.manager)[0] is None


def test_call_for_now_is_for_now(stage: Stage) -> None:
    message = drafted(stage, channel=Channel.CALL)

    composing.confirm(intervention=message, by=stage.manager)

    assert message.scheduled_for is not None
    assert message.scheduled_for - NOON < HOUR


def test_same_policy_is_not_sent_twice_by_one_channel(stage: Stage) -> None:
    composing.confirm(intervention=drafted(stage), by=stage.manager)
    second = drafted(stage, language="hi")

    with pytest.raises(Refused, match="sent or queued by this channel already"):
        composing.confirm(intervention=second, by=stage.manager)


def test_message_is_taken_back_while_it_waits(stage: Stage) -> None:
    message = drafted(stage)
    delivery, _verdict = composing.confirm(intervention=message, by=stage.manager)

    composing.cancel(intervention=message, by=stage.manager, reason="she called")

    assert delivery is not None
    delivery.refresh_from_db()
    message.refresh_from_db()
    assert (delivery.state, message.state) == ("cancelled", "cancelled")
    with pytest.raises(Refused, match="cancelled already"):
        composing.cancel(intervention=message, by=stage.manager, reason="again")


def test_draft_is_cancelled_with_a_reason(stage: Stage) -> None:
    message = drafted(stage)
    with pytest.raises(Refused, match="Say why"):
        composing.cancel(intervention=message, by=stage.manager, reason=" ")

    composing.cancel(intervention=message, by=stage.manager, reason="not needed")

    event = AuditEvent.objects.get(action="interventions.message.cancelled")
    assert (event.reason, event.personal.content) == ("", '{"reason":"not needed"}')


def test_message_on_its_way_is_not_taken_back(stage: Stage) -> None:
    message = drafted(stage)
    delivery, _verdict = composing.confirm(intervention=message, by=stage.manager)
    deliveries.brought("sent", delivery)

    with pytest.raises(Refused, match="cannot be taken back"):
        composing.cancel(intervention=message, by=stage.manager, reason="too late")


def test_resolved_case_takes_no_words(stage: Stage) -> None:
    message = drafted(stage)
    cases.resolve(
        case_id=stage.case.pk, version=stage.case.version, by=stage.manager, outcome=Case.Outcome.HELPED
    )

    with pytest.raises(CaseRefused):
        composing.confirm(intervention=message, by=stage.manager)


def test_review_is_part_of_the_cases_history(stage: Stage) -> None:
    composing.mark_reviewed(case=stage.case, by=stage.manager, note="Salary came late; nothing to do yet.")

    assert of_case(stage.case) == ["started", "reviewed"]
    with pytest.raises(Refused, match="what you found"):
        composing.mark_reviewed(case=stage.case, by=stage.manager, note="")


def test_every_step_is_audited_without_the_words(stage: Stage) -> None:
    message = composing.approve_edit(intervention=edited(stage), by=staff.supervisor(), reason="fine")
    composing.confirm(intervention=message, by=stage.manager)

    events = AuditEvent.objects.filter(subject_type="intervention").order_by("pk")
    assert [each.action.rpartition(".")[2] for each in events] == [
        "drafted",
        "edited",
        "edit_approved",
        "confirmed",
    ]
    assert "Asha" not in "".join(str(each.detail) for each in events)


def test_two_drafts_of_one_message_cannot_be(stage: Stage) -> None:
    message = drafted(stage)
    message.pk = None

    with pytest.raises(IntegrityError, match="intervention_one_draft"), transaction.atomic():
        message.save(force_insert=True)

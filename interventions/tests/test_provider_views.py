"""What comes back from providers and customers: genuine, stored once, in any order; and opting out in the request."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from interventions.contact import consents, opt_outs
from interventions.models import Case, Channel, ConsentEvent, Conversation, Delivery, ProviderEvent, Purpose
from interventions.sending import outbox, provider_addresses
from interventions.sending.provider_signatures import is_genuine, signature
from interventions.tests import deliveries
from interventions.tests.deliveries import S, brought, confirmed
from interventions.tests.stage import PHONE, Stage, set_up
from risk.models import Alert
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis", "configured")]
BASE = "https://risk.bank.example"
TOKEN = "secret"


@pytest.fixture
def configured(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE
    settings.TWILIO_AUTH_TOKEN = TOKEN


@pytest.fixture
def anybody() -> Client:
    return Client(enforce_csrf_checks=True)


def told(client: Client, path: str, form: dict[str, str], *, given: str | None = None) -> int:
    true = signature(url=BASE + path, fields=form.items(), token=TOKEN)
    return client.post(
        path, form, headers={"X-Twilio-Signature": true if given is None else given}
    ).status_code


def status(client: Client, delivery: Delivery, state: str, sid: str = "SM1", **fields: str) -> int:
    path = reverse("provider_status", args=[delivery.idempotency_key])
    return told(client, path, {"MessageSid": sid, "MessageStatus": state, **fields})


def wrote(client: Client, text: str, *, sid: str = "SM8", sender: str = PHONE, **fields: str) -> int:
    return told(
        client, reverse("provider_message"), {"MessageSid": sid, "From": sender, "Body": text, **fields}
    )


def state_of(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def test_signature_is_twilios() -> None:
    """The example of their documentation."""
    fields = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309",
        "To": "+18005551212",
    }  # fmt: skip

    made = signature(url="https://mycompany.com/myapp.php?foo=1&bar=2", fields=fields.items(), token="12345")

    assert made == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert not is_genuine(given=made, url="", fields=[], token="")


@pytest.mark.parametrize("given", ["", "bogus", "é"])
@pytest.mark.parametrize(
    "path", ["/provider/twilio/messages/", f"/provider/twilio/status/{uuid.UUID(int=1)}/"]
)
def test_forged_callback_is_refused(anybody: Client, path: str, given: str) -> None:
    assert (
        told(anybody, path, {"MessageSid": "SM1", "Body": "STOP"}, given=given.encode().decode("latin-1"))
        == 403
    )
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("missing", ["PUBLIC_BASE_URL", "TWILIO_AUTH_TOKEN"])
def test_without_settings_nothing_is_genuine(anybody: Client, settings: Settings, missing: str) -> None:
    setattr(settings, missing, "")

    assert wrote(anybody, "STOP") == 403


@pytest.mark.parametrize("path", ["/provider/twilio/messages/"])
def test_callbacks_are_posted(anybody: Client, path: str) -> None:
    assert anybody.get(path).status_code == 405


def sent(**fields: Any) -> Delivery:
    return brought(S.SENT, provider="twilio", provider_id="SM1", **fields)


def test_delivery_goes_its_way_once(anybody: Client) -> None:
    delivery = sent()

    for _ in range(3):
        assert status(anybody, delivery, "delivered") == 204

    assert state_of(delivery) == S.DELIVERED
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("told_states", "state"),
    [
        (["delivered", "sent", "queued"], S.DELIVERED),
        (["sent", "delivered"], S.DELIVERED),
        (["delivered", "undelivered"], S.DELIVERED),
        (["undelivered", "delivered"], S.FAILED),
        (["sent", "undelivered"], S.FAILED),
        (["read"], S.DELIVERED),
        (["partying"], S.SENT),
    ],
)
def test_order_of_events_does_not_matter(anybody: Client, told_states: list[str], state: str) -> None:
    delivery = sent()

    for each in told_states:
        assert status(anybody, delivery, each) == 204

    assert state_of(delivery) == state


@pytest.mark.parametrize(
    ("said", "state"), [("queued", S.SENT), ("delivered", S.DELIVERED), ("failed", S.FAILED)]
)
@pytest.mark.parametrize("before", [S.UNKNOWN, S.SENDING])
def test_callback_settles_what_nobody_knew(anybody: Client, before: str, said: str, state: str) -> None:
    delivery = brought(before)

    status(anybody, delivery, said, sid="SM77", ErrorCode="30003")

    assert state_of(delivery) == state
    assert (delivery.provider, delivery.provider_id) == ("twilio", "SM77")
    is_contact = Case.objects.get(pk=delivery.case_id).first_contact_at is not None
    assert is_contact == (state != S.FAILED)


def test_what_comes_in_place_of_an_error_code_is_written_nowhere(anybody: Client) -> None:
    delivery = sent()

    status(anybody, delivery, "failed", ErrorCode="+919876543210")

    assert state_of(delivery) == S.FAILED
    assert delivery.error == "The provider says failed, error •••••"
    assert ProviderEvent.objects.get().detail == {"error_code": "•••••"}


def test_status_of_another_message_changes_nothing(anybody: Client) -> None:
    delivery = sent()

    assert status(anybody, delivery, "delivered", sid="SM2") == 204
    stranger = Delivery(idempotency_key=uuid.uuid4())
    assert status(anybody, stranger, "delivered", sid="SM3") == 204

    assert state_of(delivery) == S.SENT


def test_call_that_was_picked_up_is_delivered(anybody: Client) -> None:
    delivery = brought(S.SENT, deliveries.queued(confirmed(channel=Channel.VOICE)), provider_id="CA1")
    path = reverse("provider_status", args=[delivery.idempotency_key])

    told(anybody, path, {"CallSid": "CA1", "CallStatus": "completed"})

    assert state_of(delivery) == S.DELIVERED


def consented(stage: Stage, channel: str) -> bool:
    return consents.state_of(stage.customer)[(channel, "support")].is_granted


@pytest.mark.parametrize(
    "text", ["STOP", " stop. ", "Unsubscribe", "रोकें", "संदेश बंद करो", "please stop", "मत भेजो"]
)
def test_reply_withdraws_consent_and_what_waits_is_cancelled(anybody: Client, text: str) -> None:
    stage = set_up()
    message = confirmed(stage.case, by=stage.manager, template=stage.policy)
    delivery = outbox.enqueue(intervention=message, by=stage.manager)

    assert wrote(anybody, text) == 200
    assert wrote(anybody, text) == 200

    assert not consented(stage, "sms")
    assert consented(stage, "email")
    assert state_of(delivery) == S.CANCELLED
    assert Conversation.objects.count() == 0


def test_provider_says_that_they_opted_out(anybody: Client) -> None:
    stage = set_up()

    wrote(anybody, "ARRET", OptOutType="STOP")

    assert not consented(stage, "sms")


def test_whatsapp_is_a_channel_of_its_own(anybody: Client) -> None:
    stage = set_up()

    wrote(anybody, "stop", sender=f"whatsapp:{PHONE}")

    assert (consented(stage, "whatsapp"), consented(stage, "sms")) == (False, True)


def test_stop_all_is_of_every_channel(anybody: Client) -> None:
    stage = set_up()

    wrote(anybody, "STOP ALL")

    assert not any(consented(stage, channel) for channel in Channel.values)


@pytest.mark.parametrize(
    "spelled",
    [
        "9876543210", "09876543210", "919876543210", "00919876543210", PHONE, "+91 98765 43210", "098765-43210",
        "(0) 98765.43210", "+91-98765-43210 ext. 7",
    ],
)  # fmt: skip
def test_number_is_known_however_the_bank_spells_it(anybody: Client, spelled: str) -> None:
    stage = set_up()
    stage.customer.phone = spelled
    stage.customer.save()

    wrote(anybody, "STOP")

    assert not consented(stage, "sms")


def test_number_that_got_the_message_counts_after_it_changed(anybody: Client) -> None:
    stage = set_up()
    outbox.enqueue(
        intervention=confirmed(stage.case, by=stage.manager, template=stage.policy), by=stage.manager
    )
    stage.customer.phone = "+919800000000"
    stage.customer.save()

    wrote(anybody, "STOP")

    assert not consented(stage, "sms")


@pytest.mark.parametrize("sender", ["+918888888888", "", "nonsense"])
def test_stranger_stops_nobody(anybody: Client, sender: str) -> None:
    stage = set_up()

    assert wrote(anybody, "STOP", sender=sender) == 200

    assert consented(stage, "sms")
    told = Alert.objects.get(dedupe_key__startswith="opt_out.of_nobody.")
    assert told.detail == {"channel": "sms", "evidence": "twilio SM8"}


def test_anything_else_is_for_the_manager(anybody: Client) -> None:
    stage = set_up()

    for _ in range(2):
        assert (
            wrote(anybody, "Can you call me? My salary stopped last month and I do not know what to do.")
            == 200
        )

    noted = Conversation.objects.get()
    assert (noted.customer, noted.case, noted.is_inbound) == (stage.customer, stage.case, True)
    assert noted.note.startswith("Can you call me?")
    event = ProviderEvent.objects.get()
    assert "call me" not in str(event.detail) and PHONE not in str(event.detail)
    assert consented(stage, "sms")


def e_mail(stage: Stage) -> Delivery:
    message = confirmed(
        stage.case, by=stage.manager, template=stage.policy, channel=Channel.EMAIL, subject="We are there"
    )
    return outbox.enqueue(intervention=message, by=stage.manager)


def test_one_click_unsubscribes(anybody: Client) -> None:
    stage = set_up()
    delivery = e_mail(stage)
    path = provider_addresses.unsubscribe_url(delivery).removeprefix(BASE)

    looked = anybody.get(path)
    assert looked.status_code == 200 and consented(stage, "email")
    done = anybody.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert done.status_code == 200
    assert (consented(stage, "email"), consented(stage, "sms")) == (False, True)
    assert state_of(delivery) == S.CANCELLED


def test_click_repeated_adds_nothing_and_is_answered_as_kindly(anybody: Client) -> None:
    stage = set_up()
    path = provider_addresses.unsubscribe_url(e_mail(stage)).removeprefix(BASE)
    first = anybody.post(path)
    said, audited = ConsentEvent.objects.count(), AuditEvent.objects.count()

    again = anybody.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert (again.status_code, again.content) == (200, first.content)
    assert (ConsentEvent.objects.count(), AuditEvent.objects.count()) == (said, audited)


def test_click_after_new_consent_withdraws_that_too(anybody: Client) -> None:
    stage = set_up()
    path = provider_addresses.unsubscribe_url(e_mail(stage)).removeprefix(BASE)
    anybody.post(path)
    consents.grant(
        customer=stage.customer,
        channel=Channel.EMAIL,
        purpose=Purpose.SUPPORT,
        source=ConsentEvent.Source.PAGE,
    )
    assert consented(stage, "email")

    anybody.post(path)

    assert not consented(stage, "email")


def test_click_outlasts_consent_of_a_clock_that_was_ahead(anybody: Client) -> None:
    stage = set_up()
    path = provider_addresses.unsubscribe_url(e_mail(stage)).removeprefix(BASE)
    anybody.post(path)
    ConsentEvent.objects.create(
        customer=stage.customer, channel=Channel.EMAIL, purpose=Purpose.SUPPORT, is_granted=True,
        source=ConsentEvent.Source.IMPORT, happened_at=NOON + dt.timedelta(days=1),
    )  # fmt: skip

    anybody.post(path)

    last = ConsentEvent.objects.filter(channel="email", purpose=Purpose.SUPPORT).latest("happened_at")
    assert not last.is_granted


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_are_one() -> None:
    stage = set_up()
    path = provider_addresses.unsubscribe_url(e_mail(stage)).removeprefix(BASE)
    start, answers = threading.Barrier(4), []

    def click() -> None:
        start.wait(30)
        answers.append(Client().post(path).status_code)
        connection.close()

    clicks = [threading.Thread(target=click, daemon=True) for _ in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(30)

    assert answers == [200] * 4
    withdrawn = ConsentEvent.objects.filter(channel="email", is_granted=False)
    assert sorted(withdrawn.values_list("purpose", flat=True)) == sorted(Purpose.values)


@pytest.mark.parametrize("token", ["x", "x:y", f"{uuid.UUID(int=3)}:AAAA"])
def test_link_that_is_not_ours_is_not_found(anybody: Client, token: str) -> None:
    assert anybody.post(reverse("provider_unsubscribe", args=[token])).status_code == 404


def test_links_are_of_their_channel_only(settings: Settings) -> None:
    by_sms = deliveries.queued()
    by_e_mail = deliveries.queued(confirmed(channel=Channel.EMAIL, subject="We are there"))

    assert provider_addresses.status_url(by_sms).startswith(f"{BASE}/provider/twilio/status/")
    assert provider_addresses.unsubscribe_url(by_sms) == provider_addresses.status_url(by_e_mail) == ""
    settings.PUBLIC_BASE_URL = ""
    assert provider_addresses.status_url(by_sms) == provider_addresses.unsubscribe_url(by_e_mail) == ""


def test_mailbox_is_found_whatever_its_case() -> None:
    stage = set_up()

    assert opt_outs.customers_at(stage.customer.email.upper(), Channel.EMAIL) == [stage.customer]


def test_opted_out_at_the_provider_is_opted_out_here(anybody: Client) -> None:
    stage = set_up()
    message = confirmed(stage.case, by=stage.manager, template=stage.policy)
    delivery = brought(S.SENT, outbox.enqueue(intervention=message, by=stage.manager), provider_id="SM1")

    status(anybody, delivery, "undelivered", ErrorCode="21610")

    assert state_of(delivery) == S.FAILED
    assert not consented(stage, "sms")

"""Only what stands is rendered, whole, and nothing is guessed."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.contact.digests import message_sha256
from interventions.messages import rendering
from interventions.messages.rendering import Rendered, RenderingRefused
from interventions.models import PolicyTemplate
from interventions.policy import governing
from interventions.tests import governed
from interventions.tests.governed import SMS
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
VALUES = {
    "first_name": "Asha",
    "amount": "₹11,000.00",
    "due_on": "28 November",
    "bank_name": "Example Bank",
    "bank_phone": "000 1",
    "advice_line": "000 2",
}
LETTER = "Dear {first_name}, {reachable}. {personal_line}\n\nFree debt advice: {advice_line}. Reply STOP."
FIELDS = {"reachable": {"label": "When", "max_length": 10, "default": "any day"}}


def letter(**fields: Any) -> PolicyTemplate:
    messages = {"email": {"en": {"subject": "About {due_on}", "body": LETTER}}, "sms": {"en": SMS}}
    return governed.active_policy(messages=messages, fields=FIELDS, personal_line_max=20, **fields)


def render(template: PolicyTemplate, **changes: Any) -> Rendered:
    asked: dict[str, Any] = {"channel": "sms", "language": "en", "values": VALUES, "fields": {}, **changes}
    return rendering.render(template=template, **asked)


def test_message_is_filled_from_the_records() -> None:
    message = render(governed.active_policy())

    assert message.body == (
        "Dear Asha, we are there for you: 000 1. Free debt advice: 000 2. Reply STOP to opt out."
    )
    assert message.body_sha256 == hashlib.sha256(message.body.encode()).hexdigest()
    assert (message.subject, message.language, message.missing) == ("", "en", "")


def test_email_has_its_subject_bound_to_its_body() -> None:
    message = render(letter(), channel="email")

    assert (message.subject, message.body) == (
        "About 28 November", "Dear Asha, any day.\n\nFree debt advice: 000 2. Reply STOP.",
    )  # fmt: skip
    assert message.body_sha256 == message_sha256(subject=message.subject, body=message.body)
    assert message.body_sha256 != message_sha256(subject="Other", body=message.body)


def test_staff_fill_fields_and_add_a_line() -> None:
    message = render(
        letter(), channel="email", fields={"reachable": "mornings"}, personal_line=" It was good to talk. "
    )

    assert message.body.startswith("Dear Asha, mornings. It was good to talk.\n\nFree debt advice")
    hours = render(letter(), channel="email", fields={"reachable": "9:30 to 17"})
    assert hours.body.startswith("Dear Asha, 9:30 to 17.")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"fields": {"reachable": "from nine to five"}}, "When may have 10 letters at most"),
        ({"fields": {"other": "x"}}, "has no field other"),
        ({"personal_line": "It was really good to talk."}, "may have 20 letters at most"),
        ({"personal_line": "We call the police."}, "can be read as a threat"),
        ({"fields": {"reachable": "or else"}}, "can be read as a threat"),
        ({"fields": {"reachable": "www.x.in"}}, "A link that the bank's records do not give"),
        ({"channel": "sms", "personal_line": "Hello."}, "no room for a line of your own"),
        ({"channel": "voice"}, "has no text for voice message"),
        ({"channel": "pigeon"}, "has no text for pigeon"),
    ],
)
def test_what_the_template_does_not_permit_is_refused(changes: dict[str, Any], because: str) -> None:
    with pytest.raises(RenderingRefused, match=because):
        render(letter(), **{"channel": "email", **changes})


@pytest.mark.parametrize("value", ["", "  ", "\u200b", None])
def test_empty_or_unknown_value_is_refused_with_its_name(value: str | None) -> None:
    values = {name: each for name, each in VALUES.items() if name != "bank_phone"}
    if value is not None:
        values["bank_phone"] = value

    with pytest.raises(RenderingRefused, match="where the customer can call") as refusal:
        render(governed.active_policy(), values=values)

    assert refusal.value.missing == ("bank_phone",)


def test_field_without_default_must_be_filled() -> None:
    fields = {"reachable": {"label": "When", "max_length": 10}}
    template = governed.active_policy(messages={"sms": {"en": SMS + " {reachable}"}}, fields=fields)

    with pytest.raises(RenderingRefused, match="reachable"):
        render(template)
    assert render(template, fields={"reachable": "Mondays"}).body.endswith(" Mondays")


def test_english_stands_in_where_there_is_no_text_in_the_language() -> None:
    message = render(governed.active_policy(), language="hi")

    assert (message.language, message.missing) == ("en", "hi")


def test_customers_language_goes_first() -> None:
    hindi = "नमस्ते {first_name} जी। मुफ़्त कर्ज़ सलाह: {advice_line}। संदेश रोकें: STOP"
    message = render(governed.active_policy(messages={"sms": {"en": SMS, "hi": hindi}}), language="hi")

    assert (message.language, message.missing) == ("hi", "")
    assert message.body.startswith("नमस्ते Asha जी")


def test_nothing_but_what_stands_is_rendered() -> None:
    retired = governed.active_policy()
    governing.retire(subject=retired, by=governed.officer(), reason="enough")
    expired = governed.active_policy(level=2, valid_until=NOON - dt.timedelta(days=1))
    tampered = governed.active_policy(level=1)
    tampered.messages = {"sms": {"en": "Pay!"}}
    drafts = [governed.draft_policy(), governed.approved(governed.draft_policy(hardship=2))]

    for template in (retired, expired, tampered, *drafts):
        with pytest.raises(RenderingRefused, match="not approved and active now, or was altered"):
            render(template)


def test_value_stays_on_its_line_and_in_the_short_alphabet() -> None:
    template = governed.active_policy(messages={"sms": {"en": SMS + " {amount}"}})
    values = {**VALUES, "first_name": "Asha\r\nBcc: {amount}\u00a0\u200bRao"}

    body = render(template, values=values).body

    assert body.startswith("Dear Asha Bcc: {amount} Rao, ")
    assert body.endswith(" Rs 11,000.00")


def test_preview_shows_drafts_too() -> None:
    draft = governed.draft_policy(
        messages={"sms": {"en": SMS + " {when}"}}, fields={"when": {"label": "When", "max_length": 9}}
    )

    shown = rendering.preview(template=draft, channel="sms", language="hi", values=VALUES)

    assert shown.body.endswith("opt out. [When]")
    assert (shown.language, shown.is_another_language) == ("en", True)


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{a b}"])
def test_placeholders_are_plain_names(text: str) -> None:
    with pytest.raises(RenderingRefused):
        rendering.placeholders(text)


@given(st.text(max_size=60))
def test_any_text_has_plain_placeholders_or_is_refused(text: str) -> None:
    try:
        named = rendering.placeholders(text)
    except RenderingRefused:
        return
    assert text.format_map(dict.fromkeys(named, "")) is not None

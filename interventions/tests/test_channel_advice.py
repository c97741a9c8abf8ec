"""Which channel the policy recommends, and why another is open."""

from dataclasses import dataclass

import pytest

from interventions.console import channel_advice
from interventions.models import Channel


@dataclass(frozen=True)
class Tab:
    channel: Channel
    is_open: bool = False
    is_usable: bool = True
    used: object = None


@pytest.mark.parametrize(
    ("action", "channel"),
    [
        ("Call; offer a payment pause of up to 3 months", Channel.CALL),
        ("Send an e-mail; call if there is no answer", Channel.EMAIL),
        ("Text message with the advice line", Channel.SMS),
        ("Leave a voice message", Channel.VOICE),
        ("WhatsApp: ask how things are", Channel.WHATSAPP),
        ("Message: remind early, offer another due date", None),
        ("Recall the agreement; watch", None),
        ("", None),
    ],
)
def test_way_that_the_action_names_first_is_recommended(action: str, channel: Channel | None) -> None:
    assert channel_advice.recommended(action) == channel


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (Tab(Channel.CALL, is_usable=False), "but the send gate does not allow it now"),
        (Tab(Channel.CALL, is_usable=False, used=object()), "but it was used for this case already"),
        (None, "but the policy has no words for it"),
    ],
)
def test_another_channel_says_why(call: Tab | None, text: str) -> None:
    choices = [Tab(Channel.SMS, is_open=True), *([call] if call else [])]

    said = channel_advice.of(recommended=Channel.CALL, choices=choices, was_asked=False)

    assert said.startswith("The policy recommends: Call, ") and text in said
    assert said.endswith("Open instead: SMS.")


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    sms, call = Tab(Channel.SMS, is_open=True), Tab(Channel.CALL)
    on_call = [Tab(Channel.SMS), Tab(Channel.CALL, is_open=True)]

    assert channel_advice.of(recommended=Channel.CALL, choices=[sms, call], was_asked=True) == ""
    assert channel_advice.of(recommended=None, choices=[sms, call], was_asked=False) == ""
    assert channel_advice.of(recommended=Channel.CALL, choices=on_call, was_asked=False) == ""
    assert channel_advice.of(recommended=Channel.CALL, choices=[], was_asked=False) == ""


def test_no_channel_that_can_be_used_is_said() -> None:
    sms = Tab(Channel.SMS, is_open=True, is_usable=False)

    said = channel_advice.of(recommended=Channel.CALL, choices=[sms], was_asked=False)

    assert said == "The policy recommends: Call. No channel can be used now."

"""Spoken messages: the provider calls and reads the words in the customer's language.

Source: https://www.twilio.com/docs/voice/api/call-resource, https://www.twilio.com/docs/voice/twiml/say
"""

from xml.sax.saxutils import escape

from interventions.transports.base import CannotTell, Handed, Message, NotThere, Permit, require
from interventions.transports.twilio import NAME, Account, create

SPOKEN = {"en": "en-IN", "hi": "hi-IN"}


class TwilioCalls:
    """Calls that say a text and hang up.

    Args:
        account: at the provider.
        sender: our number.
    """

    name = NAME

    def __init__(self, account: Account, *, sender: str) -> None:
        self._account = account
        self._sender = sender
        self.timeout_seconds = account.timeout_seconds

    def send(self, message: Message, permit: Permit) -> Handed:
        """Ask the provider once to call."""
        require(permit, message)
        form = {"To": message.address, "From": self._sender, "Twiml": spoken(message.body, message.language)}
        return create(self._account, "Calls", form, message)

    def lookup(self, message: Message) -> Handed | NotThere | CannotTell:
        """A list of calls does not say what was read out: one to the same number may be another's."""
        return CannotTell()


def spoken(text: str, language: str) -> str:
    """The provider's instruction to read a text out, twice, as people pick up late."""
    say = f'<Say language="{SPOKEN.get(language, "en-IN")}" loop="2">{escape(text)}</Say>'
    return f"<Response>{say}</Response>"

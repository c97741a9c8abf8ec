"""Messages and permits for the tests of transports."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from interventions.models import Channel
from interventions.sending.lapse import Lapse
from interventions.transports.base import Message

AT = dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Leave:
    """A permit for anything, or for nothing."""

    covered: bool = True

    def covers(self, message: Message, /) -> bool:
        return self.covered


def message(**fields: Any) -> Message:
    """An SMS that may be sent now."""
    given: dict[str, Any] = {
        "delivery_id": uuid.uuid4(),
        "key": uuid.UUID(int=7),
        "channel": Channel.SMS,
        "address": "+919876543210",
        "subject": "",
        "body": "Dear Asha, we are there for you. Reply STOP to opt out.",
        "language": "en",
        "handed_over_at": AT,
        "lapse": Lapse.after(60),
    }
    return Message(**given | fields)

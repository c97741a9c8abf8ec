"""`manage.py settle_delivery`: say what became of a message of which nobody knew, after looking it up."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from interventions.models import Delivery
from interventions.sending import outbox
from interventions.sending.outbox import OutboxRefused


class Command(BaseCommand):
    """Settle one `unknown` delivery as sent or not sent; a supervisor answers for it, and the audit trail says so."""

    help = "Say whether a message whose outcome is unknown was sent, as found in the provider's own records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("delivery", type=uuid.UUID, help="the id that the alert names")
        found = parser.add_mutually_exclusive_group(required=True)
        found.add_argument("--sent", action="store_true", help="the provider had it")
        found.add_argument("--not-sent", action="store_true", help="the provider never had it")
        parser.add_argument("--by", required=True, metavar="USER", help="the supervisor who looked")
        parser.add_argument("--reason", required=True, help="where, and what was found")

    def handle(
        self, *args: Any, delivery: uuid.UUID, sent: bool, by: str, reason: str, **options: Any
    ) -> str:
        try:
            user = User.objects.get(username=by)
            settled = outbox.settle_unknown(delivery_id=delivery, was_sent=sent, by=user, reason=reason)
        except User.DoesNotExist as error:
            raise CommandError(f"There is no user {by}.") from error
        except Delivery.DoesNotExist as error:
            raise CommandError(f"There is no delivery {delivery}.") from error
        except (PermissionDenied, OutboxRefused) as error:
            raise CommandError(str(error)) from error
        return f"{settled.pk}: {settled.get_state_display()}"

"""`migrate`, as the database's owner."""

from typing import Any

from django.core.management.commands import migrate

from customers.owner import connect_as_owner


class Command(migrate.Command):
    """Apply migrations as the owner named by DATABASE_OWNER_URL; without it, as the application's own role."""

    def handle(self, *args: Any, **options: Any) -> None:
        connect_as_owner(options["database"])
        super().handle(*args, **options)

"""`migrate`, as the database's owner."""

from typing import Any

import environ
from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Apply migrations as the owner named by DATABASE_OWNER_URL; without it, as the application's own role."""

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if settings.DATABASE_OWNER_URL:
            owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
            connections[alias].close()
            connections[alias].settings_dict.update(
                {key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME") if key in owner}
            )
        super().handle(*args, **options)

"""Connecting as the database's owner, for what the application's own role must not do."""

import environ
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections


def connect_as_owner(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Let this process's connection be the owner's, where DATABASE_OWNER_URL names one. For commands only."""
    if not settings.DATABASE_OWNER_URL:
        return
    owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    connections[alias].close()
    connections[alias].settings_dict.update(
        {key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME") if key in owner}
    )

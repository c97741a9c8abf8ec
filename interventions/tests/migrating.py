"""One migration taken away and applied again, as whoever owns the tables; later ones stay."""

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from environ import Env

Key = tuple[str, str]


def migrate(this: Key, *, before: Key, back: bool) -> None:
    """Unapply or apply a migration.

    Args:
        this: The migration.
        before: The one before it.
        back: Whether it is taken away.
    """
    loader = MigrationLoader(connection)
    migration = loader.get_migration(*this)
    step = migration.unapply if back else migration.apply
    application = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(Env.db_url_config(settings.DATABASE_OWNER_URL))
    try:
        with connection.schema_editor(atomic=migration.atomic) as editor:
            step(loader.project_state(before), editor)
    finally:
        connection.close()
        connection.settings_dict.update(application)

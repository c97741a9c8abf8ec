"""What the application's role may do: everything its work needs, nothing more.

Tables that must never change are append-only for it by grants as well as by triggers: a trigger can be dropped by a
table's owner, and the application's role owns nothing.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import sql

APPEND_ONLY = (
    "audit_auditevent",
    "customers_instalmentpayment",
    "customers_transaction",
    "risk_assessment",
    "risk_featuresnapshot",
    "risk_rulebook",
)


def grant_application_role(**_: Any) -> None:
    """After `migrate`: give the application's role its rights. Does nothing where owner and application are one."""
    role = settings.DATABASE_APPLICATION_ROLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user <> %s AND EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role]
        )
        if not cursor.fetchone()[0]:
            return
        name = sql.Identifier(role)
        for statement in STATEMENTS:
            cursor.execute(sql.SQL(statement).format(role=name))
        cursor.execute(WITH_PARTITIONS, [list(APPEND_ONLY)])
        for (table,) in cursor.fetchall():
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}").format(
                    table=sql.Identifier(table), role=name
                )
            )


# A partition has rights of its own, beside those of the table it is part of.
WITH_PARTITIONS = """
WITH wanted AS (SELECT unnest(%s::text[]) AS name)
SELECT name FROM wanted
UNION
SELECT part.relname FROM wanted
JOIN pg_inherits ON inhparent = name::regclass
JOIN pg_class part ON part.oid = inhrelid
"""
STATEMENTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT EXECUTE ON FUNCTION equilibrate_ensure_month(text, date) TO {role}",
)

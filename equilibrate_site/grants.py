"""What the application's role may do: everything its work needs, nothing more.

Tables that must never change are append-only for it by grants as well as by triggers: a trigger can be dropped by a
table's owner, and the application's role owns nothing.
"""

from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

APPEND_ONLY = (
    "audit_auditcheckpoint",
    "audit_auditevent",
    "audit_auditverification",
    "audit_checkpointmail",
    "customers_instalment",
    "customers_instalmentpayment",
    "customers_transaction",
    "interventions_answerdecision",
    "interventions_casetransition",
    "interventions_consentevent",
    "interventions_conversation",
    "interventions_customeranswer",
    "interventions_customernote",
    "interventions_deliverydealt",
    "interventions_editdecision",
    "interventions_gatedecision",
    "interventions_holdoutassignment",
    "interventions_holdoutdecision",
    "interventions_holdoutend",
    "interventions_override",
    "interventions_packdecision",
    "interventions_policydecision",
    "interventions_providerevent",
    "risk_assessment",
    "risk_featuresnapshot",
    "risk_logpartition",
    "risk_modelartifact",
    "risk_modeldecision",
    "risk_monitoringreport",
    "risk_rulebook",
)
# Updated, since their state moves, but never deleted.
KEPT = (
    "interventions_backofficetask",
    "interventions_breaker",
    "interventions_breakerreset",
    "interventions_case",
    "interventions_contacthold",
    "interventions_contactpack",
    "interventions_delivery",
    "interventions_holdoutdesign",
    "interventions_intervention",
    "interventions_pagelink",
    "interventions_policytemplate",
    "interventions_promisetopay",
    "interventions_reliefoffer",
    "risk_modelversion",
)
# Written by functions of the owner's alone, which the application's role may call.
READ_ONLY = ("audit_auditseal", "audit_unsealedevent")
# Added and, by law, deleted; never changed.
ERASABLE = ("audit_auditpersonal",)


def grant_application_role(**_: Any) -> None:
    """After `migrate`: give the application's role its rights. Does nothing where owner and application are one."""
    role = settings.DATABASE_APPLICATION_ROLE
    # All at once: nobody ever sees the rights on all tables before those on some are taken back.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user <> %s AND EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role]
        )
        if not cursor.fetchone()[0]:
            return
        for statement in STATEMENTS:
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
        cursor.execute(WITH_PARTITIONS, [list(APPEND_ONLY)])
        _revoke(cursor, "UPDATE, DELETE, TRUNCATE", role)
        cursor.execute(WITH_PARTITIONS, [list(KEPT)])
        _revoke(cursor, "DELETE, TRUNCATE", role)
        cursor.execute(WITH_PARTITIONS, [list(READ_ONLY)])
        _revoke(cursor, "INSERT, UPDATE, DELETE, TRUNCATE", role)
        cursor.execute(WITH_PARTITIONS, [list(ERASABLE)])
        _revoke(cursor, "UPDATE, TRUNCATE", role)
        cursor.execute(DETACHED, [list(APPEND_ONLY)])
        _revoke(cursor, "ALL", role)


def _revoke(cursor: Any, rights: str, role: str) -> None:
    """Take rights on the tables that the cursor has found."""
    for (table,) in cursor.fetchall():
        cursor.execute(
            sql.SQL("REVOKE {rights} ON {table} FROM {role}").format(
                rights=sql.SQL(rights), table=sql.Identifier(table), role=sql.Identifier(role)
            )
        )


# A partition has rights of its own, beside those of the table it is part of. After a migration backwards some tables
# are not there any more.
WITH_PARTITIONS = """
WITH wanted AS (SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NOT NULL)
SELECT name FROM wanted
UNION
SELECT part.relname FROM wanted
JOIN pg_inherits ON inhparent = name::regclass
JOIN pg_class part ON part.oid = inhrelid
"""
# A month that retention took out of its table is a table like any other: to be archived by the owner, nothing else.
DETACHED = """
SELECT month.relname FROM pg_class month
JOIN pg_class parent ON month.relname ~ ('^' || parent.relname || '_[0-9]{6}$')
WHERE parent.relname = ANY(%s) AND parent.relkind = 'p' AND parent.relnamespace = 'public'::regnamespace
    AND month.relkind = 'r' AND NOT month.relispartition AND month.relnamespace = parent.relnamespace
"""
STATEMENTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT EXECUTE ON FUNCTION equilibrate_ensure_month(text, date) TO {role}",
    "GRANT EXECUTE ON FUNCTION equilibrate_audit_seal(integer), equilibrate_audit_requeue() TO {role}",
)

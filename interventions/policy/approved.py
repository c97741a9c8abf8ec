"""Versions whose last decision is an approval of their present content by somebody other than their author."""

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from interventions.models.approval import Governed, TwoPersonDecision


def is_approved(subject: type[Governed], *, decision: type[TwoPersonDecision], of: str) -> RawSQL:
    """A condition on rows of a subject; as SQL, since every page of the console asks for it.

    Args:
        subject: What is decided about.
        decision: Its decisions.
        of: Their column that names the subject.
    """
    about, table = subject._meta.db_table, decision._meta.db_table
    return RawSQL(  # noqa: S611 - names of our own models: nothing that anybody typed
        f"""(
        SELECT decision.kind = %s AND decision.content_hash = {about}.content_hash
            AND decision.decided_by_id IS DISTINCT FROM {about}.author_id
        FROM {table} decision WHERE decision.{of} = {about}.id
        ORDER BY decision.id DESC LIMIT 1
        )""",  # noqa: S608 - the same
        [decision.Kind.APPROVED.value],
        output_field=BooleanField(),
    )

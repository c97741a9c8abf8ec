"""What a case pack holds, read as plain values: one query for each kind of row, whatever their number."""

import datetime as dt
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import AuditEvent
from audit.services import reason_in
from customers import bank_clock
from customers.models import Customer, Transaction
from interventions import masking
from interventions.models import (
    Case,
    CaseTransition,
    ConsentEvent,
    ContactHold,
    Conversation,
    Delivery,
    EditDecision,
    GateDecision,
    HoldoutAssignment,
    Intervention,
    Override,
    PolicyDecision,
    PolicyTemplate,
    PromiseToPay,
    ProviderEvent,
    ReliefOffer,
)
from interventions.reasons import Findings, reasons
from risk.levels import Hardship, Level, Segment
from risk.models import Assessment, FeatureSnapshot

FORMAT = "equilibrate.case_pack.1"
# What the windows of the features look at before the case was opened.
WINDOW = dt.timedelta(days=90)
MOST_ROWS = 5_000
Row = dict[str, Any]


def read_pack(*, case_id: int, by: User) -> dict[str, Any]:
    """Everything about a case; as many queries whatever happened in it."""
    case = Case.objects.select_related("customer", "assigned_to", "escalated_to").get(pk=case_id)
    since, until = case.opened_at - WINDOW, case.resolved_at or bank_clock.now()
    assessments = _assessments(case, until)
    return {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(),
        "made_by": by.get_username(),
        "window": {"from": since.isoformat(), "until": until.isoformat()},
        "case": _case(case),
        "customer": _customer(case.customer),
        "transactions": _transactions(case, since, until),
        "assessments": assessments,
        **_course(case),
        **_policies(case),
        **_messages(case),
        **_help(case),
        "consents": _rows(
            ConsentEvent.objects.filter(customer=case.customer_id).order_by("id"),
            "id", "channel", "purpose", "is_granted", "source", "evidence", "happened_at", "recorded_by__username",
        ),
        "holds": _rows(
            ContactHold.objects.filter(customer=case.customer_id).order_by("id"),
            "id", "kind", "reason", "placed_by__username", "placed_at", "until_at", "lifted_at",
            "lifted_by__username", "lift_reason",
        ),
        "audit": _audit(case, [each["audit_event_id"] for each in assessments]),
    }  # fmt: skip


def _course(case: Case) -> dict[str, list[Row]]:
    """What people did about the case, and where otherwise than its policy says."""
    return {
        "transitions": _rows(
            CaseTransition.objects.filter(case=case).order_by("id"),
            "id", "verb", "from_state", "to_state", "detail", "reason", "by__username", "at", "recorded_at",
        ),
        "overrides": _rows(
            Override.objects.filter(case=case).order_by("id"),
            "id", "recommended", "chosen", "category", "note", "by__username", "at",
        ),
    }  # fmt: skip


def _policies(case: Case) -> dict[str, list[Row]]:
    """The policies that the case and its messages followed, and who decided about them."""
    templates = PolicyTemplate.objects.filter(
        Q(pk=case.policy_id) | Q(pk__in=Intervention.objects.filter(case=case).values("template_id"))
    )
    return {
        "policies": _rows(
            templates.order_by("id"),
            "id", "hardship", "level", "version", "action", "priority", "sla_hours", "effect", "state", "content_hash",
        ),
        "policy_decisions": _rows(
            PolicyDecision.objects.filter(template__in=templates).order_by("id"),
            "id", "template_id", "kind", "author__username", "decided_by__username", "content_hash", "reason",
            "decided_at",
        ),
    }  # fmt: skip


def _messages(case: Case) -> dict[str, list[Row]]:
    """What was written to the customer, what the gate said of it, and what became of it."""
    message = {"intervention__case": case}
    return {
        "messages": _rows(
            Intervention.objects.filter(case=case).order_by("id"),
            "id", "channel", "purpose", "language", "state", "subject", "body", "body_sha256", "is_edited",
            "personal_line", "fields", "template_id", "template_hash", "author__username", "created_at",
            "confirmed_by__username", "confirmed_at", "scheduled_for", "cancelled_at", "cancel_reason",
        ),
        "edit_decisions": _rows(
            EditDecision.objects.filter(**message).order_by("id"),
            "id", "intervention_id", "kind", "author__username", "decided_by__username", "content_hash", "reason",
            "decided_at",
        ),
        "deliveries": _deliveries(case),
        "provider_events": _rows(
            ProviderEvent.objects.filter(delivery__case=case).order_by("id"),
            "id", "delivery_id", "provider", "status", "recorded_at",
        ),
        "gate_decisions": _rows(
            GateDecision.objects.filter(Q(delivery__case=case) | Q(**message)).distinct().order_by("id"),
            "id", "intervention_id", "delivery_id", "moment", "channel", "is_allowed", "rule", "next_lawful_at",
            "trace",
            "pack__name", "pack__version", "content_hash", "body_sha256", "decided_at",
        ),
    }  # fmt: skip


def _help(case: Case) -> dict[str, list[Row]]:
    """What was said, offered and promised, and whether the case was left alone to compare with."""
    return {
        "conversations": _rows(
            Conversation.objects.filter(case=case).order_by("id"),
            "id", "channel", "is_inbound", "result", "note", "by__username", "happened_at",
        ),
        "offers": _rows(
            ReliefOffer.objects.filter(case=case).order_by("id"),
            "id", "loan__reference", "kind", "terms", "eligibility", "state", "valid_until_on", "offered_by__username",
            "offered_at", "answered_at", "answer_recorded_by__username",
        ),
        "promises": _rows(
            PromiseToPay.objects.filter(case=case).order_by("id"),
            "id", "loan__reference", "amount", "promised_on", "made_at", "made_with__username", "state", "paid_amount",
            "settled_at",
        ),
        "holdout": _rows(
            HoldoutAssignment.objects.filter(case=case),
            "id", "design__version", "arm", "propensity", "excluded_for", "assigned_at",
        ),
    }  # fmt: skip


def _case(case: Case) -> Row:
    names = (
        "id", "state", "priority", "revision", "due_on", "opened_at", "sla_due_at", "first_contact_at",
        "sla_breached_at", "snoozed_until", "outcome", "resolved_at", "expected_harm_amount",
    )  # fmt: skip
    return {name: _plain(getattr(case, name)) for name in names} | {
        "level": Level(case.level).name,
        "hardship": Hardship(case.hardship).name,
        "assigned_to": case.assigned_to.get_username() if case.assigned_to else None,
        "escalated_to": case.escalated_to.get_username() if case.escalated_to else None,
    }


def _customer(customer: Customer) -> Row:
    return {
        "source": customer.source,
        "bank_id": customer.bank_id,
        "full_name": customer.full_name,
        "language": customer.language,
        "is_vulnerable": customer.is_vulnerable,
        "phone": masking.address(customer.phone) if customer.phone else "",
        "email": masking.address(customer.email) if customer.email else "",
    }


def _transactions(case: Case, since: dt.datetime, until: dt.datetime) -> list[Row]:
    """The newest of the window, oldest first."""
    found = Transaction.objects.filter(
        customer=case.customer_id, occurred_at__gte=since, occurred_at__lte=until
    ).order_by("-occurred_at", "-transaction_id")
    rows = _rows(
        found[:MOST_ROWS],
        "transaction_id", "occurred_at", "recorded_at", "amount", "currency", "transaction_type", "status", "channel",
        "merchant_category", "is_salary", "reverses",
    )  # fmt: skip
    return rows[::-1]


def _assessments(case: Case, until: dt.datetime) -> list[Row]:
    """Those of the window and of the case, oldest first."""
    found = Assessment.objects.filter(
        customer=case.customer_id,
        as_of_on__gte=bank_clock.day_of(case.opened_at - WINDOW),
        as_of_on__lte=bank_clock.day_of(until),
    ).order_by("-revision")[:MOST_ROWS]
    rows = _rows(
        found,
        "revision", "assessed_at", "as_of_on", "level", "previous_level", "score", "segment", "hardship", "inputs",
        "points", "hardships", "probability", "band", "model_id", "model_inputs", "reasons", "rulebook__version",
        "rulebook__content_hash", "code_version", "log_id", "log_position", "features_sha256", "audit_event_id",
    )  # fmt: skip
    snapshots = FeatureSnapshot.objects.filter(
        customer=case.customer_id, revision__in=[row["revision"] for row in rows]
    )
    features = dict(snapshots.values_list("revision", "features"))
    for row in rows:
        row |= {
            "reasons_in_words": _in_words(row),
            "level": Level(row["level"]).name,
            "hardship": Hardship(row["hardship"]).name,
            "features": features.get(row["revision"]),
        }
    return rows[::-1]


def _in_words(row: Row) -> list[str]:
    day = dt.date.fromisoformat(row["as_of_on"])
    findings = Findings(
        inputs=row["inputs"],
        points=row["points"],
        hardships=[Hardship[name] for name in row["hardships"]],
        segment=Segment(row["segment"]),
        assessed_on=day,
        today_on=day,
    )
    return [reason.text for reason in reasons(findings)]


def _deliveries(case: Case) -> list[Row]:
    rows = _rows(
        Delivery.objects.filter(case=case).order_by("created_at", "id"),
        "id", "intervention_id", "channel", "address", "state", "is_automatic", "body_sha256", "attempts", "provider",
        "provider_id", "created_at", "contacted_at", "handed_over_at", "settled_at", "denied_rule", "next_lawful_at",
    )  # fmt: skip
    return [row | {"address": masking.address(row["address"])} for row in rows]


def _audit(case: Case, of_assessments: Iterable[int | None]) -> list[Row]:
    """The customer's audit events with their seals, the newest that fit, oldest first."""
    wanted = Q(customer_key=str(case.customer_id)) | Q(subject_type="case", subject_id=str(case.pk))
    wanted |= Q(pk__in={each for each in of_assessments if each is not None})
    rows = _rows(
        AuditEvent.objects.filter(wanted).order_by("-id")[:MOST_ROWS],
        "id", "recorded_at", "action", "actor_label", "subject_type", "subject_id", "reason", "request_id", "detail",
        "commitment", "seal__sequence", "seal__row_hash", "seal__chain_hash", "seal__sealed_at", "personal__content",
    )  # fmt: skip
    return [_with_reason(row) for row in rows[::-1]]


def _with_reason(row: Row) -> Row:
    """An audit event with the words that were typed as its reason, wherever they are kept, while they are."""
    kept_apart = reason_in(row.pop("personal_content"))
    return row | {"reason": row["reason"] or kept_apart}


def _rows(found: QuerySet[Any], *names: str) -> list[Row]:
    """Rows as plain values; of a related one the name stands for all: `by__username` becomes `by`."""
    return [
        {_name(name): _plain(value) for name, value in zip(names, values, strict=True)}
        for values in found.values_list(*names)
    ]


def _name(path: str) -> str:
    return path.removesuffix("__username").replace("__", "_")


def _plain(value: Any) -> Any:
    match value:
        case dt.datetime() | dt.date():
            return value.isoformat()
        case Decimal() | uuid.UUID():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
    return value

"""The message part of the case page: channels with the gate's word, the words themselves, and what sending does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.forms import Form
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from interventions.console import case_forms, consequences
from interventions.contact import gate, holds
from interventions.messages import composing
from interventions.messages.composing_steps import MAY_APPROVE
from interventions.messages.rendering import RenderingRefused
from interventions.models import Case, Channel, Delivery, Intervention, PolicyTemplate
from interventions.models.intervention import CONTACTED
from interventions.policy.content import text_of

UNDER_WAY = (Intervention.State.DRAFT, Intervention.State.AWAITING_APPROVAL)


@dataclass(frozen=True, kw_only=True)
class ChannelChoice:
    """One way to reach the customer, and whether it may be used now."""

    channel: Channel
    said: gate.Said
    is_allowed: bool
    is_open: bool
    used: Delivery | None

    @property
    def is_usable(self) -> bool:
        """Whether a message can go this way now and has not gone yet."""
        return self.is_allowed and self.used is None


def message_context(
    *, case: Case, user: User, policy: PolicyTemplate | None, channel: str, bound: Mapping[str, Form]
) -> dict[str, Any]:
    """What the contact panel shows."""
    choices = channel_choices(case=case, policy=policy, wanted=channel)
    chosen = next((each for each in choices if each.is_open), None)
    if policy is None or chosen is None:
        return {"choices": choices, "chosen": chosen}
    message = open_message(case, chosen.channel)
    returned = bound.get("draft")
    form = (
        returned
        if isinstance(returned, case_forms.DraftForm)
        else draft_form(case=case, user=user, policy=policy, channel=chosen.channel)
    )
    context: dict[str, Any] = {
        "choices": choices,
        "chosen": chosen,
        "draft_form": form,
        "message": message,
        "consequence": _consequence(case, chosen, user, later=False),
        "consequence_later": _consequence(case, chosen, user, later=True),
    }
    if message is None:
        context |= preview_context(case=case, form=form)
    else:
        context |= _message_forms(case, user, message, bound)
    return context


def channel_choices(*, case: Case, policy: PolicyTemplate | None, wanted: str) -> list[ChannelChoice]:
    """Every channel the policy has words for, each with the gate's verdict; the wanted one, or the best, is open."""
    offered = [each for each in Channel if policy and has_text(policy, each)]
    used = {row.channel: row for row in case.deliveries.filter(template=policy, state__in=CONTACTED)}
    verdicts = gate.looks(case=case, channels=offered)
    usable = [each for each in offered if verdicts[each].is_allowed and each not in used]
    best = next(iter([*usable, *offered]), None)
    opened = wanted if wanted in offered else best
    return [
        ChannelChoice(
            channel=each,
            said=gate.in_words(verdicts[each]),
            is_allowed=verdicts[each].is_allowed,
            is_open=each == opened,
            used=used.get(each),
        )
        for each in offered
    ]


def has_text(policy: PolicyTemplate, channel: Channel) -> bool:
    """Whether the policy says anything by a channel, in any language."""
    return any(text_of(policy.messages, channel, each) for each in policy.messages.get(channel, {}))


def open_message(case: Case, channel: str) -> Intervention | None:
    """The message of a channel that somebody is working on."""
    found = case.interventions.filter(channel=channel, state__in=UNDER_WAY)
    return (
        found.select_related("author").prefetch_related("edit_decisions__decided_by").order_by("-id").first()
    )


def draft_form(
    *, case: Case, user: User, policy: PolicyTemplate, channel: str, data: Any = None
) -> case_forms.DraftForm:
    """The form with which a message begins."""
    return case_forms.DraftForm(
        data,
        case=case,
        user=user,
        template=policy,
        initial={"channel": channel, "language": case.customer.language},
        auto_id="draft-%s",
    )


def preview_context(*, case: Case, form: case_forms.DraftForm) -> dict[str, Any]:
    """The message as it would read, from what is typed so far; or why it cannot be written."""
    filled, line = _typed(form)
    channel = form["channel"].value() or ""
    try:
        rendered = composing.preview(case=case, channel=channel, fields=filled, personal_line=line)
    except (composing.Refused, RenderingRefused) as refusal:
        return {"preview": None, "preview_refusal": str(refusal)}
    return {"preview": rendered}


def _typed(form: case_forms.DraftForm) -> tuple[dict[str, str], str]:
    """The fields as typed, without waiting for the form to be complete: what is empty has its default."""
    filled = {
        name.removeprefix("field_"): form[name].value() or ""
        for name in form.fields
        if name.startswith("field_")
    }
    line = form["personal_line"].value() or "" if "personal_line" in form.fields else ""
    return {name: value for name, value in filled.items() if value}, line


def _message_forms(
    case: Case, user: User, message: Intervention, bound: Mapping[str, Form]
) -> dict[str, Any]:
    initial = {
        "intervention": message.pk,
        "subject": message.subject,
        "body": message.body,
        "words": message.body_sha256,
    }
    kinds: dict[str, type[case_forms.CaseForm]] = {
        "edit": case_forms.EditForm,
        "approve": case_forms.DecisionForm,
        "refuse": case_forms.DecisionForm,
        "confirm": case_forms.ConfirmForm,
        "cancel": case_forms.MessageReasonForm,
    }
    forms = {
        name: bound.get(name) or kind(case=case, user=user, initial=initial, auto_id=f"{name}-%s")
        for name, kind in kinds.items()
    }
    return {
        "message_forms": forms,
        "seen_holds": holds.seen(case.customer),
        "is_own_words": message.author_id == user.pk,
        "may_approve": bool(roles.of(user) & MAY_APPROVE) and message.author_id != user.pk,
        "edit_decisions": list(message.edit_decisions.all()),
    }


def _consequence(case: Case, chosen: ChannelChoice, user: User, *, later: bool) -> str:
    at = chosen.said.next_lawful_at if later else None
    if later and at is None:
        return ""
    customer = case.customer
    address = customer.email if chosen.channel == Channel.EMAIL else customer.phone
    return consequences.of(
        channel=chosen.channel,
        address=address,
        at=at,
        zone=bank_clock.zone(),
        worker=user.get_full_name() or user.get_username() or _("you"),
    )

"""The message part of the case page: channels with the gate's word, the words themselves, and what sending does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.forms import Form
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from interventions.console import case_forms, channel_advice, consequences, message_forms
from interventions.console.case_matters import Matters
from interventions.contact import gate, holds
from interventions.messages import composing
from interventions.messages.composing_steps import MAY_APPROVE, is_soon_enough
from interventions.messages.rendering import RenderingRefused
from interventions.models import Case, Channel, Delivery, Intervention, PolicyTemplate
from interventions.models.intervention import CONTACTED
from interventions.policy.content import text_of


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


def choice_context(
    *, matters: Matters, policy: PolicyTemplate | None, channel: str, is_choice: bool
) -> dict[str, Any]:
    """The channels with the gate's word on each, which one is open, and what stands under it: so much is always shown.

    Args:
        matters: Of an open case.
        policy: In force; None: there is none.
        channel: The one to open; "" for the one the policy recommends.
        is_choice: Whether the reader chose that channel.
    """
    choices = channel_choices(matters=matters, policy=policy, wanted=channel)
    was_asked = is_choice and any(each.channel == channel for each in choices)
    chosen = next((each for each in choices if each.is_open), None)
    message = matters.open_message(chosen.channel) if policy and chosen else None
    return {
        "choices": choices,
        "chosen": chosen,
        "message": message,
        "part": _part(chosen, message),
        "advice": channel_advice.of(
            recommended=channel_advice.recommended(policy.action) if policy else None,
            choices=choices,
            was_asked=was_asked,
        ),
        "was_asked": was_asked,
    }


def _part(chosen: "ChannelChoice | None", message: Intervention | None) -> str:
    """What a channel has to show below the gate's word: the page is told when that is something else by now."""
    if chosen is None:
        return ""
    if chosen.used:
        return "used"
    return f"message {message.pk} {message.state}" if message else "draft"


def message_context(
    *,
    case: Case,
    user: User,
    policy: PolicyTemplate | None,
    bound: Mapping[str, Form],
    shown: Mapping[str, Any],
) -> dict[str, Any]:
    """The forms below: of the message that is under way, or of the one that begins.

    Args:
        case: Open.
        user: Who reads.
        policy: In force; None: there is none, and so no forms.
        bound: Forms that came back with something wrong, by name.
        shown: What `choice_context` found.
    """
    chosen, message = shown["chosen"], shown["message"]
    if policy is None or chosen is None:
        return {}
    returned = bound.get("draft")
    form = (
        returned
        if isinstance(returned, message_forms.DraftForm)
        else draft_form(case=case, user=user, policy=policy, channel=chosen.channel)
    )
    context: dict[str, Any] = {
        "draft_form": form,
        "consequence": _consequence(case, chosen, user, later=False),
        "consequence_later": _consequence(case, chosen, user, later=True),
    }
    if message is None:
        return context | preview_context(case=case, form=form, policy=policy)
    context["may_wait"] = is_soon_enough(message, chosen.said.next_lawful_at)
    return context | _message_forms(case, user, message, bound)


def channel_choices(*, matters: Matters, policy: PolicyTemplate | None, wanted: str) -> list[ChannelChoice]:
    """Every channel the policy has words for, each with the gate's verdict.

    Open is the wanted one, else of those that may be used (of all, where none may) the one the policy recommends, else
    the first.
    """
    offered = [each for each in Channel if policy and has_text(policy, each)]
    used = matters.used(template_id=policy.pk if policy else None, states=CONTACTED)
    verdicts = gate.looks(
        case=matters.case,
        channels=offered,
        is_held_out=matters.is_held_out,
        policy=policy,
        none_of=matters.without,
    )
    usable = [each for each in offered if verdicts[each].is_allowed and each not in used]
    first = channel_advice.recommended(policy.action) if policy else None
    # Where none may be used, the recommended one says when it may.
    among = usable or offered
    best = first if first in among else next(iter(among), None)
    opened = wanted if wanted in offered else best
    return [
        ChannelChoice(
            channel=each,
            said=gate.in_words(verdicts[each], channel=each),
            is_allowed=verdicts[each].is_allowed,
            is_open=each == opened,
            used=used.get(each),
        )
        for each in offered
    ]


def has_text(policy: PolicyTemplate, channel: Channel) -> bool:
    """Whether the policy says anything by a channel, in any language."""
    return any(text_of(policy.messages, channel, each) for each in policy.messages.get(channel, {}))


def draft_form(
    *, case: Case, user: User, policy: PolicyTemplate, channel: str, data: Any = None
) -> message_forms.DraftForm:
    """The form with which a message begins."""
    return message_forms.DraftForm(
        data,
        case=case,
        user=user,
        template=policy,
        initial={"channel": channel, "language": case.customer.language},
        auto_id="draft-%s",
    )


def preview_context(*, case: Case, form: message_forms.DraftForm, policy: PolicyTemplate) -> dict[str, Any]:
    """The message as it would read, from what is typed so far; or why it cannot be written.

    Args:
        case: About which.
        form: Of the message, complete or not.
        policy: In force for the case.
    """
    filled, line = _typed(form)
    channel = form["channel"].value() or ""
    try:
        rendered = composing.preview(
            case=case, channel=channel, fields=filled, personal_line=line, policy=policy
        )
    except (composing.Refused, RenderingRefused) as refusal:
        return {"preview": None, "preview_refusal": str(refusal)}
    return {"preview": rendered}


def _typed(form: message_forms.DraftForm) -> tuple[dict[str, str], str]:
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
        "edit": message_forms.EditForm,
        "approve": message_forms.DecisionForm,
        "refuse": message_forms.DecisionForm,
        "confirm": message_forms.ConfirmForm,
        "cancel": message_forms.MessageReasonForm,
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
        "edit_decisions": list(message.edit_decisions.select_related("decided_by").order_by("id")),
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

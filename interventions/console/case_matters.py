"""What belongs to one case, read once for everything that its page shows of it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from django.db.models import Q

from interventions.answering import shown
from interventions.answering.shown import Told
from interventions.casework.case_outcomes import Came
from interventions.console import case_stamp
from interventions.console.case_stamp import Look
from interventions.contact import planned_calls
from interventions.effect import holdout
from interventions.models import (
    BackOfficeTask,
    Case,
    CaseTransition,
    ConsentEvent,
    ContactHold,
    Conversation,
    Delivery,
    GateDecision,
    Intervention,
    Override,
    PromiseToPay,
    ReliefOffer,
)

UNDER_WAY = (Intervention.State.DRAFT, Intervention.State.AWAITING_APPROVAL)


@dataclass(frozen=True)
class Matters:
    """The case, and what is read of it when it is asked for, each with one query; none of what there is none of.

    Args:
        case: With its customer.
        look: What there is of it, looked at before anything else was read.
    """

    case: Case
    look: Look

    @classmethod
    def of(cls, case: Case, *, now: dt.datetime) -> Self:
        """Those of a case, looked at on the bank's clock. One query."""
        return cls(case, case_stamp.look(case, now=now))

    @cached_property
    def is_held_out(self) -> bool:
        """Whether the customer is not to be contacted, for the comparison's sake."""
        return self._has("holdouts") and holdout.is_held_out(self.case)

    @cached_property
    def transitions(self) -> list[CaseTransition]:
        """Every step, the oldest first."""
        return list(self.case.transitions.select_related("by").order_by("id"))

    @cached_property
    def messages(self) -> list[Intervention]:
        """Messages and calls, the newest first."""
        if not self._has("messages"):
            return []
        return list(self.case.interventions.select_related("author", "confirmed_by").order_by("-id"))

    @cached_property
    def gate_decisions(self) -> list[GateDecision]:
        """What the gate said of its messages and calls."""
        return list(GateDecision.objects.filter(intervention__case=self.case)) if self.messages else []

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """The newest first."""
        return list(self.case.deliveries.order_by("-created_at")) if self._has("deliveries") else []

    @cached_property
    def told(self) -> list[Told]:
        """What the customer said on their page, the newest first."""
        return shown.told_by(self.case.customer) if self._has("answers") else []

    @cached_property
    def conversations(self) -> list[Conversation]:
        """The oldest first."""
        if not self._has("conversations"):
            return []
        return list(self.case.conversations.select_related("by").order_by("happened_at", "id"))

    @cached_property
    def promises(self) -> list[PromiseToPay]:
        """The oldest first."""
        if not self._has("promises"):
            return []
        return list(self.case.promises.select_related("made_with", "loan").order_by("id"))

    @cached_property
    def offers(self) -> list[ReliefOffer]:
        """The oldest first."""
        if not self._has("offers"):
            return []
        people = ("offered_by", "answer_recorded_by")
        return list(self.case.offers.select_related("loan", "task", *people).order_by("id"))

    @cached_property
    def holds(self) -> list[ContactHold]:
        """Those of the customer that stand, and those that began or ended since the case was opened."""
        if not self._has("holds"):
            return []
        since = self.case.opened_at
        found = self.case.customer.contact_holds.filter(
            Q(lifted_at=None) | Q(placed_at__gte=since) | Q(lifted_at__gte=since)
        )
        return list(found.select_related("placed_by", "lifted_by").order_by("id"))

    @cached_property
    def overrides(self) -> list[Override]:
        """What staff did otherwise than the policy says."""
        return list(self.case.overrides.select_related("by")) if self._has("overrides") else []

    @cached_property
    def late_consents(self) -> list[ConsentEvent]:
        """What was said of consent since the case was opened."""
        if not self._has("late_consents"):
            return []
        since = self.case.customer.consent_events.filter(happened_at__gte=self.case.opened_at)
        return list(since.select_related("recorded_by"))

    @property
    def newest_transition(self) -> int:
        """The id of the last step, 0 before the first."""
        return self.transitions[-1].pk if self.transitions else 0

    @property
    def planned_calls(self) -> list[Intervention]:
        """Calls that somebody planned and has not made yet, the next first."""
        return planned_calls.not_made(self.messages, self.conversations)

    @property
    def open_promises(self) -> list[PromiseToPay]:
        """Those that are neither settled nor taken back."""
        return [each for each in self.promises if each.state == PromiseToPay.State.OPEN]

    @property
    def open_offers(self) -> list[ReliefOffer]:
        """Those that wait for the customer's answer."""
        return [each for each in self.offers if each.state == ReliefOffer.State.OFFERED]

    @property
    def came(self) -> Came:
        """What has come of the case so far, by which it may be ended."""
        return Came(
            has_agreed=any(each.state == ReliefOffer.State.ACCEPTED for each in self.offers),
            promises=frozenset(each.state for each in self.promises),
        )

    @property
    def open_tasks(self) -> list[BackOfficeTask]:
        """What waits to be entered in core banking, with its offer and loan."""
        tasks = [each.task for each in self.offers if hasattr(each, "task")]
        return [each for each in tasks if each.done_at is None]

    @property
    def standing_holds(self) -> list[ContactHold]:
        """Those that nobody has lifted."""
        return [each for each in self.holds if each.lifted_at is None]

    @property
    def without(self) -> frozenset[str]:
        """What the send gate need not ask for: the customer has none of it."""
        return frozenset({"talks", "contacts", "holds"} - self.look.kinds)

    def open_message(self, channel: str) -> Intervention | None:
        """The message of a channel that somebody is working on."""
        return next(
            (each for each in self.messages if each.channel == channel and each.state in UNDER_WAY), None
        )

    def used(self, *, template_id: int | None, states: Iterable[str]) -> dict[str, Delivery]:
        """The deliveries of a policy's message in some states, by channel.

        Args:
            template_id: Of the policy; None: there is none, and so nothing was used.
            states: `Delivery.State`s.
        """
        return {
            row.channel: row
            for row in reversed(self.deliveries)
            if row.template_id == template_id and row.state in states
        }

    def _has(self, kind: str) -> bool:
        return kind in self.look.kinds

"""Customers with cases and confirmed messages, made up for the soak in sends; most may be written to, some may not."""

import datetime as dt
import json
import random
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

PHONE = "+91110{:07d}"
ZONES = (
    "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Pacific/Honolulu", "America/Los_Angeles",
    "America/Denver", "America/New_York", "America/Sao_Paulo", "Atlantic/Azores", "Europe/London", "Europe/Athens",
    "Africa/Nairobi", "Asia/Dubai", "Asia/Dhaka", "Asia/Shanghai",
)  # fmt: skip
# Well within the hours of every day of the week, for as long as the soak runs.
SAFE_HOURS = (9, 16)


@dataclass(frozen=True)
class Person:
    """A customer, as the verdict needs them."""

    pk: int
    zone: str
    agreed: bool
    on_hold: bool


@dataclass
class People:
    """Everybody there is."""

    draw: random.Random
    by_phone: dict[str, Person] = field(default_factory=dict)
    count: int = 0
    manager: Any = None
    templates: list[Any] = field(default_factory=list)
    rulebook: Any = None

    def govern(self) -> None:
        """Policies and rules of contact that two people approved, somebody who sends, and no day left to evaluate."""
        from django.contrib.auth.models import Group, User
        from django.core.management import call_command

        from customers import roles
        from interventions.contact import packs
        from interventions.models import ContactPack, PolicyTemplate
        from interventions.policy import governing
        from risk import services
        from risk.levels import Hardship, Level
        from risk.rulebook import EQUILIBRATE_1

        people = {"author": roles.COMPLIANCE_OFFICERS, "approver": roles.COMPLIANCE_OFFICERS}
        for name, role in {**people, "manager": roles.RELATIONSHIP_MANAGERS}.items():
            made = User.objects.create_user(username=name)
            made.groups.add(Group.objects.get(name=role))
        author, approver = (User.objects.get(username=name) for name in people)
        self.manager = User.objects.get(username="manager")
        # Otherwise everybody would be evaluated, found to be well, and their cases closed.
        services.bank_day_tick()
        call_command("approve_policies", pack="india", submit_by="author", approve_by="approver", verbosity=0)
        rules = json.loads((packs.FOLDER / "india.json").read_text())
        pack = ContactPack.objects.create(
            name="soak", version=1, rules={**rules, "breaker_sends_per_hour": packs.MOST_SENDS}
        )
        governing.submit(subject=pack, by=author)
        governing.approve(subject=pack, by=approver, reason="for the soak")
        governing.activate(subject=pack, by=approver)
        kinds = (Hardship.INCOME_SHOCK, Hardship.LIQUIDITY_STRESS)
        active = PolicyTemplate.objects.filter(state="active", level=Level.HIGH)
        self.templates = [active.get(hardship=kind) for kind in kinds]
        self.rulebook = services.rulebook_store(EQUILIBRATE_1)

    def queue(self, messages: int) -> None:
        """About so many messages more; every fifth customer has two of them."""
        for _ in range(messages):
            self._queue(two=self.draw.random() < 0.2)

    def _queue(self, *, two: bool) -> None:
        from customers import bank_clock
        from customers.models import Customer
        from interventions.models import Case, ConsentEvent, ContactHold
        from risk.models import CurrentRisk

        number = len(self.by_phone)
        now = bank_clock.now()
        customer = Customer.objects.create(
            bank_id=str(number), full_name=f"Asha {number}", phone=PHONE.format(number), time_zone=self._zone(),
            assigned_rm=self.manager,
        )  # fmt: skip
        agreed, on_hold = self.draw.random() > 0.05, self.draw.random() < 0.05
        if agreed:
            ConsentEvent.objects.create(
                customer=customer, channel="sms", purpose="support", is_granted=True, source="import",
                happened_at=now - dt.timedelta(days=30),
            )  # fmt: skip
        if on_hold:
            ContactHold.objects.create(
                customer=customer,
                kind="complaint",
                reason="a complaint",
                placed_by=self.manager,
                placed_at=now,
            )
        CurrentRisk.objects.create(customer=customer, rulebook=self.rulebook, **_risk(now))
        self.by_phone[customer.phone] = Person(customer.pk, customer.time_zone, agreed, on_hold)
        case = Case.objects.create(
            customer=customer, state="assigned", assigned_to=self.manager, level=3, hardship=1, priority="HIGH",
            revision=1, policy=self.templates[0], opened_at=now,
        )  # fmt: skip
        for template in self.templates[: 1 + two]:
            self._message(case, template, now)

    def _message(self, case: Any, template: Any, now: dt.datetime) -> None:
        from interventions.contact.digests import message_sha256
        from interventions.models import Intervention
        from interventions.sending import outbox

        self.count += 1
        body = f"Dear Asha, we are there for you ({self.count}). Reply STOP to opt out."
        message = Intervention.objects.create(
            case=case, customer=case.customer, template=template, template_hash=template.content_hash, channel="sms",
            language="en", body=body, body_sha256=message_sha256(subject="", body=body), author=self.manager,
            created_at=now,
        )  # fmt: skip
        message.state, message.confirmed_by, message.confirmed_at = "confirmed", self.manager, now
        message.save()
        outbox.enqueue(intervention=message, by=self.manager)

    def _zone(self) -> str:
        """Most live where messages may go out now, some anywhere."""
        now = dt.datetime.now(dt.UTC)
        first, last = SAFE_HOURS
        safe = [zone for zone in ZONES if first <= now.astimezone(ZoneInfo(zone)).hour < last]
        return self.draw.choice(safe if self.draw.random() < 0.75 else ZONES)


def _risk(now: dt.datetime) -> dict[str, Any]:
    from risk.levels import Hardship, Level, Segment

    points = ("salary_gap", "withdrawal_spike", "spending_drop", "survival_mode", "segment")
    return {
        "revision": 1,
        "level": Level.HIGH,
        "score": 5.5,
        "segment": Segment.INCOME_SHOCK,
        "hardship": Hardship.INCOME_SHOCK,
        **{f"{name}_points": 0.0 for name in points},
        "next_due_on": now.date() + dt.timedelta(days=10),
        "next_due_amount": 11_000,
        "as_of_on": now.date(),
        "evaluated_at": now,
        "changed_at": now,
    }

"""The tables of interventions: policy, cases, contact, deliveries and what is measured."""

from interventions.models.approval import TRANSITIONS, Governed, State, TwoPersonDecision
from interventions.models.case import (
    BankHoliday,
    Case,
    CaseTransition,
    DecisionFailure,
    Override,
    StaffDuty,
)
from interventions.models.channel import Channel, Purpose
from interventions.models.contact import (
    Breaker,
    BreakerReset,
    ConsentEvent,
    ContactHold,
    Conversation,
    GateDecision,
)
from interventions.models.customer_page import AnswerDecision, CustomerAnswer, PageLink
from interventions.models.dealt import DeliveryDealt
from interventions.models.intervention import (
    BackOfficeTask,
    Delivery,
    EditDecision,
    Intervention,
    PromiseToPay,
    ProviderEvent,
    ReliefOffer,
    SandboxMessage,
)
from interventions.models.measuring import HoldoutAssignment, HoldoutDecision, HoldoutDesign, HoldoutEnd
from interventions.models.note import CustomerNote
from interventions.models.notice import AlertDigest, AlertSettings, Notice, NoticeRead
from interventions.models.policy import ContactPack, PackDecision, PolicyDecision, PolicyTemplate
from interventions.models.provider import ProviderRest
from interventions.models.saved_view import DefaultView, SavedView
from interventions.models.staff_settings import StaffSettings

__all__ = [
    "TRANSITIONS",
    "AlertDigest",
    "AlertSettings",
    "AnswerDecision",
    "BackOfficeTask",
    "BankHoliday",
    "Breaker",
    "BreakerReset",
    "Case",
    "CaseTransition",
    "Channel",
    "ConsentEvent",
    "ContactHold",
    "ContactPack",
    "Conversation",
    "CustomerAnswer",
    "CustomerNote",
    "DecisionFailure",
    "DefaultView",
    "Delivery",
    "DeliveryDealt",
    "EditDecision",
    "GateDecision",
    "Governed",
    "HoldoutAssignment",
    "HoldoutDecision",
    "HoldoutDesign",
    "HoldoutEnd",
    "Intervention",
    "Notice",
    "NoticeRead",
    "Override",
    "PackDecision",
    "PageLink",
    "PolicyDecision",
    "PolicyTemplate",
    "PromiseToPay",
    "ProviderEvent",
    "ProviderRest",
    "Purpose",
    "ReliefOffer",
    "SandboxMessage",
    "SavedView",
    "StaffDuty",
    "StaffSettings",
    "State",
    "TwoPersonDecision",
]

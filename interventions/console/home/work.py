"""Work in hand: what waits for this reader, by role. Each number leads to the list with exactly that many rows.

Cases are counted in one pass by the conditions of the lists; the number of queries depends on the reader's roles alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import bank_clock, roles
from interventions.alerting import feed
from interventions.console import case_conditions
from interventions.console.home import links
from interventions.models import Case, Intervention, PolicyTemplate
from interventions.models import State as Governance
from risk import selectors as risk_selectors
from risk.model_page import reports
from risk.model_page.findings import State as Finding
from risk.models import ModelVersion

WORKERS = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS})
# What somebody should look at before the rest.
PRESSING = frozenset({"asked", "late", "at-risk", "breached", "checks"})

# The lists of cases: a key, a name, and the address.
CaseList = tuple[str, str | Promise, str]
MINE: tuple[CaseList, ...] = (
    ("mine", _("My open cases"), "view=mine"),
    ("due-today", _("Instalment due today"), "view=mine&due=today"),
    ("at-risk", _("First contact soon late"), "view=mine&at_risk=1"),
    ("late", _("First contact late"), "view=mine&late=1"),
    ("waiting", _("Snoozed"), "view=mine&state=waiting"),
    ("escalated", _("Escalated to me"), "view=escalated&to=me"),
)
EVERYBODYS: tuple[CaseList, ...] = (
    ("unassigned", _("With nobody"), "view=unassigned"),
    ("breached", _("First contact late, all cases"), "view=all&late=1"),
)


# Whoever asks is the business of all who look after them, whosever the case is: in the widest list that a reader has.
ASKED: CaseList = ("asked", _("Asked to talk"), "view=all&asked=talk")


@dataclass(frozen=True)
class Line:
    """One number.

    Args:
        key: Of its own on the page.
        url: The list it counts; "" where this reader has none.
    """

    key: str
    name: str | Promise
    count: int
    url: str

    @property
    def is_capped(self) -> bool:
        """Whether there may be more than were counted."""
        return self.key == "alerts" and self.count >= feed.COUNTED

    @property
    def is_pressing(self) -> bool:
        """Whether it is more than a number."""
        return self.key in PRESSING and self.count > 0


@dataclass(frozen=True)
class Group:
    """The numbers of one kind of work."""

    name: str | Promise
    lines: list[Line]


def work_of(user: User) -> list[Group]:
    """The reader's work, what is their own first."""
    held = roles.of(user)
    groups = []
    counted = _counted(user) if held & WORKERS else {}
    if held & WORKERS:
        mine = MINE if roles.SUPERVISORS in held else (ASKED, *MINE)
        groups.append(Group(_("My cases"), list(_case_lines(user, mine, counted))))
    if roles.SUPERVISORS in held:
        groups.append(Group(_("All cases"), list(_case_lines(user, (ASKED, *EVERYBODYS), counted))))
    if roles.COMPLIANCE_OFFICERS in held:
        groups.append(Group(_("Waiting for approval"), list(_approvals(user))))
    if held & {roles.ANALYSTS, roles.COMPLIANCE_OFFICERS}:
        groups.append(Group(_("Model and alerts"), [*_model(user), _alerts(user)]))
    return groups


def takes_cases(user: User) -> bool:
    """Whether the reader may ask for their next case."""
    return bool(roles.of(user) & WORKERS)


def _case_lines(user: User, wanted: tuple[CaseList, ...], counted: dict[str, int]) -> Iterator[Line]:
    for key, name, query in wanted:
        yield Line(key, name, counted[key], links.cases_url(links.case_address(user, query)))


def _counted(user: User) -> dict[str, int]:
    """How many cases each list has. One query."""
    now = bank_clock.now()
    late, mine = case_conditions.late(now), Q(assigned_to=user)
    conditions = {
        "asked": case_conditions.asked_to_talk(),
        "mine": mine,
        "due-today": mine & Q(due_on=bank_clock.day_of(now)),
        "at-risk": mine & case_conditions.at_risk(now),
        "late": mine & late,
        "waiting": mine & Q(state=Case.State.WAITING),
        "escalated": Q(state=Case.State.ESCALATED, escalated_to=user),
        "unassigned": Q(assigned_to=None),
        "breached": late,
    }
    # Names that SQL takes unquoted.
    counts = {key.replace("-", "_"): Count("pk", filter=condition) for key, condition in conditions.items()}
    found = Case.objects.visible_to(user).open().aggregate(**counts)
    return {key: found[key.replace("-", "_")] for key in conditions}


def _approvals(user: User) -> Iterator[Line]:
    policies = PolicyTemplate.objects.filter(state=Governance.SUBMITTED).count()
    yield Line("policies", _("Policies"), policies, _in_admin(user, "policytemplate", Governance.SUBMITTED))
    awaiting = Intervention.State.AWAITING_APPROVAL
    messages = Intervention.objects.filter(state=awaiting).count()
    yield Line("messages", _("Edited messages"), messages, _in_admin(user, "intervention", awaiting))


def _in_admin(user: User, model: str, state: str) -> str:
    if not user.is_staff:
        return ""
    return reverse(f"admin:interventions_{model}_changelist") + f"?state__exact={state}"


def _model(user: User) -> Iterator[Line]:
    """What the model page marks "look at this", and versions that wait for somebody's step."""
    shown = _version_shown()
    newest = reports.shown(risk_selectors.newest_reports(shown), currency=settings.BANK_CURRENCY)
    wrong = sum(each.finding is not None and each.finding.state == Finding.WRONG for each in newest)
    yield Line("checks", _("Checks that want a look"), wrong, reverse("models"))
    validated = ModelVersion.objects.filter(state=ModelVersion.State.VALIDATED).count()
    url = reverse("admin:risk_modelversion_changelist") + "?state__exact=validated" if user.is_staff else ""
    yield Line("versions", _("Versions waiting for approval"), validated, url)


def _alerts(user: User) -> Line:
    # As the page lists them: many of one kind are one line.
    count = feed.unread_lines(user, feed.settings_of(user))
    return Line("alerts", _("Unread alerts"), count, reverse("alerts") + "?show=unread")


def _version_shown() -> ModelVersion | None:
    """The version of which the model page speaks first: the active one, else the newest."""
    versions = ModelVersion.objects.defer("manifest_text", "metrics")
    active = versions.filter(state=ModelVersion.State.ACTIVE).first()
    return active or versions.order_by("-trained_at", "-pk").first()

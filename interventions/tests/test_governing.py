"""The way of a policy, a pack and a design: who may take which step, in which state, and what is recorded."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from audit.models import AuditEvent
from customers import roles
from interventions.models import PolicyTemplate
from interventions.policy import governing, governing_steps, policies
from interventions.tests import governed, staff
from interventions.tests.governed import officer
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db
STEPS: dict[str, Callable[[Any, User], Any]] = {
    "submit": lambda subject, by: governing.submit(subject=subject, by=by),
    "withdraw": lambda subject, by: governing.withdraw(subject=subject, by=by),
    "approve": lambda subject, by: governing.approve(subject=subject, by=by, reason="fit"),
    "refuse": lambda subject, by: governing.refuse(subject=subject, by=by, reason="unclear"),
    "activate": lambda subject, by: governing.activate(subject=subject, by=by),
    "retire": lambda subject, by: governing.retire(subject=subject, by=by, reason="enough"),
    "new_version": lambda subject, by: governing.new_version(subject=subject, by=by),
}
DRAFTS: dict[str, Callable[[], Any]] = {
    "policy": governed.draft_policy,
    "pack": governed.draft_pack,
    "holdout": governed.draft_holdout,
}
each_draft = pytest.mark.parametrize("name", DRAFTS)


def submitted(by: User | None = None) -> PolicyTemplate:
    return governing.submit(subject=governed.draft_policy(), by=by or officer())


def in_state(state: str) -> PolicyTemplate:
    if state == "draft":
        return governed.draft_policy()
    policy = submitted()
    if state != "submitted":
        policy = STEPS["approve"](policy, officer())
    if state in ("active", "retired"):
        policy = STEPS["activate"](policy, officer())
    return STEPS["retire"](policy, officer()) if state == "retired" else policy


@each_draft
def test_two_officers_bring_a_draft_to_stand(name: str) -> None:
    author, other = officer(), officer()
    subject = governing.submit(subject=DRAFTS[name](), by=author)
    approved = governing.approve(subject=subject, by=other, reason="fit for use")
    active = governing.activate(subject=approved, by=other)

    assert (active.state, active.author) == ("active", author)
    (decision,) = active.decisions.all()
    assert (decision.kind, decision.author, decision.decided_by) == ("approved", author, other)
    events = AuditEvent.objects.filter(subject_type=name, subject_id=active.pk).order_by("pk")
    verbs = ["submitted", "approved", "activated"]
    assert [each.action for each in events] == [f"interventions.{name}.{verb}" for verb in verbs]
    assert [each.actor_id for each in events] == [author.pk, other.pk, other.pk]


@each_draft
def test_next_version_takes_the_place_of_the_one_before(name: str) -> None:
    first = governed.active(DRAFTS[name]())

    second = governed.active(governing.new_version(subject=first, by=officer()))

    first.refresh_from_db()
    assert (first.state, first.state_reason, second.state) == ("retired", f"replaced by {second}", "active")
    assert second.version == first.version + 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("role", [roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS, roles.ANALYSTS, None])
def test_nobody_but_officers_takes_a_step(step: str, role: str | None) -> None:
    somebody = staff.user("somebody", role)
    somebody.is_superuser = True

    with pytest.raises(governing.Refused, match="that is for compliance officers"):
        STEPS[step](governed.draft_policy(), somebody)


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("submit", {"draft"}),
        ("withdraw", {"submitted"}),
        ("approve", {"submitted"}),
        ("refuse", {"submitted", "approved"}),
        ("activate", {"approved"}),
        ("retire", {"draft", "approved", "active"}),
    ],
)
@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "active", "retired"])
def test_steps_are_taken_in_their_states_only(step: str, allowed: set[str], state: str) -> None:
    policy = in_state(state)
    by = policy.author if step == "withdraw" and policy.author else officer()

    if state in allowed:
        STEPS[step](policy, by)
    else:
        with pytest.raises(governing.Refused, match=f"is {state}; only what is"):
            STEPS[step](policy, by)


@pytest.mark.parametrize(
    ("state", "step"),
    [("submitted", "approve"), ("submitted", "refuse"), ("approved", "activate"), ("active", "retire")],
)
def test_author_decides_nothing_about_their_own(state: str, step: str) -> None:
    policy = in_state(state)
    assert policy.author is not None

    with pytest.raises(governing.Refused, match="somebody else must decide"):
        STEPS[step](policy, policy.author)


def test_only_its_author_submits_withdraws_or_drops_a_draft() -> None:
    draft = governing.new_version(subject=governed.draft_policy(), by=officer())

    with pytest.raises(governing.Refused, match="Make a version of your own"):
        STEPS["submit"](draft, officer())
    with pytest.raises(governing.Refused, match="'s draft"):
        STEPS["retire"](draft, officer())
    assert draft.author is not None
    waiting = STEPS["submit"](draft, draft.author)
    with pytest.raises(governing.Refused, match="can take it back"):
        STEPS["withdraw"](waiting, officer())


def test_withdrawn_version_is_changed_and_submitted_again() -> None:
    policy = submitted()
    assert policy.author is not None
    first_hash = policy.content_hash

    policy = governing.withdraw(subject=policy, by=policy.author)
    assert policy.author is not None
    policy.action = "Call tomorrow"
    policy.save()
    policy = STEPS["submit"](policy, policy.author)

    assert (policy.state, policy.content_hash == first_hash) == ("submitted", False)


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_refused_version_is_kept_and_its_author_goes_on_with_a_copy(state: str) -> None:
    policy = in_state(state)

    refused = governing.refuse(subject=policy, by=officer(), reason="say it in fewer words")

    assert (refused.state, refused.state_reason) == ("retired", "say it in fewer words")
    copy = PolicyTemplate.objects.get(based_on=refused)
    assert (copy.state, copy.author, copy.messages) == ("draft", policy.author, policy.messages)


@pytest.mark.parametrize("step", ["approve", "refuse", "retire"])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_decisions_need_a_reason(step: str, reason: str) -> None:
    policy = in_state("active" if step == "retire" else "submitted")

    with pytest.raises(governing.Refused, match="give a reason"):
        getattr(governing, step)(subject=policy, by=officer(), reason=reason)


def test_faults_are_told_before_anybody_is_asked() -> None:
    draft = governed.draft_policy(messages={"sms": {"en": "Pay {amout} now or we call the police."}})

    with pytest.raises(governing.Refused) as refusal:
        governing.submit(subject=draft, by=officer())

    for words in ("{amout} is not known", "“police” can be read as a threat", "STOP must be in the text"):
        assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        (lambda: governed.draft_pack(rules={}), "missing required field"),
        (lambda: governed.draft_holdout(levels=["HIGH"]), "Only LOW and MEDIUM may be held out"),
        (lambda: governed.draft_holdout(hardships=[]), "Name the hardships"),
        (lambda: governed.draft_holdout(purpose=" "), "Say what is to be learnt"),
    ],
)
def test_packs_and_designs_are_checked_as_well(subject: Callable[[], Any], fault: str) -> None:
    with pytest.raises(governing.Refused, match=fault):
        governing.submit(subject=subject(), by=officer())


def test_altered_content_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, approved = submitted(), in_state("approved")
    monkeypatch.setattr(governing_steps, "content_hash", lambda _: "0" * 64)

    with pytest.raises(governing.Refused, match="it was altered"):
        STEPS["approve"](waiting, officer())
    with pytest.raises(governing.Refused, match="it was altered"):
        STEPS["activate"](approved, officer())


def test_step_and_its_audit_stand_or_fall_together() -> None:
    policy = governed.draft_policy()

    with pytest.raises(RuntimeError), transaction.atomic():
        STEPS["submit"](policy, officer())
        raise RuntimeError

    policy.refresh_from_db()
    assert policy.state == "draft"
    assert not AuditEvent.objects.filter(action="interventions.policy.submitted").exists()


def test_what_stands_is_found_by_hardship_and_level() -> None:
    policy = governed.active_policy()

    found = policies.active_policy(hardship=policy.hardship, level=policy.level, at=NOON)

    assert found == policy
    assert policies.active_policy(hardship=0, level=1, at=NOON) is None
    assert policies.active_policies(NOON) == {(policy.hardship, policy.level): policy}
    assert policies.is_usable(policy, NOON)


@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "retired"])
def test_nothing_else_stands(state: str) -> None:
    policy = in_state(state)

    assert not policies.is_usable(policy, NOON)
    assert policies.active_policies(NOON) == {}


def test_validity_begins_and_ends() -> None:
    policy = governed.active_policy(valid_from=NOON, valid_until=NOON + dt.timedelta(days=1))
    second, day = dt.timedelta(seconds=1), dt.timedelta(days=1)

    usable = [policies.is_usable(policy, NOON + gap) for gap in (-second, 0 * second, day - second, day)]

    assert usable == [False, True, True, False]


def test_object_that_was_changed_in_memory_is_not_usable() -> None:
    policy = governed.active_policy()
    policy.action = "Cut the limit"

    assert not policies.is_usable(policy, NOON)


def test_object_from_before_a_retirement_is_not_usable() -> None:
    policy = governed.active_policy()
    governing.retire(subject=policy, by=officer(), reason="enough")

    assert policy.state == "active"
    assert not policies.is_usable(policy, NOON)

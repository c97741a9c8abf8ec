"""Doing otherwise than the policy recommends, on record."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditEvent
from interventions.help import overrides
from interventions.help.helping import Refused
from interventions.models import Override
from interventions.policy import governing
from interventions.tests import governed, staff
from interventions.tests.helped import of_case, on_stage
from interventions.tests.stage import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def stage() -> Stage:
    return on_stage()


def record(stage: Stage, **fields: Any) -> Override:
    given: dict[str, Any] = {
        "chosen": "Wait a week",
        "category": "knows_customer",
        "note": "Paid on Monday",
        "by": stage.manager,
    }
    return overrides.record(case=stage.case, **given | fields)


def test_what_was_done_instead_is_recorded_beside_what_was_recommended(stage: Stage) -> None:
    made = record(stage)

    assert (made.recommended, made.chosen, made.category) == (
        stage.policy.action,
        "Wait a week",
        "knows_customer",
    )
    assert (made.policy, made.by, made.customer) == (stage.policy, stage.manager, stage.customer)
    event = AuditEvent.objects.get(action="interventions.override.recorded")
    assert "Paid" not in str(event.detail)
    assert of_case(stage.case) == ["started"]


def test_same_twice_is_one(stage: Stage) -> None:
    assert record(stage) == record(stage)
    assert record(stage, note="otherwise") != record(stage)


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"chosen": " "}, "what you do instead"),
        ({"chosen": "x" * 201}, "what you do instead"),
        ({"category": "because"}, "Choose why"),
        ({"category": "other", "note": ""}, "in a note"),
    ],
)
def test_what_is_missing_is_asked_for(stage: Stage, fields: dict[str, Any], because: str) -> None:
    with pytest.raises(Refused, match=because):
        record(stage, **fields)


def test_doing_as_recommended_is_no_override(stage: Stage) -> None:
    with pytest.raises(Refused, match="recommends"):
        record(stage, chosen=stage.policy.action)


def test_without_a_policy_there_is_nothing_to_do_otherwise(stage: Stage) -> None:
    governing.retire(subject=stage.policy, by=governed.officer(), reason="outdated")

    with pytest.raises(Refused, match="No approved policy"):
        record(stage)


def test_only_those_who_work_on_cases_override(stage: Stage) -> None:
    with pytest.raises(PermissionDenied):
        record(stage, by=governed.officer())
    record(stage, by=staff.supervisor())

"""The registry's steps from the command line: by a named user, and refused in words."""

import datetime as dt
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from risk.model import registry
from risk.model.account import operating_system_account
from risk.models import ModelVersion
from risk.tests.factories import TODAY
from risk.tests.registered import active, analyst, approved, candidate, officer, validated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture(autouse=True)
def decisions_by_command(settings: Any) -> None:
    settings.MODEL_DECISIONS_BY_COMMAND = True


def run(command: str, model: ModelVersion, **options: Any) -> str:
    output = StringIO()
    call_command(command, str(model), stdout=output, **options)
    return output.getvalue().strip()


def test_model_goes_its_way_from_the_command_line() -> None:
    model, by = candidate(), officer().username

    assert (
        run("validate_model", model, by=analyst().username, findings="sound")
        == "early-warning-1 is validated."
    )
    assert run("shadow_model", model, by=by) == "early-warning-1 is validated, in shadow."
    assert run("shadow_model", model, by=by, stop=True) == "early-warning-1 is validated."
    assert run("approve_model", model, by=by, reason="fit", valid_until=TODAY + dt.timedelta(days=30)) == (
        "early-warning-1 is approved, valid until 2026-03-19."
    )
    assert run("activate_model", model, by=by) == "early-warning-1 is active, valid until 2026-03-19."
    assert run("retire_model", model, by=by, reason="drifted").startswith("early-warning-1 is retired")


def test_approval_lasts_a_year_unless_said() -> None:
    output = run("approve_model", validated(), by=officer().username, reason="fit")

    assert output == "early-warning-1 is approved, valid until 2027-02-17."


def test_refusal_of_the_registry_is_the_commands_error() -> None:
    model = candidate()

    with pytest.raises(CommandError, match="somebody else must decide"):
        run("validate_model", model, by=model.author.username, findings="sound")


@pytest.mark.parametrize("label", ["early-warning-2", "early-warning", "other-1"])
def test_unknown_version_is_named_with_those_there_are(label: str) -> None:
    candidate()

    with pytest.raises(CommandError, match=f"There is no model {label}. Known: early-warning-1."):
        call_command("activate_model", label, by=officer().username)


def test_unknown_user_is_named() -> None:
    with pytest.raises(CommandError, match="There is no user nobody"):
        run("activate_model", candidate(), by="nobody")


def test_decision_says_that_it_was_a_command_and_whose() -> None:
    model = candidate()

    run("validate_model", model, by=analyst().username, findings="sound")

    decision = model.decisions.get()
    assert (decision.through, decision.account) == ("command", operating_system_account())
    detail = AuditEvent.objects.get(action="risk.model.validated").detail
    assert (detail["through"], detail["account"]) == ("command", operating_system_account())


@pytest.mark.parametrize(
    ("command", "make", "options"),
    [
        ("validate_model", candidate, {"findings": "sound"}),
        ("approve_model", validated, {"reason": "fit"}),
        ("activate_model", approved, {}),
    ],
)
def test_decisions_are_the_admins_unless_allowed(
    command: str, make: Callable[[], ModelVersion], options: dict[str, Any], settings: Any
) -> None:
    settings.MODEL_DECISIONS_BY_COMMAND = False
    model = make()
    before = model.state

    with pytest.raises(CommandError, match="decide in the admin at /admin/risk/modelversion/"):
        run(command, model, by=officer().username, **options)

    model.refresh_from_db()
    assert model.state == before


def test_model_can_always_be_retired_by_command(settings: Any) -> None:
    settings.MODEL_DECISIONS_BY_COMMAND = False

    assert "retired" in run("retire_model", active(), by=officer().username, reason="it harms")


def shown(**options: Any) -> str:
    output = StringIO()
    call_command("show_models", stdout=output, **options)
    return output.getvalue().strip()


def test_versions_are_shown_with_where_they_stand() -> None:
    assert shown() == "No model has been trained yet."
    assert json.loads(shown(json=True)) == []
    active(valid_until_on=TODAY)
    registry.shadow_start(model=candidate(seed=1), by=analyst())

    assert shown().splitlines() == [
        "early-warning-1 is active, valid until 2026-02-17.",
        "early-warning-2 is candidate, in shadow.",
    ]
    first, second = json.loads(shown(json=True))
    assert first == {
        "version": "early-warning-1",
        "state": "active",
        "valid_until_on": "2026-02-17",
        "shadow_since": None,
    }
    assert second["shadow_since"] is not None

"""What the system keeps is kept in one language, whoever acts, and shown in the reader's."""

import datetime as dt

import pytest
from django.utils import translation
from django.utils.formats import date_format

from audit.models import AuditEvent
from interventions import reasons, stored_words
from interventions.casework import bank_calendar
from interventions.models import PolicyTemplate
from interventions.policy import governing_steps
from interventions.tests import stage
from risk.models import Alert


def test_shown_in_the_readers_language() -> None:
    with translation.override("hi"):
        assert stored_words.shown("The case is resolved.") == "मामला निपटाया जा चुका है।"
        assert stored_words.shown("She called at noon.") == "She called at noon."
        assert stored_words.shown("") == ""


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("replaced by Income shock × HIGH v2", "इसकी जगह Income shock × HIGH v2 ने ली"),
        ("Messages by sms cannot be sent: The case is resolved.", "मामला निपटाया जा चुका है।"),
        ("The model early-warning-1 does not score: it is away. The rules go on alone.", "early-warning-1"),
    ],
)
def test_what_was_filled_in_is_shown_in_the_readers_language(kept: str, shown: str) -> None:
    assert stored_words.shown(kept) == kept
    with translation.override("hi"):
        assert shown in stored_words.shown(kept) != kept
        assert stored_words.shown(f"She said: {kept}\n") == f"She said: {kept}\n"


@pytest.mark.django_db
def test_actions_of_the_shipped_policies_are_translated() -> None:
    shipped = PolicyTemplate.objects.filter(author=None).values_list("action", flat=True)

    assert set(shipped) <= set(stored_words.ACTIONS)
    with translation.override("hi"):
        assert all(stored_words.shown(action) != action for action in stored_words.ACTIONS)


@pytest.mark.django_db
def test_warning_of_holidays_is_found_again() -> None:
    bank_calendar.warn_of_a_list_run_out()
    kept = Alert.objects.get().message

    with translation.override("hi"):
        assert "BANK_REGION" in stored_words.shown(kept) != kept


def test_days_of_the_month_are_counted_as_the_language_does() -> None:
    assert reasons.day_of_month(5) == "5th"
    with translation.override("hi"):
        assert reasons.day_of_month(5) == "5"


def test_full_stop_is_the_languages() -> None:
    assert reasons.joined(["Spends more"]) == "Spends more."
    with translation.override("hi"):
        assert reasons.joined(["वेतन देर से आया"]) == "वेतन देर से आया।"


@pytest.mark.django_db
def test_reason_is_kept_in_one_language() -> None:
    scene = stage.set_up()
    with translation.override("hi"):
        governing_steps.note("written", scene.policy, scene.manager)

    assert AuditEvent.objects.latest("pk").subject_label == "Income shock × HIGH v1"


def test_months_are_named_as_they_are_read() -> None:
    day = dt.date(2026, 11, 23)
    with translation.override("hi"):
        assert date_format(day, "j M Y") == date_format(day, "DATE_FORMAT") == "23 नवंबर 2026"
    assert date_format(day, "j M Y") == "23 Nov 2026"

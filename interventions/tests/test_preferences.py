"""Everybody reads in the language and the zone of their choice; what the bank decides by stays the bank's."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from audit.models import AuditEvent
from interventions import preferences
from interventions.console import moments
from interventions.console.settings.forms import SettingsForm
from interventions.console.settings.services import settings_save
from interventions.models import StaffSettings
from interventions.preferences import Preferences
from interventions.tests import staff

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR) / "templates"
MOMENT = dt.datetime(2026, 3, 1, 20, 30, 5, tzinfo=dt.UTC)
CHOSEN = {"language": "hi", "time_zone": "Europe/London", "has_shortcuts": "on"}


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(text: str) -> str:
    return Template("{% load console %}" + text).render(Context({"moment": MOMENT}))


@pytest.fixture
def in_london():
    preferences.use_zone("Europe/London")
    yield
    preferences.use_zone("")


def test_moments_are_the_banks_until_somebody_chooses() -> None:
    assert moments.in_wall_time(MOMENT) == "2 Mar 2026, 02:00"
    assert moments.in_bank_time(MOMENT) == "2 Mar, 02:00"


@pytest.mark.usefixtures("in_london")
def test_moments_of_the_wall_clock_are_the_readers_and_of_the_bank_clock_the_banks_by_name() -> None:
    assert moments.in_wall_time(MOMENT) == "1 Mar 2026, 20:30"
    assert moments.in_bank_time(MOMENT) == "2 Mar, 02:00 IST"
    assert timezone.get_current_timezone_name() == settings.BANK_TIME_ZONE


@pytest.mark.usefixtures("in_london")
@pytest.mark.parametrize("text", ["{% age moment %}", "{{ moment|wall_time }}"])
def test_hover_says_the_readers_time_and_utc(text: str) -> None:
    html = shown(text)

    assert 'title="1 Mar 2026, 20:30:05 GMT, that is 1 Mar, 20:30:05 UTC"' in html
    assert 'datetime="2026-03-01T20:30:05+00:00"' in html


@pytest.mark.usefixtures("in_london")
def test_moments_of_the_banks_clock_say_zone_year_and_utc_on_hover() -> None:
    hover = "2 Mar 2026, 02:00:05 IST, that is 1 Mar, 20:30:05 UTC"

    assert shown("{{ moment|bank_time }}") == (
        f'<time datetime="2026-03-01T20:30:05+00:00" title="{hover}">2 Mar, 02:00 IST</time>'
    )
    assert shown("{{ moment|bank_time_text }}") == "2 Mar, 02:00 IST"
    assert shown("{{ nothing|bank_time }}{{ nothing|bank_time_text }}") == ""


BANK_TIME_IN_AN_ATTRIBUTE = re.compile(r"""\w+="[^"]*\|bank_time(?!_text)""")


def test_attributes_hold_moments_of_the_banks_clock_as_text() -> None:
    wrong = [
        each.name for each in TEMPLATES.rglob("*.html") if BANK_TIME_IN_AN_ATTRIBUTE.search(each.read_text())
    ]

    assert not wrong


@pytest.mark.parametrize("name", ["Nowhere/Land", "../etc/passwd", "\x00", "x" * 5000, "/etc/localtime"])
def test_zone_that_nobody_knows_is_the_banks(name: str) -> None:
    preferences.use_zone(name)

    assert preferences.zone().key == settings.BANK_TIME_ZONE


def test_settings_hold_at_once_and_at_the_next_login() -> None:
    user = staff.supervisor()
    client = logged_in(user)

    response = client.post("/settings/", CHOSEN)

    assert response.status_code == 302
    assert StaffSettings.objects.get().time_zone == "Europe/London"
    for reader in (client, logged_in(user)):
        html = reader.get("/settings/").content.decode()
        assert '<html lang="hi">' in html
        assert "(Europe/London)" in html
        assert 'data-keys="on"' in html


def test_choice_of_language_overrules_the_browsers() -> None:
    client = logged_in(staff.supervisor())
    client.post("/settings/", {**CHOSEN, "language": "en"})

    html = client.get("/settings/", headers={"Accept-Language": "hi"}).content.decode()

    assert '<html lang="en">' in html


def test_without_choice_the_browser_decides() -> None:
    client = logged_in(staff.supervisor())

    assert b'<html lang="hi">' in client.get("/settings/", headers={"Accept-Language": "hi"}).content


def test_choices_of_one_do_not_reach_the_next_request_of_another() -> None:
    first, second = logged_in(staff.supervisor()), logged_in(staff.manager())
    first.post("/settings/", CHOSEN)
    first.get("/settings/")

    html = second.get("/settings/").content.decode()

    assert '<html lang="en">' in html
    assert f"({settings.BANK_TIME_ZONE})" in html
    assert preferences.zone().key == settings.BANK_TIME_ZONE


def test_request_looks_nothing_up() -> None:
    client = logged_in(staff.supervisor())

    with CaptureQueriesContext(connection) as captured:
        client.get("/search/")

    assert not [query for query in captured if "staffsettings" in query["sql"]]


@pytest.mark.parametrize(
    "said", [{"language": "xx"}, {"time_zone": "Mars/Base"}, {"time_zone": "x" * 9999}, {"language": "\x00"}]
)
def test_what_is_not_offered_is_refused_in_words(said: dict[str, str]) -> None:
    client = logged_in(staff.supervisor())

    response = client.post("/settings/", {**CHOSEN, **said})

    assert response.status_code == 422
    assert "This could not be sent" in response.content.decode()
    assert not StaffSettings.objects.exists()


def test_keyboard_is_turned_off_by_itself() -> None:
    client = logged_in(staff.supervisor())
    client.post("/settings/", CHOSEN)

    assert client.post("/settings/keyboard/", {}).status_code == 204

    assert 'data-keys="off"' in client.get("/settings/").content.decode()
    assert StaffSettings.objects.get().language == "hi"
    client.post("/settings/keyboard/", {"has_shortcuts": "on"})
    assert StaffSettings.objects.get().has_shortcuts


def test_change_is_in_the_audit_once() -> None:
    user = staff.supervisor()
    chosen = Preferences(time_zone="Europe/London")

    settings_save(user=user, chosen=chosen)
    settings_save(user=user, chosen=chosen)

    event = AuditEvent.objects.get(action="interventions.settings.changed")
    assert event.detail == {"time_zone": {"from": "", "to": "Europe/London"}}
    assert event.actor_id == user.pk


def test_login_page_speaks_the_chosen_language() -> None:
    client = Client()

    client.post("/accounts/language/", {"language": "hi", "next": "/accounts/login/"})

    assert b'<html lang="hi">' in client.get("/accounts/login/").content
    client.post("/accounts/language/", {"language": "xx", "next": "https://evil.example/"})
    assert b'<html lang="hi">' in client.get("/accounts/login/").content


def test_login_page_remembers_the_language_of_the_settings() -> None:
    client = logged_in(staff.supervisor())
    client.post("/settings/", CHOSEN)
    client.post("/accounts/logout/")

    assert b'<html lang="hi">' in client.get("/accounts/login/").content


def test_language_of_a_request_ends_with_it() -> None:
    client = logged_in(staff.supervisor())
    client.post("/settings/", CHOSEN)
    client.get("/settings/")
    Client().get("/accounts/login/")

    assert translation.get_language() == "en"


def test_every_offered_zone_is_one() -> None:
    offered = preferences.zones()

    assert {"UTC", "Asia/Kolkata", "Europe/London"} <= set(offered)
    assert all(preferences.is_zone(name) for name in offered)


def test_zones_are_offered_once_by_region_with_the_banks_first() -> None:
    form = SettingsForm(now=timezone.now())
    choices: list[Any] = form.fields["time_zone"].choices  # type: ignore[attr-defined]

    assert choices[0][0] == ""
    assert choices[1][0] == "UTC"
    regions = [name for name, places in choices if isinstance(places, list)]
    assert regions[:2] == ["Asia", "Africa"]
    places = dict(choices[2][1])
    assert places["Asia/Kolkata"] == "Kolkata (UTC+05:30)"
    assert not {"Asia/Calcutta", "Africa/Asmera"} & set(preferences.zones())


def test_stored_zone_by_an_earlier_name_is_kept() -> None:
    for stored, is_valid in (("Asia/Calcutta", True), ("", False), ("Mars/Base", False)):
        said = {"language": "", "time_zone": stored or "Asia/Calcutta"}
        assert SettingsForm(said, now=timezone.now(), stored=stored).is_valid() is is_valid

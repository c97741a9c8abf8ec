"""Who else has a case open: a courtesy of Redis, and nothing without it."""

import time
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django.fixtures import Settings

from interventions.console import presence
from interventions.console.presence import Other
from interventions.tests import staff, stage
from interventions.tests.test_case_live import client_of, polled, words


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    presence._client.cache_clear()
    yield
    presence._client.cache_clear()


def here(user_id: int, *, is_writing: bool = False, case_id: int = 7) -> list[Other]:
    return presence.note(case_id=case_id, user_id=user_id, is_writing=is_writing)


@pytest.mark.redis
def test_readers_see_each_other_writers_first_and_never_themselves() -> None:
    assert here(1) == []
    assert here(2) == [Other(1, is_writing=False)]
    assert here(3, is_writing=True) == [Other(1, is_writing=False), Other(2, is_writing=False)]

    assert here(1) == [Other(3, is_writing=True), Other(2, is_writing=False)]
    assert here(1, case_id=8) == []
    here(3)
    assert here(2) == [Other(1, is_writing=False), Other(3, is_writing=False)]


@pytest.mark.redis
def test_whoever_gives_no_sign_is_forgotten() -> None:
    here(1)

    with time_machine.travel(time.time() + presence.LASTS_SECONDS + 1, tick=True):
        assert here(2) == []


@pytest.mark.redis
@pytest.mark.django_db
def test_poll_tells_of_a_colleague_and_then_is_silent_again() -> None:
    scene, boss = stage.set_up(), staff.supervisor()
    client = client_of(scene.manager)
    address = polled(client, scene.case)
    presence.note(case_id=scene.case.pk, user_id=boss.pk, is_writing=True)

    html = words(client, address)

    assert "supervisor is writing here." in html and 'id="history"' not in html
    (again,) = [part for part in html.split('"') if "freshness" in part and part.startswith("/")]
    assert client.get(again.replace("&amp;", "&")).status_code == 204


@pytest.mark.django_db
def test_without_redis_nothing_is_shown_and_nothing_fails(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    scene, boss = stage.set_up(), staff.supervisor()

    presence.note(case_id=scene.case.pk, user_id=boss.pk, is_writing=True)
    html = words(client_of(scene.manager), f"/cases/{scene.case.pk}/")

    assert '<div class="present" id="present" role="status"></div>' in html


@pytest.mark.django_db
def test_whoever_has_no_account_any_more_is_left_out() -> None:
    boss = staff.supervisor()

    assert presence.in_words([]) == []
    assert presence.in_words([Other(boss.pk, is_writing=False), Other(boss.pk + 999, is_writing=True)]) == [
        "supervisor is looking at this."
    ]
    assert presence.signature([Other(1, is_writing=True), Other(2, is_writing=False)]) == "1w.2"

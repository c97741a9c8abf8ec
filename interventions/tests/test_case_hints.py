"""Who is told that a case changed: those who see everybody, and those who look after the customer."""

from collections.abc import Iterable
from typing import Any

import pytest

from interventions import case_hints
from interventions.casework import cases
from interventions.tests.cases import opened
from interventions.tests.staff import assessed, manager, supervisor
from risk.hints import EVERYBODY, Publisher, group_of_manager

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


class Heard:
    """A publisher that keeps what it is told."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    def publish(self, groups: Iterable[str]) -> None:
        self.groups.append(list(groups))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    found = Heard()
    monkeypatch.setattr(case_hints, "_publisher", lambda: found)
    return found


def test_managers_old_and_new_and_those_who_cover_are_told_after_the_commit(
    heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    rm, covering, new, boss = manager("rm1"), manager("rm2"), manager("rm3"), supervisor()
    case = opened(assessed(assigned_rm=rm, covering_rm=covering), to=covering)

    with django_capture_on_commit_callbacks(execute=True):
        cases.assign(case_id=case.pk, version=1, by=boss, to=new)
        assert heard.groups == []

    assert heard.groups == [[EVERYBODY, *sorted(group_of_manager(each.pk) for each in (rm, covering, new))]]


def test_process_has_one_publisher() -> None:
    assert isinstance(case_hints._publisher(), Publisher)
    assert case_hints._publisher() is case_hints._publisher()

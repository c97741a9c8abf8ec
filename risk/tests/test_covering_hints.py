"""Whoever covers a customer hears of their risk, as the customer's own manager does."""

from collections.abc import Iterable
from typing import cast

import pytest
from django.contrib.auth.models import User

from customers.tests.factories import CustomerFactory
from risk.hints import EVERYBODY, Publisher, group_of_manager
from risk.refresh import Refresher
from risk.services import mark_dirty


class Heard:
    """A publisher that keeps what it is told."""

    def __init__(self) -> None:
        self.groups: set[str] = set()

    def publish(self, groups: Iterable[str]) -> None:
        self.groups |= set(groups)


@pytest.mark.django_db(transaction=True)
def test_refresh_tells_the_manager_and_whoever_covers() -> None:
    rm, covering = User.objects.create(username="rm1"), User.objects.create(username="rm2")
    mark_dirty([CustomerFactory.create(assigned_rm=rm, covering_rm=covering).pk, CustomerFactory.create().pk])
    heard = Heard()

    Refresher(publisher=cast("Publisher", heard)).chunk()

    assert heard.groups == {EVERYBODY, group_of_manager(rm.pk), group_of_manager(covering.pk)}

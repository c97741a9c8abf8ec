"""A page that says what went wrong leaves no connection behind, wherever it is made."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.http import Http404
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from equilibrate_site import errors
from interventions.tests import staff


@pytest.mark.django_db(transaction=True)
def test_page_made_in_a_thread_of_nobody_leaves_no_connection_behind() -> None:
    reader = staff.supervisor()

    def made() -> tuple[int, bool, bool]:
        request = RequestFactory().get("/nothing/")
        asked = []

        def user() -> User | AnonymousUser:
            asked.append(True)
            return User.objects.get(pk=reader.pk)

        request.user = SimpleLazyObject(user)  # type: ignore[assignment]
        status = errors.page_not_found(request, Http404()).status_code
        return status, bool(asked), connection.connection is None

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(made).result() == (404, True, True)


@pytest.mark.django_db
def test_transaction_that_somebody_opened_goes_on() -> None:
    reader = staff.supervisor()
    errors.page_not_found(RequestFactory().get("/nothing/"), Http404())
    assert User.objects.filter(pk=reader.pk).exists()

"""The links to customers' pages: in approved words alone, the same at every writing, and stored as a hash."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from interventions.contact import page_links
from interventions.messages import composing
from interventions.messages.sms_segments import segments
from interventions.models import Channel, PageLink
from interventions.policy import checking
from interventions.tests import governed, helped, pages, staff
from interventions.tests.pages import BASE, opened
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


def test_link_is_the_same_in_preview_draft_and_delivery() -> None:
    stage = helped.on_stage(messages=pages.MESSAGES, fields={}, personal_line_max=0)

    previews = {composing.preview(case=stage.case, channel="sms").body for _turn in range(2)}
    page = pages.of_stage(stage)

    assert previews == {page.delivery.body}
    assert page.delivery.body.endswith(f"Your answer: {BASE}/h/{page.token}")
    assert page.link.delivery_id == page.delivery.pk
    assert page.link.customer_id == stage.customer.pk


def test_database_knows_no_token() -> None:
    page = opened()

    assert page.link.token_sha256 == page_links.digest(page.token)
    assert not AuditEvent.objects.filter(detail__icontains=page.token).exists()


def test_link_fits_into_an_sms() -> None:
    assert segments(opened().delivery.body) <= 2


def test_each_channel_has_a_link_of_its_own() -> None:
    page = opened()
    other = page_links.address_of(
        case=page.case, template_id=page.delivery.template_id, channel=Channel.EMAIL
    )

    assert other and page.token not in other


def test_link_is_a_draft_of_nothing_before_it_is_queued() -> None:
    stage = helped.on_stage(messages=pages.MESSAGES, fields={}, personal_line_max=0)
    message = composing.draft(case=stage.case, channel="sms", by=stage.manager)

    assert page_links.found(message.body.split("/h/")[1]) is None


@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "CUSTOMER_PAGE"])
def test_line_vanishes_where_there_is_no_page(settings: Settings, name: str) -> None:
    setattr(settings, name, "")
    stage = helped.on_stage(messages=pages.MESSAGES, fields={}, personal_line_max=0)

    body = composing.preview(case=stage.case, channel="sms").body

    assert body.endswith("Reply STOP to opt out.")


def test_hindi_line_is_hindi() -> None:
    assert f"आपका जवाब: {BASE}/h/" in opened(language="hi").delivery.body


def test_edited_words_may_keep_the_link_and_invent_no_other() -> None:
    stage = helped.on_stage(messages=pages.MESSAGES, fields={}, personal_line_max=0)
    message = composing.draft(case=stage.case, channel="sms", by=stage.manager)

    edited = composing.edit(intervention=message, body=f"Hello. {message.body}", by=stage.manager)
    assert edited.is_edited
    with pytest.raises(composing.Refused, match="https://elsewhere"):
        composing.edit(
            intervention=message,
            body=message.body.replace(BASE, "https://elsewhere.example"),
            by=stage.manager,
        )


@pytest.mark.parametrize("token", ["", "x", "é" * 22, "\0" * 22, "0" * 22, "0" * 500, "../../etc/passwd"])
def test_wrong_token_leads_nowhere(token: str) -> None:
    opened()

    assert page_links.found(token) is None


def test_link_expires_by_the_banks_clock(settings: Settings) -> None:
    page = opened()

    with time_machine.travel(NOON + dt.timedelta(days=settings.CUSTOMER_PAGE_DAYS, minutes=-1)):
        assert page_links.found(page.token) is not None
    with time_machine.travel(NOON + dt.timedelta(days=settings.CUSTOMER_PAGE_DAYS, minutes=1)):
        assert page_links.found(page.token) is None


def test_revoked_link_leads_nowhere_and_the_next_message_has_another() -> None:
    page = opened()

    assert page_links.revoke(case=page.case, by=page.stage.manager, reason="sent to a wrong number") == 1

    assert page_links.found(page.token) is None
    again = page_links.address_of(case=page.case, template_id=page.delivery.template_id, channel="sms")
    assert page.token not in again
    with pytest.raises(page_links.LinkRefused):
        page_links.revoke(case=page.case, by=page.stage.manager, reason="again")


def test_revoking_needs_a_reason_and_somebody_who_looks_after_them() -> None:
    page = opened()

    with pytest.raises(page_links.LinkRefused):
        page_links.revoke(case=page.case, by=page.stage.manager, reason=" ")
    with pytest.raises(PermissionDenied):
        page_links.revoke(case=page.case, by=staff.manager("rm9"), reason="r")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE interventions_pagelink SET token_sha256 = 'x'",
        "UPDATE interventions_pagelink SET customer_id = customer_id + 1",
        "UPDATE interventions_pagelink SET failed_identifications = -1",
        "DELETE FROM interventions_pagelink",
        "TRUNCATE interventions_pagelink CASCADE",
    ],
)
def test_what_a_link_leads_to_is_frozen_for_raw_sql(statement: str) -> None:
    opened()

    refused = pytest.raises(DatabaseError, match=r"link|permission|never|cannot|numeric")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert PageLink.objects.count() == 1


def test_spoken_text_with_a_link_is_refused() -> None:
    draft = governed.draft_policy(
        messages={"voice": {"en": "To stop, say stop. {advice_line} {help_link}"}, "sms": {"en": pages.TEXT}}
    )

    assert any("heard" in fault for fault in checking.faults_of(draft))


def test_ends_after_it_begins() -> None:
    page = opened()

    with pytest.raises(IntegrityError), transaction.atomic():
        PageLink.objects.filter(pk=page.link.pk).update(expires_at=NOON - dt.timedelta(days=1))

"""Who asks on their page to talk to a person reaches whoever looks after them: by the bell, on Home, in the list."""

import datetime as dt
import uuid

import pytest
from django.http import QueryDict
from django.test import Client
from pytest_django.fixtures import Settings

from customers import bank_clock
from interventions.alerting import feed
from interventions.answering import answers
from interventions.answering.answers import Said
from interventions.casework import conversations
from interventions.console import case_rows
from interventions.console.case_filters import CaseAddress
from interventions.console.home.attention import most_urgent
from interventions.console.home.work import Line, work_of
from interventions.models import Case, CustomerAnswer, Notice
from interventions.tests import cases, staff
from interventions.tests.pages import BASE, Page, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


@pytest.fixture
def theirs() -> Page:
    return opened()


def say(theirs: Page, kind: str = CustomerAnswer.Kind.TALK) -> None:
    is_talk = kind == CustomerAnswer.Kind.TALK
    said = Said(
        kind=kind,
        day_on=bank_clock.today() + dt.timedelta(days=3),
        channel="call" if is_talk else "",
        part_of_day="evening" if is_talk else "",
    )
    answers.give(link=theirs.link, said=said, key=uuid.uuid4())


def reader(theirs: Page) -> Client:
    client = Client()
    client.force_login(theirs.stage.manager)
    return client


def asked_line(theirs: Page) -> Line:
    return next(
        line for group in work_of(theirs.stage.manager) for line in group.lines if line.key == "asked"
    )


def test_bell_tells_the_manager_alone_and_leads_to_the_case(theirs: Page) -> None:
    manager = theirs.stage.manager
    before = feed.unread_count(manager)

    say(theirs, CustomerAnswer.Kind.PAY_DAY)
    assert feed.unread_count(manager) == before
    say(theirs)

    assert feed.unread_count(manager) == before + 1
    notice = Notice.objects.get(kind="asked_to_talk")
    assert (notice.customer, notice.case_id) == (theirs.stage.customer, theirs.case.pk)
    assert feed.unread_count(staff.manager("rm2")) == 0
    html = reader(theirs).get("/alerts/?kind=asked_to_talk").content.decode()
    assert "The customer asks on their page to talk to a person." in html
    assert reader(theirs).get(f"/alerts/{notice.pk}/")["Location"] == f"/cases/{theirs.case.pk}/"
    assert reader(theirs).get("/settings/alerts/").content.decode().count('value="asked_to_talk"') == 2


def test_work_in_hand_leads_to_exactly_who_waits(theirs: Page) -> None:
    cases.opened(to=theirs.stage.manager, rank=99.0)
    assert asked_line(theirs).count == 0

    say(theirs)

    line = asked_line(theirs)
    assert (line.count, line.is_pressing, line.url) == (1, True, "/cases/?view=all&asked=talk")
    html = reader(theirs).get(line.url).content.decode()
    assert html.count("data-row") == 1 and f'href="/cases/{theirs.case.pk}/"' in html
    conversations.record(
        customer=theirs.stage.customer,
        case=Case.objects.get(pk=theirs.case.pk),
        channel="call",
        result="spoke",
        by=theirs.stage.manager,
    )
    assert asked_line(theirs).count == 0


def test_who_asked_needs_attention_before_a_higher_rank(theirs: Page) -> None:
    higher = cases.opened(to=theirs.stage.manager, rank=99.0)
    assert most_urgent(user=theirs.stage.manager)[0].row.case == higher

    say(theirs)

    found = most_urgent(user=theirs.stage.manager)
    assert [(each.row.case.pk, each.row.wants_talk) for each in found] == [
        (theirs.case.pk, True),
        (higher.pk, False),
    ]
    assert 'class="wants-talk"' in reader(theirs).get("/").content.decode()


def test_who_asked_stands_first_in_the_list_on_whatever_page(
    theirs: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_rows, "PAGE_SIZE", 2)
    manager = theirs.stage.manager
    more = [cases.opened(to=manager, rank=rank) for rank in (900.0, 800.0, 700.0)]
    say(theirs)
    wanted, pages, after = [theirs.case.pk, *(case.pk for case in more)], [], ""

    for _page in range(2):
        address = CaseAddress.read(QueryDict(f"view=all&after={after}"), manager)
        rows = case_rows.case_list(user=manager, address=address).rows
        pages += [row.case.pk for row in rows]
        after = str(rows[-1].case.pk)

    assert pages == wanted
    behind_them = CaseAddress.read(QueryDict(f"view=all&after={theirs.case.pk}"), manager)
    assert [row.case.pk for row in case_rows.case_list(user=manager, address=behind_them).rows] == wanted[1:3]

"""What of a case's page is open, as its address says it."""

import pytest
from django.http import QueryDict
from django.test import Client

from interventions.console.case_opened import Opened
from interventions.tests import stage


def opened(query: str) -> Opened:
    read = QueryDict(query)
    return Opened.read(read, channel=read.get("channel", ""))


@pytest.mark.parametrize("query", ["", "channel=sms", "history=sent", "channel=call&history=gate&all=1"])
def test_address_says_again_what_was_read(query: str) -> None:
    assert opened(query).query.urlencode() == query


@pytest.mark.parametrize(
    "query",
    ["channel=pigeon", "history=weather", "all=yes", "channel[]=sms", "channel=%00", "history=%F0%9F%90%8C"],
)
def test_what_cannot_be_understood_is_left_out(query: str) -> None:
    assert opened(query) == Opened()


def test_suggested_channel_is_not_of_the_address() -> None:
    read = Opened.read(QueryDict("history=sent"), channel="sms", is_choice=False)

    assert read.channel == "sms"
    assert read.query.urlencode() == "history=sent"


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_channel_and_history_keep_each_other(client: Client) -> None:
    scene = stage.set_up()
    client.force_login(scene.manager)

    html = client.get(f"/cases/{scene.case.pk}/?channel=sms&history=sent").content.decode()

    page = f'href="/cases/{scene.case.pk}/'
    assert f'{page}?channel=call&amp;history=sent"' in html
    assert f'{page}?channel=sms&amp;history=gate"' in html
    assert f'{page}?channel=sms"' in html

"""Whoever opts out is found by their number or mailbox without reading every customer, however the bank spells it."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.contact import contact_history, opt_outs
from interventions.models import Channel, ConsentEvent, Delivery
from interventions.tests.stage import EMAIL, PHONE, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
MANY = 100_000


@pytest.fixture
def many() -> Iterator[None]:
    """A bank of 100,000 customers, each with a telephone and a mailbox, known to the planner."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_customer (source, bank_id, full_name, gender, city, time_zone, employment, phone,
                email, language, is_vulnerable, is_provisional, updated_at)
            SELECT 'core', 'many' || n, '', '', '', '', '', '+91 ' || (7000000000 + n), 'c' || n || '@many.example',
                'en', false, false, now()
            FROM generate_series(1, %s) AS n
            """,
            [MANY],
        )
        cursor.execute("ANALYZE customers_customer")
    yield


def plans(address: str, channel: str) -> list[str]:
    """How PostgreSQL goes about each statement of the look-up."""
    with CaptureQueriesContext(connection) as asked:
        opt_outs.customers_at(address, channel)
    statements = [each["sql"] for each in asked.captured_queries]
    return [explained(each) for each in statements]


def explained(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.usefixtures("many")
def test_among_a_hundred_thousand_no_table_is_read_through() -> None:
    """With the planner's settings as they are in production."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone() == ("on",)

    by_phone, by_mailbox = plans("+917000000007", Channel.SMS), plans("C7@MANY.example", Channel.EMAIL)

    assert "customer_by_phone_end" in by_phone[0]
    assert "customer_by_mailbox" in by_mailbox[0]
    for plan in by_phone + by_mailbox:
        assert "Seq Scan on customers_customer" not in plan, plan
    assert [each.bank_id for each in opt_outs.customers_at("+917000000007", Channel.SMS)] == ["many7"]
    assert [each.bank_id for each in opt_outs.customers_at("C7@MANY.example", Channel.EMAIL)] == ["many7"]


@pytest.mark.parametrize(("address", "channel"), [(PHONE, Channel.SMS), (EMAIL, Channel.EMAIL)])
def test_deliveries_are_found_by_an_index_once_there_are_many(address: str, channel: str) -> None:
    """Of few the planner rightly reads all, by any index; how it would go about many, it says where that is made dear.

    A bitmap is made of an index's own condition alone.
    """
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    assert "delivery_by_folded_address" in plans(address, channel)[1]


@pytest.mark.parametrize(
    "spelled",
    [
        "+919876543210", "+91 98765-43210", "09876543210", "9876543210", "(0) 98765 43210", "0091 9876543210",
        "tel:+91-98765-43210", "98765.43210 ext. 12", "९८७६५४३२१०", "９８７６５４３２１０", "Mob: 98765 43210",
    ],
)  # fmt: skip
def test_number_is_found_however_it_is_spelled(spelled: str) -> None:
    customer = CustomerFactory.create(phone=spelled)

    assert opt_outs.customers_at("+919876543210", Channel.SMS) == [customer]


@pytest.mark.parametrize("phone", ["+449876543210", "19876543210", "", "nobody's", "98765432"])
def test_number_of_somebody_else_is_not_theirs(phone: str) -> None:
    CustomerFactory.create(phone=phone)

    assert opt_outs.customers_at("+919876543210", Channel.SMS) == []


def test_everybody_at_a_shared_number_opts_out_together() -> None:
    first = set_up()
    second = set_up(name="Vikram Rao", manager=first.manager)
    Customer.objects.filter(pk=second.customer.pk).update(phone="098765 43210")

    count = opt_outs.of_address(PHONE, channel=Channel.SMS, source=ConsentEvent.Source.REPLY, evidence="x")

    assert count == 2
    for customer in (first.customer, second.customer):
        assert (
            not ConsentEvent.objects.filter(customer=customer, channel="sms").latest("happened_at").is_granted
        )


def test_wide_letters_of_a_mailbox_are_no_obstacle() -> None:
    customer = CustomerFactory.create(email=EMAIL.title())

    assert opt_outs.customers_at(EMAIL, Channel.EMAIL) == [customer]
    assert Delivery.objects.count() == 0


def test_consent_of_the_same_moment_is_withdrawn_by_a_reply() -> None:
    """Of two statements of one moment the later row is the last word, which a reply must end as any other."""
    stage = set_up()
    midnight = timezone.now().replace(hour=0, minute=0)
    for is_granted in (False, True):
        ConsentEvent.objects.create(
            customer=stage.customer, channel="sms", purpose="support", is_granted=is_granted, source="import",
            happened_at=midnight,
        )  # fmt: skip
    assert contact_history.consents_of(stage.customer.pk, "support")["sms"]

    opt_outs.of_address(PHONE, channel=Channel.SMS, source=ConsentEvent.Source.REPLY, evidence="x")

    assert not contact_history.consents_of(stage.customer.pk, "support")["sms"]

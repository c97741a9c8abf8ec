"""Where a message goes: addresses as providers want them. `masking.address` says how people see them."""

import re
from email.utils import parseaddr

import phonenumbers
from django.conf import settings

from customers.models import Customer
from interventions.models import Channel

# One plain mailbox: no list, no comment, no line break that could begin another header.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


def of_customer(customer: Customer, channel: str) -> str:
    """Where this customer is reached by a channel; empty where nothing usable is known."""
    return mailbox(customer.email) if channel == Channel.EMAIL else phone(customer.phone)


def phone(text: str) -> str:
    """A telephone number in E.164 (+919876543210); empty where it cannot be one.

    A number without a country is taken for one of BANK_PHONE_REGION.
    """
    try:
        number = phonenumbers.parse(text, settings.BANK_PHONE_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mailbox(text: str) -> str:
    """An e-mail address without anything round it; empty where it is none that a plain SMTP server takes."""
    plain = text.strip()
    return plain if len(plain) <= 254 and _MAILBOX.fullmatch(plain) else ""


def within(sender: str) -> str:
    """The address in a sender such as `A Bank <help@bank.example>`."""
    return parseaddr(sender)[1]

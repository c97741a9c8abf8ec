"""What the bank's records say in a message: the values of its placeholders, in the language of who reads it."""

import datetime as dt

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from customers import bank_clock, formats
from interventions.contact import spoken_of
from interventions.messages.first_names import first_name
from interventions.models import Case

HELP_LINK = {"en": "Your answer: %s", "hi": "आपका जवाब: %s"}
OPT_OUT = {"en": "Reply STOP to get no more of these messages.", "hi": "ये संदेश रोकें: STOP लिखकर भेजें।"}


def values_of(case: Case, *, language: str | None = None, link: str = "") -> dict[str, str]:
    """The values by placeholder. What the records do not know is left out, so that a message that needs it is refused.

    - first_name: one name without honorifics (`first_names`); where only a whole name can be written, that
    - amount, due_on: what is left of the next instalment, and its day
    - bank_name, bank_phone, advice_line: from the settings
    - rm_name: whoever works on the case, else who looks after the customer
    - opt_out: how to get no more messages
    - help_link: the line that leads to the customer's page

    Args:
        case: Whose customer it is about.
        language: Of the message; None: the customer's.
        link: Where the customer's page is (`page_links.address_of`); "": there is none.
    """
    customer = case.customer
    language = language or customer.language
    with override(language):
        values = {
            "first_name": first_name(customer.full_name),
            **_due(customer.pk, bank_clock.today()),
            "bank_name": settings.BANK_NAME,
            "bank_phone": settings.BANK_PHONE,
            "advice_line": settings.ADVICE_LINE,
            "rm_name": _name_of_manager(case),
            "opt_out": OPT_OUT.get(language, OPT_OUT["en"]),
            "help_link": HELP_LINK.get(language, HELP_LINK["en"]) % link if link else "",
        }
    return {name: value for name, value in values.items() if value}


def _due(customer_id: int, today_on: dt.date) -> dict[str, str]:
    due = spoken_of.next_due(customer_id)
    if due is None:
        return {}
    due_on, amount = due
    return {
        "amount": formats.exact_money(amount, settings.BANK_CURRENCY),
        "due_on": _day(due_on, today_on),
    }


def _day(day: dt.date, today_on: dt.date) -> str:
    """28 November; with its year where that is another one than the present."""
    return str(date_format(day, "j F" if day.year == today_on.year else "j F Y"))


def _name_of_manager(case: Case) -> str:
    manager = spoken_of.manager_of(case)
    return (manager.get_full_name() if manager else "") or _("your relationship manager")

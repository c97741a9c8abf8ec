"""How a customer's page writes transactions."""

from decimal import Decimal

from django import template
from django.utils.functional import Promise

from customers import formats
from interventions.console.profile.address import KIND_WORDS, STATUS_WORDS

register = template.Library()


@register.filter
def transaction_kind(kind: str) -> str | Promise:
    return KIND_WORDS[kind]


@register.filter
def transaction_status(status: str) -> str | Promise:
    return STATUS_WORDS[status]


@register.filter
def exact(amount: Decimal, currency: str) -> str:
    return formats.exact_money(amount, currency)

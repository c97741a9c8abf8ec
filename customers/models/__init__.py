"""The customer and what the bank knows: loans, instalments, payments, transactions, tiles, the bank's clock."""

from customers.models.activity import ActivityTile, Transaction
from customers.models.clock import BankClock
from customers.models.customer import Customer
from customers.models.loan import Instalment, InstalmentPayment, Loan
from customers.models.stated import StatedPayDay

__all__ = [
    "ActivityTile",
    "BankClock",
    "Customer",
    "Instalment",
    "InstalmentPayment",
    "Loan",
    "StatedPayDay",
    "Transaction",
]

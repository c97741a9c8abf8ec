"""The closed lists of the simulated bank, as small integers for arrays and as the words of the event."""

from enum import IntEnum

import numpy as np


class Persona(IntEnum):
    """Ground truth for evaluation; never part of an event or of a score's input."""

    STABLE = 0
    OVERSPENDER = 1
    INCOME_SHOCK = 2
    SILENT_DRAIN = 3


class Employment(IntEnum):
    SALARIED = 0
    SELF_EMPLOYED = 1
    GIG_WORKER = 2
    UNEMPLOYED = 3
    RETIRED = 4


class Channel(IntEnum):
    UPI = 0
    POS = 1
    ATM = 2
    AUTODEBIT = 3
    NETBANKING = 4
    BANK_TRANSFER = 5


class Category(IntEnum):
    """Merchant categories; the first seven are what customers buy, in the order of ``Spending``'s tuples."""

    GROCERY = 0
    MEDICAL = 1
    FOOD = 2
    DINING = 3
    ENTERTAINMENT = 4
    SHOPPING = 5
    TRAVEL = 6
    UTILITY = 7
    RENT = 8
    INSURANCE = 9
    EMI = 10
    LOANAPP = 11
    GAMBLING = 12
    ATM_WITHDRAWAL = 13
    SALARY = 14
    TRANSFER = 15


class Status(IntEnum):
    BOOKED = 0
    RETURNED = 1
    DECLINED = 2


class Cause(IntEnum):
    """Why an instalment was not paid on its due day: ground truth, for evaluation only."""

    NONE = 0
    FORGOTTEN = 1
    SHORT = 2
    HIDDEN = 3


class Slot(IntEnum):
    """The moments of a customer's day, in the order in which they happen; each posts at most one event."""

    INCOME = 0
    INSTALMENT_FIRST = 1
    INSTALMENT_SECOND = 2
    RETRY_FIRST = 3
    RETRY_SECOND = 4
    ELECTRICITY = 5
    TELECOM = 6
    INSURANCE = 7
    PURCHASE_EARLY = 8
    SAVINGS_IN = 9
    RENT = 10
    BILL_BY_HAND = 11
    HAND_FIRST = 12
    HAND_SECOND = 13
    SAVINGS_OUT = 14
    CASH_MORNING = 15
    PURCHASE_NOON = 16
    RECEIPT = 17
    PURCHASE_AFTERNOON = 18
    EMERGENCY_IN = 19
    EMERGENCY = 20
    CASH_EVENING = 21
    PURCHASE_DUSK = 22
    TRANSFER_IN = 23
    TRANSFER_OUT = 24
    PURCHASE_EVENING = 25
    LOANAPP_IN = 26
    LOANAPP_OUT = 27
    STAKE = 28
    WINNINGS = 29
    PURCHASE_LATE = 30


EVENT_DTYPE = np.dtype(
    [
        ("number", np.int64),
        ("at_us", np.int64),
        ("amount", np.int64),
        ("balance_after", np.int64),
        ("day", np.int32),
        ("merchant", np.int32),
        ("slot", np.int8),
        ("is_credit", np.bool_),
        ("channel", np.int8),
        ("category", np.int8),
        ("is_salary", np.bool_),
        ("status", np.int8),
        ("loan", np.int8),
    ]
)

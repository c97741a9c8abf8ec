"""What a merchant category means for a household. Pure."""

from customers.models import Transaction

Kind = Transaction.Kind

KINDS: dict[str, Kind] = {
    "GROCERY": Kind.ESSENTIAL,
    "UTILITY": Kind.ESSENTIAL,
    "RENT": Kind.ESSENTIAL,
    "MEDICAL": Kind.ESSENTIAL,
    "INSURANCE": Kind.ESSENTIAL,
    "EMI": Kind.DEBT,
    "ATM_WITHDRAWAL": Kind.CASH,
    "SALARY": Kind.INCOME,
}
CASH_CHANNEL = "ATM"
# Merchant category codes of ISO 18245, by range, for what households cannot do without.
MCC_KINDS: tuple[tuple[int, int, Kind], ...] = (
    (4812, 4816, Kind.ESSENTIAL),
    (4900, 4900, Kind.ESSENTIAL),
    (5122, 5122, Kind.ESSENTIAL),
    (5411, 5422, Kind.ESSENTIAL),
    (5451, 5499, Kind.ESSENTIAL),
    (5912, 5912, Kind.ESSENTIAL),
    (5960, 5960, Kind.ESSENTIAL),
    (6010, 6011, Kind.CASH),
    (6300, 6300, Kind.ESSENTIAL),
    (6513, 6513, Kind.ESSENTIAL),
    (8011, 8099, Kind.ESSENTIAL),
)


def kind_of(*, category: str, channel: str, is_debit: bool, mcc: str | None = None) -> Kind:
    """The kind of one transaction.

    Args:
        category: the event's merchant category, or an MCC of four digits.
        channel: the event's channel; a debit at a cash machine is cash, whatever its category says.
        is_debit: whether money left the account.
        mcc: used where the category says nothing.

    Returns:
        The kind; DISCRETIONARY for an unknown category.
    """
    if is_debit and channel == CASH_CHANNEL:
        return Kind.CASH
    known = KINDS.get(category) or _by_code(category) or (_by_code(mcc) if mcc else None)
    return known or Kind.DISCRETIONARY


def _by_code(code: str) -> Kind | None:
    if len(code) != 4 or not (code.isascii() and code.isdigit()):
        return None
    number = int(code)
    return next((kind for first, last, kind in MCC_KINDS if first <= number <= last), None)

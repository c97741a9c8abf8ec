"""How numbers look: money in the customer's digit grouping, words for tokens."""

from decimal import ROUND_HALF_EVEN, Decimal

from customers.money import HUNDREDTHS, to_hundredths

SYMBOLS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
# Currencies whose readers group digits as 12,34,567.
LAKH_GROUPING = frozenset({"INR", "PKR", "NPR", "LKR", "BDT"})


def money(amount: Decimal | float, currency: str) -> str:
    """An amount in whole units with its symbol and digit grouping, such as ₹12,34,567.

    Args:
        amount: In units of the currency; cents are rounded away, nobody decides by them.
        currency: ISO 4217 code.
    """
    whole = int(Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    sign = "−" if whole < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{grouped(abs(whole), currency)}"


def exact_money(amount: Decimal, currency: str) -> str:
    """An amount ≥ 0 to the hundredth, as in a message about what is to be paid: ₹12,34,567, ₹11,000.50.

    Args:
        amount: In units of the currency, at most two decimals.
        currency: ISO 4217 code.
    """
    whole, hundredths = divmod(to_hundredths(amount), HUNDREDTHS)
    rest = f".{hundredths:02d}" if hundredths else ""
    return f"{SYMBOLS.get(currency, currency + ' ')}{grouped(whole, currency)}{rest}"


def grouped(number: int, currency: str) -> str:
    """A whole number ≥ 0 in the digit grouping of a currency's readers."""
    if currency not in LAKH_GROUPING:
        return f"{number:,}"
    digits = str(number)
    head, tail = digits[:-3], digits[-3:]
    groups = [tail]
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return ",".join(groups)


def score(value: float) -> str:
    """A score in half points without a needless decimal: 6.5, 7."""
    return f"{value:g}"


def signed(number: float) -> str:
    """A contribution with its sign and two decimals: +0.81, −0.32."""
    rounded = f"{abs(number):.2f}"
    if float(rounded) == 0:
        return rounded
    return f"{'−' if number < 0 else '+'}{rounded}"


def percent(share: float) -> str:
    """A share from 0 to 1 in whole percent: 31 %. Neither 0 nor 100 unless it is exactly that."""
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "< 1\u00a0%"
    if whole == 100 and share < 1:
        return "> 99\u00a0%"
    return f"{whole}\u00a0%"


def sentence_case(token: str) -> str:
    """A bank's token as a word: SELF_EMPLOYED → Self employed."""
    words = token.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:].lower() if words.isupper() else words

"""Personal data as it is shown until somebody asks for it. Pure."""

HIDDEN = "•••••"
SHOWN_DIGITS = 4
LONGEST_COUNTRY_CODE = 3
# Digits of a provider's error code: fewer than any telephone number has.
LONGEST_CODE = 6


def address(text: str) -> str:
    """A phone number or e-mail address of which its owner, and nobody else, can tell whose it is."""
    return email(text) if "@" in text else phone(text)


def phone(text: str) -> str:
    """The country code and the last four digits: +91 ••••• 1234. A number too short to hide in is hidden wholly."""
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) <= SHOWN_DIGITS + LONGEST_COUNTRY_CODE:
        return HIDDEN if text else ""
    country = f"+{digits[:2]} " if text.lstrip().startswith("+") else ""
    return f"{country}{HIDDEN} {digits[-SHOWN_DIGITS:]}"


def email(text: str) -> str:
    """The first letter and the domain: a•••••@example.com."""
    name, _, domain = text.rpartition("@")
    return f"{name[:1]}{HIDDEN}@{domain}" if name and domain else HIDDEN


def code(said: object) -> str:
    """A provider's error code, for records that nobody can erase; anything else that stands there may be an address."""
    text = str(said)
    return text if text.isascii() and text.isdecimal() and len(text) <= LONGEST_CODE else HIDDEN

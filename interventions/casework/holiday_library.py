"""Public and bank holidays as the `holidays` library has them; the only module that knows it.

It is well kept, and nobody answers for it: days may be missing, and those that hang on the moon are estimates. A bank
checks them against the list of its own authority (docs/send-gate.md).
"""

import datetime as dt
from collections.abc import Sequence
from importlib.metadata import version

import holidays

NAME_LONGEST = 100
NAMES_IN = "en_US"
# What everybody keeps, and what banks alone do.
CATEGORIES = ("public", "bank")
VERSION = f"holidays {version('holidays')}"


class UnknownPlace(ValueError):
    """The library has no such country or subdivision; the text names those it has."""


def region_of(country: str, subdivision: str) -> str:
    """How the region is called here: IN, or IN-MH."""
    return f"{country}-{subdivision}" if subdivision else country


def days_of(*, country: str, subdivision: str, years: Sequence[int]) -> dict[dt.date, str]:
    """Name by day, in the order of days; days with several names have them all.

    Args:
        country: ISO 3166, two letters.
        subdivision: As in ISO 3166-2 behind the hyphen; "": what the whole country keeps.
        years: Which.

    Raises:
        UnknownPlace: there is no such place.
    """
    known = holidays.list_supported_countries()
    if country not in known:
        raise UnknownPlace(f'There is no country "{country}": use two letters, such as IN.')
    if subdivision and subdivision not in known[country]:
        raise UnknownPlace(f'{country} has no subdivision "{subdivision}", but {", ".join(known[country])}.')
    made = holidays.country_holidays(country)
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=years,
        language=NAMES_IN if NAMES_IN in made.supported_languages else None,
        categories=tuple(each for each in CATEGORIES if each in made.supported_categories),
    )
    return {day: name[:NAME_LONGEST] for day, name in sorted(found.items())}

"""The customers' master data: names, birth dates, cities, and contacts that can reach nobody.

Nobody is reachable by accident. E-mail goes to example.com, which RFC 2606 reserves. A phone number is the
area code of Delhi and a 0, with which no subscriber's number begins in the Indian numbering plan (0 is the
trunk prefix; exchange codes begin with 2 to 6): its length is possible, and it cannot be assigned.
"""

import random
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from faker import Faker

from ingest.simulator.codes import Employment
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import PAISE
from ingest.simulator.population import Population

PHONE_PREFIX = "+91110"
WORKING_AGE = (22, 58)
RETIRED_AGE = (60, 82)
DAYS_PER_YEAR = 365.25
ROUND_SALARY = 500 * PAISE


class City(NamedTuple):
    """A city, its tier, and whether Hindi is its usual language."""

    name: str
    tier: int
    is_hindi: bool


def _cities(tier: int, hindi: str, others: str) -> tuple[City, ...]:
    named = ((hindi, True), (others, False))
    return tuple(City(name, tier, is_hindi) for names, is_hindi in named for name in names.split(", "))


CITIES = {
    1: _cities(1, "Delhi", "Mumbai, Bengaluru, Hyderabad, Chennai, Kolkata, Pune, Ahmedabad"),
    2: _cities(
        2,
        "Jaipur, Lucknow, Kanpur, Indore, Bhopal, Patna, Varanasi, Agra, Ranchi, Raipur, Gwalior",
        "Nagpur, Surat, Vadodara, Kochi, Coimbatore, Visakhapatnam, Nashik, Mysuru, Madurai, Guwahati",
    ),
    3: _cities(
        3,
        "Karnal, Rohtak, Alwar, Sikar, Satna, Rewa, Sagar, Gaya, Muzaffarpur, Darbhanga, Haridwar",
        "Ratnagiri, Anand, Palakkad, Alappuzha, Thanjavur, Karur, Shivamogga, Hassan, Agartala, Tezpur",
    ),
}


class Person(NamedTuple):
    """What the bank has on file about a customer; ``salary`` is in paise."""

    bank_id: str
    full_name: str
    birth_on: date
    gender: str
    city: City
    phone: str
    email: str
    language: str
    employment: Employment
    salary: int | None
    salary_day: int | None
    is_vulnerable: bool


def persons_of(population: Population, *, as_of: date) -> list[Person]:
    """Write the master data of a population's customers.

    Args:
        population: the customers.
        as_of: the day on which ages are what the distribution says.

    Returns:
        One ``Person`` for each, in order.
    """
    return [_person(population, place, as_of=as_of) for place in range(population.size)]


def _person(population: Population, place: int, *, as_of: date) -> Person:
    number = population.randomness.first + place + 1
    chance = random.Random(f"{population.randomness.seed}/{number}")  # noqa: S311 - a simulation, no secret
    work = population.work
    employment, tier = Employment(int(work.employment[place])), int(work.tier[place])
    is_female = chance.random() < 0.46
    city = chance.choice(CITIES[tier])
    ages = RETIRED_AGE if employment == Employment.RETIRED else WORKING_AGE
    speaks_hindi = chance.random() < PARAMETERS.hindi_share[city.is_hindi]
    return Person(
        bank_id=str(number),
        full_name=_name(chance.getrandbits(64), is_female=is_female),
        birth_on=date.fromordinal(as_of.toordinal() - int(chance.uniform(*ages) * DAYS_PER_YEAR)),
        gender="FEMALE" if is_female else "MALE",
        city=city,
        phone=f"{PHONE_PREFIX}{number % 10_000_000:07d}",
        email=f"customer{number}@example.com",
        language="hi" if speaks_hindi else "en",
        employment=employment,
        salary=_declared(employment, int(work.income[place]), chance.uniform(0.95, 1.05)),
        salary_day=_salary_day(employment, int(work.pay_day[place])),
        is_vulnerable=chance.random() < PARAMETERS.vulnerable_share,
    )


@lru_cache(maxsize=1)
def _faker() -> Faker:
    return Faker("en_IN")


def _name(seed: int, *, is_female: bool) -> str:
    fake = _faker()
    fake.seed_instance(seed)
    first: str = fake.first_name_female() if is_female else fake.first_name_male()
    return f"{first} {fake.last_name()}"


def _declared(employment: Employment, income: int, error: float) -> int | None:
    """The income on file: exact where an employer pays it, declared by others, none for the unemployed."""
    if employment == Employment.UNEMPLOYED:
        return None
    if employment in {Employment.SALARIED, Employment.RETIRED}:
        return income
    return round(income * error / ROUND_SALARY) * ROUND_SALARY


def _salary_day(employment: Employment, pay_day: int) -> int | None:
    """The day of the month on which salary is expected, where there is one."""
    return pay_day if employment in {Employment.SALARIED, Employment.RETIRED} else None

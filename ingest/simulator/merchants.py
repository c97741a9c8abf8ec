"""Merchants: invented names, and which a customer goes to. A merchant's code is category × 1,000 + place."""

import numpy as np

from ingest.simulator.arrays import Floats, Ints
from ingest.simulator.codes import Category
from ingest.simulator.loans import PRODUCTS

PER_CATEGORY = 1_000
GIG_PLATFORM_FROM = 900
FAVOURITES = 4

NAMES: dict[Category, tuple[str, ...]] = {
    Category.GROCERY: (
        "Anand Kirana",
        "Sabzi Corner",
        "Lakshmi Provision Store",
        "Morning Basket",
        "Green Leaf Mart",
        "Gupta General Store",
        "Nilgiri Fresh",
        "Sahyadri Dairy",
        "Village Mandi",
        "Corner Pantry",
        "Surya Super Market",
        "Amrit Milk Centre",
    ),
    Category.MEDICAL: (
        "Sanjivani Medicals",
        "City Care Clinic",
        "Arogya Pharmacy",
        "Lotus Hospital",
        "Drishti Labs",
    ),
    Category.FOOD: (
        "Tiffin Express",
        "Chai Junction",
        "Dosa Lane",
        "Roll House",
        "Meal Rider",
        "Biryani Parcel",
        "Juice Cart",
        "Campus Canteen",
    ),
    Category.DINING: (
        "Saffron Table",
        "Coastal Plate",
        "Tandoor Courtyard",
        "The Banyan Room",
        "Spice Terrace",
        "Noodle Street",
    ),
    Category.ENTERTAINMENT: (
        "Galaxy Screens",
        "StreamBox",
        "Playzone Arcade",
        "Raag Music",
        "Stadium Tickets",
    ),
    Category.SHOPPING: (
        "Trend Bazaar",
        "Threads of India",
        "Electro Plaza",
        "Home Utsav",
        "ShopKart Online",
        "Footprints",
        "Book Nook",
        "Mela Online",
    ),
    Category.TRAVEL: (
        "Metro Card Top-up",
        "Highway Fuels",
        "AutoRide",
        "Rail Booking Desk",
        "Volta Charge",
        "City Bus Pass",
    ),
    Category.UTILITY: ("State Electricity Board", "BharatLink Telecom", "City Gas", "FibreNet Broadband"),
    Category.RENT: ("House rent",),
    Category.INSURANCE: ("Suraksha Life", "Kavach Health Cover", "Pathik General Insurance"),
    Category.EMI: tuple(f"{product.name.replace('_', ' ').capitalize()} loan" for product in PRODUCTS),
    Category.LOANAPP: ("QuickRupee", "PaySoon Loans", "Turant Credit", "PocketLoan"),
    Category.GAMBLING: ("Lucky Rummy", "Teen Patti Club", "SpinStar"),
    Category.ATM_WITHDRAWAL: ("Cash machine",),
    Category.TRANSFER: ("Own account elsewhere", "Family", "Friend", "Customer payment", "Relative in need"),
}

OWN_ACCOUNT, FAMILY, FRIEND, CLIENT, RELATIVE = (
    Category.TRANSFER * PER_CATEGORY + place for place in range(5)
)
ELECTRICITY_BOARD = Category.UTILITY * PER_CATEGORY
TELECOM = Category.UTILITY * PER_CATEGORY + 1
HOUSE_RENT = Category.RENT * PER_CATEGORY
CASH_MACHINE = Category.ATM_WITHDRAWAL * PER_CATEGORY
COUNTS = np.array([len(NAMES.get(category, ())) or 1 for category in Category], dtype=np.int64)


def favourite(category: Ints | Category, *, taste: Ints, u: Floats) -> Ints:
    """Choose one of a customer's few favourite merchants of a category; the first is visited most.

    Args:
        category: what is bought.
        taste: the customer's fixed taste.
        u: a uniform number for each purchase.

    Returns:
        Merchant codes.
    """
    visited = (np.square(u) * FAVOURITES).astype(np.int64)
    place = (taste + visited * 7 + np.asarray(category, dtype=np.int64) * 101) % COUNTS[category]
    return np.asarray(np.asarray(category, dtype=np.int64) * PER_CATEGORY + place)


def payroll(employer: Ints) -> Ints:
    """Return the merchant code of an employer's payroll."""
    return np.asarray(Category.SALARY * PER_CATEGORY + employer)


def merchant_name(code: int) -> str:
    """Return the name that an event carries for a merchant code."""
    category, place = Category(code // PER_CATEGORY), code % PER_CATEGORY
    if category != Category.SALARY:
        return NAMES[category][place]
    if place == 0:
        return "Pension office"
    if place >= GIG_PLATFORM_FROM:
        return f"Gig platform {place - GIG_PLATFORM_FROM + 1} payout"
    return f"Employer {place:03d} payroll"

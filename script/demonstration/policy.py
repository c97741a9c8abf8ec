"""The demonstration's policy: written by one officer and approved by another; the customers' consent, made up; and the
public holidays of India, on which nobody is contacted."""

from demonstration.bank import Bank

AUTHOR, APPROVER = "compliance", "compliance2"
COUNTRY = "IN"


def ensure_policy(bank: Bank) -> str:
    """Have the shipped policies and rules of contact approved, and know the holidays.

    All leave alone what is there already, so that each start may ask for them. What they did, in words.
    """
    # The link in a message leads to the customer's page: whoever looks round finds it in the outbox.
    approval = ["approve_policies", "--submit-by", AUTHOR, "--approve-by", APPROVER, "--help-link"]
    policies = bank.manage(approval).output.strip()
    # Of this year and the next on the bank's clock; the first line says how many, the rest is for those who run a bank.
    holidays = bank.manage(["import_holidays", "--country", COUNTRY]).output.strip().splitlines()[0]
    return f"{policies} {holidays}"


def ensure_consents(bank: Bank) -> str:
    """Have the simulated customers' consent made up, once they are there; what came of it, in words."""
    return bank.manage(["simulate_consents"]).output.strip()

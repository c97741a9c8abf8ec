"""The demonstration's policy: written by one officer and approved by another; the customers' consent, made up."""

from demonstration.bank import Bank

AUTHOR, APPROVER = "compliance", "compliance2"


def ensure_policy(bank: Bank) -> str:
    """Have the shipped policies and rules of contact approved, and give the simulated customers' consent.

    Both leave alone what is there already, so that each start may ask for them. What they did, in words.
    """
    approval = ["approve_policies", "--submit-by", AUTHOR, "--approve-by", APPROVER]
    policies = bank.manage(approval).output.strip()
    consent = bank.manage(["simulate_consents"]).output.strip()
    return f"{policies} {consent}"

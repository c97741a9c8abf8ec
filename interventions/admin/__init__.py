"""Interventions in Django's admin: policy for compliance officers, history read-only. Nobody else sees any of it."""

from interventions.admin import contact, designs, history, holidays, packs, policies

__all__ = ["contact", "designs", "history", "holidays", "packs", "policies"]

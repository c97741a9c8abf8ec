"""The ways to a customer. Only `interventions.sending.exchange` imports from here; each asks for the gate's permit."""

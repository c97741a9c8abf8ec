"""The ways to a customer. Only `interventions.sending.exchange` imports from here, and every way asks for the gate's permit."""

"""The ways to a customer. Only `interventions.outbox` imports from here, and every way asks for the gate's permit."""

"""The way out and back in: the outbox, what providers report, and what customers answer."""

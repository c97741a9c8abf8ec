"""A simulated retail bank: customers, loans and transactions, caused day by day and deterministic by seed.

All but two modules are pure (NumPy, Faker and the standard library) and read no database, clock or setting:
``history`` writes to PostgreSQL, ``stream`` to the event log.
"""

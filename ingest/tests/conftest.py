"""Settings for the tests of ingestion."""

from hypothesis import HealthCheck, settings

# The tests share their machine with a broker, a database and a browser: an example's duration says nothing.
settings.register_profile("shared_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared_machine")

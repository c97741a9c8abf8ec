"""Settings and fixtures for the tests of ingestion."""

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.event_topics import make_topic, topic

__all__ = ["make_topic", "topic"]

# The tests share their machine with a broker, a database and a browser: an example's duration says nothing.
hypothesis_settings.register_profile(
    "shared_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("shared_machine")

"""Real servers for a machine that has none: PostgreSQL, two Valkeys and Apache Kafka.

The demo, the tests, the benchmarks and developers use this package; production never does. Each server comes
from a pinned wheel (or, for Kafka, pinned jars), keeps its data under one directory and listens on loopback
only. A server whose URL is already in the environment is used as it is and nothing is started in its place.
"""

from embedded.errors import DirectoryInUseError, EmbeddedError, ServerFailedError
from embedded.services import Services

__all__ = ["DirectoryInUseError", "EmbeddedError", "ServerFailedError", "Services"]

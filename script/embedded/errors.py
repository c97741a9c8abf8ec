"""What can go wrong while providing a server, said in sentences a stranger can act on."""

from pathlib import Path


class EmbeddedError(RuntimeError):
    """A server could not be provided; the message is meant for a person."""


class DirectoryInUseError(EmbeddedError):
    """Another running process already keeps the servers of this directory."""

    def __init__(self, directory: Path, holder: str) -> None:
        super().__init__(f"The servers in {directory} already belong to process {holder}: stop that first.")
        self.directory = directory


class ServerFailedError(EmbeddedError):
    """A server did not become ready, or died while starting; carries the end of its log."""

    def __init__(self, name: str, reason: str, log_tail: str) -> None:
        tail = log_tail.strip() or "(its log is empty)"
        super().__init__(f"{name} {reason}. The end of its log:\n{tail}")
        self.name = name

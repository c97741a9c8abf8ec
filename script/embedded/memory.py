"""Small facts that must survive a restart: ports, ids, passwords."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path


class Memory:
    """A JSON file of strings, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key: str) -> str | None:
        return self._read().get(key)

    def put(self, key: str, value: str) -> None:
        write_private(self._path, json.dumps({**self._read(), key: value}, indent=1, sort_keys=True))

    def remember(self, key: str, make: Callable[[], str]) -> str:
        """The stored value, or a new one that is stored from now on."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        content: dict[str, str] = json.loads(self._path.read_text())
        return content


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only at every moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def remembered_secret(path: Path) -> str:
    """A random secret, made on first use and kept in a private file."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48) + "\n")
    return path.read_text().strip()

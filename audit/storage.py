"""Checkpoint files in a folder: written whole or not at all, and never over another."""

import os
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import FileSystemStorage

MODE = 0o444


class WriteOnceStorage(FileSystemStorage):
    """A file appears under its name only when all of it is on the disk; an existing one is never replaced."""

    def _save(self, name: str, content: IO[Any]) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        data = content.read()
        with part.open("wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(MODE)
        try:
            os.link(part, path)
        finally:
            part.unlink()
        _sync_folder(path.parent)
        return name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

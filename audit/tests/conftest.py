"""A key and a folder for checkpoints, of the test's own."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from audit import checkpointing
from audit.signing import create_key, signing_key


@pytest.fixture
def outside(settings: Settings, tmp_path: Path) -> Path:
    """Where the site writes its checkpoints; it has a key."""
    folder = tmp_path / "checkpoints"
    storage = {"BACKEND": "audit.storage.WriteOnceStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "audit_checkpoints": storage}
    settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "key.pem")
    create_key(tmp_path / "key.pem")
    return folder


@pytest.fixture
def key(outside: Path) -> Ed25519PrivateKey:
    """The key that the site signs with."""
    return signing_key()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which checkpoint files are read, by their sizes."""
    sizes: list[int] = []
    true = checkpointing.text_outside

    def noting(storage: Any, size: int) -> str:
        sizes.append(size)
        return true(storage, size)

    monkeypatch.setattr("audit.verifying_parts.text_outside", noting)
    return sizes

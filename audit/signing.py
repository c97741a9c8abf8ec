"""The signing key: in a file outside the database, readable by its owner alone."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from audit.checkpoints import Keys, key_id, read_public_key


class KeyUnusable(Exception):
    """There is no key to sign with; the text says why and what to do."""


def signing_key() -> Ed25519PrivateKey:
    """The key that checkpoints are signed with.

    Raises:
        KeyUnusable: none is set, or the file is not one.
    """
    if not settings.AUDIT_SIGNING_KEY_FILE:
        raise KeyUnusable(
            "AUDIT_SIGNING_KEY_FILE is not set: events are sealed, but no checkpoint is signed, so a rewritten history "
            "would not show. Make a key with `manage.py create_audit_key`."
        )
    file = Path(settings.AUDIT_SIGNING_KEY_FILE)
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"AUDIT_SIGNING_KEY_FILE {file} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"AUDIT_SIGNING_KEY_FILE {file} holds no Ed25519 key.")
    return key


def public_keys() -> Keys:
    """Every key whose checkpoints count, by id: the one that signs now and those before it.

    Raises:
        KeyUnusable: a file in AUDIT_PUBLIC_KEY_FILES cannot be read.
    """
    try:
        found = [read_public_key(Path(file).read_bytes()) for file in settings.AUDIT_PUBLIC_KEY_FILES]
    except (OSError, ValueError) as error:
        raise KeyUnusable(f"AUDIT_PUBLIC_KEY_FILES: {error}") from error
    if settings.AUDIT_SIGNING_KEY_FILE:
        found.append(signing_key().public_key())
    return {key_id(key): key for key in found}


def create_key(file: Path) -> Ed25519PublicKey:
    """Make a key pair: the private key in `file`, the public one beside it as `file.pub`.

    Raises:
        FileExistsError: one of them is there; nothing is overwritten.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    _write_new(file, private, 0o600)
    _write_new(public_file(file), public, 0o644)
    return key.public_key()


def public_file(file: Path) -> Path:
    """Where the public key of a private one is written."""
    return file.with_name(f"{file.name}.pub")


def _write_new(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)

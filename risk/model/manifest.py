"""The manifest of a model: all that people approve, as one canonical JSON; its hash names the version. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


class ManifestInvalid(ValueError):
    """What was given is no manifest of these bytes; the text says why."""


def canonical(manifest: Mapping[str, Any]) -> str:
    """The one way to write a manifest: sorted keys, no white space, no NaN.

    Raises:
        ManifestInvalid: it holds what JSON does not know.
    """
    try:
        return json.dumps(manifest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ManifestInvalid(f"The manifest cannot be written as JSON: {error}.") from error


def sha256_of_text(text: str) -> str:
    """sha256 of a text's UTF-8 bytes, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def check(manifest: Mapping[str, Any], *, ubj: bytes) -> None:
    """Make sure that a manifest names itself and the bytes it was made for.

    Raises:
        ManifestInvalid: it does not.
    """
    if not isinstance(manifest.get("name"), str) or not manifest["name"].strip():
        raise ManifestInvalid("The manifest does not say the model's name.")
    if manifest.get("ubj_sha256") != hashlib.sha256(ubj).hexdigest():
        raise ManifestInvalid("The manifest's ubj_sha256 is not that of the model's bytes.")

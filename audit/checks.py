"""System checks: what keeps the audit from being provable, told at every start."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from audit.signing import KeyUnusable, signing_key


@register("audit")
def signing_key_is_usable(**_: Any) -> list[CheckMessage]:
    """Without a key events are sealed, and nothing outside the database vouches for the chain."""
    try:
        signing_key()
    except KeyUnusable as error:
        return [Warning(str(error), hint="docs/audit.md explains the key.", id="audit.W001")]
    if Path(settings.AUDIT_SIGNING_KEY_FILE).stat().st_mode & 0o077:
        hint = f"chmod 600 {settings.AUDIT_SIGNING_KEY_FILE}"
        return [Warning("Others can read the audit's signing key.", hint=hint, id="audit.W002")]
    return []

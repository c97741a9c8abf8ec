"""The one hash of a message: what was approved, permitted and handed over is compared by it. Pure."""

import hashlib


def message_sha256(*, subject: str, body: str) -> str:
    """sha256 of what the customer reads, as hexadecimal digits: of the body, or of subject, line feed and body.

    Every `body_sha256` is made by it, so that an e-mail's subject is bound as well.
    """
    return hashlib.sha256((f"{subject}\n{body}" if subject else body).encode()).hexdigest()

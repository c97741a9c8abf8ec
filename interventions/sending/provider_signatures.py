"""Whether a callback comes from the provider. Pure.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signature(*, url: str, fields: Iterable[tuple[str, str]], token: str) -> str:
    """What Twilio writes into X-Twilio-Signature.

    Args:
        url: as the provider was told it, with its query.
        fields: of the form; a name may come several times.
        token: the account's secret.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode("ascii")


def is_genuine(*, given: str, url: str, fields: Iterable[tuple[str, str]], token: str) -> bool:
    """Whether the signature is right; never without a secret."""
    if not token:
        return False
    return hmac.compare_digest(given.encode(), signature(url=url, fields=fields, token=token).encode())

"""One HTTP request, sent once, with the stage at which it failed: connecting, asking, or reading the answer.

Neither redirects nor retries: both would be a second request.
"""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from interventions.transports.base import Message, NotYet, OutcomeUnknown, require_fresh
from interventions.transports.deadline import Deadline

ANSWER_MAX = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What came back. The body may be cut off: the status is known all the same."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(
    url: str, form: Mapping[str, str], *, headers: Mapping[str, str], timeout_seconds: float, message: Message
) -> Answer:
    """Send a form.

    Raises:
        NotYet: nothing was written.
        OutcomeUnknown: something was written, and no status came back.
    """
    content = {**headers, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    with Deadline(timeout_seconds) as deadline:
        connection = _connected(url, timeout_seconds, deadline)
        try:
            require_fresh(message)
            return _exchange(connection, "POST", url, urlencode(form).encode("ascii"), content)
        finally:
            connection.close()


def get(url: str, *, headers: Mapping[str, str], timeout_seconds: float) -> Answer:
    """Ask for something that changes nothing.

    Raises:
        NotYet, OutcomeUnknown: as `post`; here both mean that there is no answer.
    """
    with Deadline(timeout_seconds) as deadline:
        connection = _connected(url, timeout_seconds, deadline)
        try:
            return _exchange(connection, "GET", url, None, headers)
        finally:
            connection.close()


def _connected(url: str, timeout_seconds: float, deadline: Deadline) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        connection.connect()
    except ssl.SSLError as error:
        raise NotYet(
            f"No secure connection to {parts.hostname}: {error.reason}", needs_operator=True
        ) from error
    except OSError as error:
        raise NotYet(f"No connection to {parts.hostname}: {type(error).__name__}") from error
    deadline.watch(connection.sock)
    return connection


def _exchange(
    connection: http.client.HTTPConnection,
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> Answer:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(method, target, body=body, headers=dict(headers))
        response = connection.getresponse()
    # A ValueError is how http.client reads a line of nonsense.
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutcomeUnknown(f"No answer from {parts.hostname}: {type(error).__name__}") from error
    return Answer(response.status, dict(response.headers.items()), _read(response))


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(ANSWER_MAX)
    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, http.client.HTTPException, ValueError):
        return b""

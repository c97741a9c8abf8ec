"""One HTTP request, sent once, with the stage at which it failed: connecting, asking, or reading the answer.

Neither redirects nor retries: both would be a second request.
"""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode, urlsplit

from interventions.transports.base import Message, NotYet, OutcomeUnknown, patience, require_fresh
from interventions.transports.connecting import connect
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
        connection = _connected(
            url, timeout_seconds, deadline, within_seconds=patience(message, timeout_seconds=timeout_seconds)
        )
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
        connection = _connected(url, timeout_seconds, deadline, within_seconds=timeout_seconds)
        try:
            return _exchange(connection, "GET", url, None, headers)
        finally:
            connection.close()


def _connected(
    url: str, timeout_seconds: float, deadline: Deadline, *, within_seconds: float
) -> http.client.HTTPConnection:
    """Connected, under TLS where the address says so, within a time of its own."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    connection = _unconnected(parts.hostname or "", parts.port, timeout_seconds, is_tls=is_tls)
    try:
        with Deadline(within_seconds) as first:
            plain = connect(connection.host, connection.port, seconds=within_seconds)
            connection.sock = plain
            first.watch(plain)
            if is_tls:
                connection.sock = _trusted().wrap_socket(plain, server_hostname=connection.host)
        connection.sock.settimeout(timeout_seconds)
    except OSError as error:
        connection.close()
        raise _no_connection(parts.hostname, error) from error
    deadline.watch(connection.sock)
    return connection


def _unconnected(
    host: str, port: int | None, timeout_seconds: float, *, is_tls: bool
) -> http.client.HTTPConnection:
    if is_tls:
        return http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=_trusted())
    return http.client.HTTPConnection(host, port, timeout=timeout_seconds)


def _no_connection(host: str | None, error: OSError) -> NotYet:
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return NotYet(f"No secure connection to {host}: {error.reason}", needs_operator=True)
    return NotYet(f"No connection to {host}: {type(error).__name__}", is_of_provider=True)


@cache
def _trusted() -> ssl.SSLContext:
    """The system's authorities, read once."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


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

"""A Twilio-compatible provider for the soak in sends: it keeps every request in a file and fails as providers do.

A program by itself, which knows nothing of Equilibrate: `python -m benchmarks.sms_provider PORT FILE CALM SEED`. It
fails at random until the file CALM exists. One JSON line a request: {"at", "to", "body", "sid", "taken"}.
"""

import json
import random
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# What becomes of a request, and how often: of a hundred.
BUSY, WRONG, ERROR, SILENT, HANGING = 3, 1, 3, 2, 2
LONGEST_THOUGHT_SECONDS = 0.5
HANG_SECONDS = 6.0


class Provider(ThreadingHTTPServer):
    """Takes messages, and remembers them."""

    daemon_threads = True

    def __init__(self, port: int, *, records: Path, calm: Path, draw: random.Random) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self._file = records.open("a", buffering=1)
        self._calm = calm
        self._draw = draw
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self.taken: list[dict[str, str]] = []

    def lot(self, body: str) -> int:
        """What becomes of a request: a number below a hundred."""
        with self._lock:
            if self._calm.exists():
                return 99
            drawn = self._draw.randrange(100)
            if drawn < BUSY:
                if body in self._busy:
                    return 99
                self._busy.add(body)
            return drawn

    def thought_seconds(self) -> float:
        """How long it takes to answer."""
        with self._lock:
            return self._draw.random() * LONGEST_THOUGHT_SECONDS

    def keep(self, to: str, body: str, *, taken: bool) -> str:
        """Write a request down; returns its id."""
        with self._lock:
            sid = f"SM{len(self.taken):032x}" if taken else ""
            line = {"at": time.time(), "to": to, "body": body, "sid": sid, "taken": taken}
            self._file.write(json.dumps(line) + "\n")
            if taken:
                self.taken.append({"sid": sid, "to": to, "body": body, "date_created": formatdate()})
            return sid


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """A new message."""
        length = int(self.headers["Content-Length"])
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        to, body = form["To"], form["Body"]
        lot = self.server.lot(body)
        if lot < BUSY + WRONG:
            self.server.keep(to, body, taken=False)
            status, code = (429, 20429) if lot < BUSY else (400, 21211)
            return self._answer(status, {"code": code})
        sid = self.server.keep(to, body, taken=True)
        time.sleep(self.server.thought_seconds())
        if lot < BUSY + WRONG + ERROR:
            return self._answer(500, {"code": 20500})
        if lot < BUSY + WRONG + ERROR + SILENT:
            self.close_connection = True
            return None
        if lot < BUSY + WRONG + ERROR + SILENT + HANGING:
            time.sleep(HANG_SECONDS)
        return self._answer(201, {"sid": sid, "status": "queued"})

    def do_GET(self) -> None:
        """Those taken so far, to one number."""
        to = parse_qs(urlsplit(self.path).query)["To"][0]
        found = [
            {**each, "direction": "outbound-api"} for each in list(self.server.taken) if each["to"] == to
        ]
        self._answer(200, {"messages": found})

    def log_message(self, *_: object) -> None:
        """The records say it all."""

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # Whoever asked was killed meanwhile.
            self.close_connection = True


def main() -> None:
    """Serve until somebody ends it."""
    port, records, calm, seed = sys.argv[1:]
    Provider(int(port), records=Path(records), calm=Path(calm), draw=random.Random(int(seed))).serve_forever()


if __name__ == "__main__":
    main()

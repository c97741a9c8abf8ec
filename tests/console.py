"""The console as a reader has it: a server of its own and Chromium."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from playwright.sync_api import Page, expect

from embedded.ports import free_port
from risk import hints

CHECKOUT = Path(__file__).parents[1]
PASSWORD = "a long password for one test"
START_SECONDS = 30
# Windows narrower than this are of telephones.
TABLET = 600
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Collected in the page, since a violation is an event there and only a console line elsewhere.
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Server:
    """Uvicorn with the site, as a process."""

    def __init__(self, environment: dict[str, str]) -> None:
        # None that the kernel gives to outgoing connections, which other workers make all the time.
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**environment, "SERVE_STATIC_FROM_SOURCE": "true", "SECURE_TLS": "false"}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "uvicorn", "equilibrate_site.asgi:application"]
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning"]
        self._process = subprocess.Popen([*command, *options], cwd=CHECKOUT, env=self._environment)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5):  # noqa: S310 - our own
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def staff_with_password(username: str, role: str) -> User:
    """Somebody who can log in by the form."""
    user = User.objects.create_user(username, password=PASSWORD)
    user.groups.add(Group.objects.get(name=role))
    return user


def log_in(page: Page, server: Server, username: str) -> None:
    """Log in by the form; leaves the page at Home."""
    page.goto(f"{server.url}/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{server.url}/")


def enter(page: Page, server: Server, user: User, at: str = "/queue/") -> None:
    """Open a page, the queue by default, with a session made beforehand, which saves hashing a password twice."""
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key or ""}
    page.context.add_cookies([{**cookie, "url": server.url}])
    page.goto(f"{server.url}{at}")


def each_look(page: Page, *widths: int) -> Iterator[str]:
    """The page as it stands in windows of these widths, each light and dark; gives the name of each look.

    The themes change as a reader's system changes them, without a page load: what is open stays open.
    """
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740 if width < TABLET else 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            yield f"{width} {scheme}"


def expect_nothing_cut_off(page: Page) -> None:
    """Nothing may reach beyond the window; charts are drawn anew a moment after it changed."""
    width = (page.viewport_size or {}).get("width")
    expect(page.locator("html")).to_have_js_property("scrollWidth", width)


def announce(*managers: User) -> None:
    """Tell the browsers that something changed, as the risk engine does."""
    hints.make_publisher().publish([hints.EVERYBODY, *(hints.group_of_manager(user.pk) for user in managers)])


def shot(page: Page, name: str, *, is_whole: bool = False) -> None:
    """Save how a page looks, or the whole of it, where SCREENSHOT_DIRECTORY says so; by theme and width."""
    if directory := os.environ.get("SCREENSHOT_DIRECTORY"):
        theme = page.evaluate("document.documentElement.dataset.bsTheme")
        width = (page.viewport_size or {}).get("width")
        page.screenshot(path=Path(directory) / f"{name}-{theme}-{width}.png", full_page=is_whole)


def chromium_path() -> str | None:
    """Where Chromium is, as script/test says."""
    return os.environ.get("CHROMIUM_PATH") or None

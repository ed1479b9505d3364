"""The bank of `ecif demo --serve` and a browser before it, as a person would have them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCREENS = Path("build/screens")
READY = re.compile(r"(https?://[0-9.:]+)/console/")
ACCOUNT = re.compile(r"│ (\w+) +│ ([\w-]+) +│")
START_SECONDS = 240


@dataclass(frozen=True)
class Demo:
    url: str
    passwords: dict[str, str]


@contextmanager
def running(folder: Path, customers: int) -> Iterator[Demo]:
    """Until it has said where its console is and who may come in."""
    said = folder / "demo.txt"
    command = [sys.executable, "-m", "gateway.cli.main", "demo", "--serve", "--customers", str(customers)]
    environment = os.environ | {"COLUMNS": "200", "TMPDIR": str(folder)}
    with said.open("wb") as out:
        process = subprocess.Popen(command, stderr=out, env=environment, start_new_session=True)
    try:
        yield _wait(process, said)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", said: Path) -> Demo:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        text = said.read_text("utf-8", "replace")
        found = READY.search(text)
        if found:
            return Demo(found[1], dict(ACCOUNT.findall(text)))
        time.sleep(0.2)
    raise AssertionError(f"the demonstration did not come up: {said.read_text('utf-8', 'replace')[-2000:]}")


@dataclass
class Window:
    """A browser's window of one person, which remembers what went wrong in it."""

    demo: Demo
    context: Any
    page: Any
    troubles: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """What breaks the content policy, what is fetched from elsewhere, what fails."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.set_default_timeout(30_000)

    def log_in(self, role: str) -> "Window":
        self.open("login")
        self.page.fill("#name", role)
        self.page.fill("#password", self.demo.passwords[role])
        self.page.click("button.main")
        self.page.wait_for_url(f"{self.demo.url}/console/")
        return self

    def open(self, path: str) -> Any:
        return self.page.goto(f"{self.demo.url}/console/{path}")

    def press(self, key: str) -> None:
        """By then the page listens: its script runs after its text is there."""
        self.page.wait_for_load_state()
        self.page.keyboard.press(key)

    def path(self) -> str:
        return str(self.page.url).removeprefix(f"{self.demo.url}/console/")

    def text(self, selector: str = "main") -> str:
        return str(self.page.inner_text(selector))

    def picture(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def _said(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.demo.url, "data:")):
            self.troubles.append(f"elsewhere: {request.url}")

"""A real hub in a process of its own: `ecif serve` on free ports, with a copy of the shipped conf.

Everything is done from outside, as an operator would: `ecif certs`, `ecif db upgrade`, edited TOML, signals,
`ready` on standard error. The folder is the process's working directory, so `var/` lies in it.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from gateway.peers.ports import free_ports

ROOT = Path(__file__).parents[2]
ECIF: tuple[str, ...] = (str(Path(sys.executable).parent / "ecif"),)
if not Path(ECIF[0]).exists():  # a checkout whose command is not installed
    ECIF = (sys.executable, "-m", "gateway.cli.main")
START_SECONDS = 120

Changes = Mapping[str, Mapping[str, str]]
"""File under conf/ → "section.key" → TOML literal; None as literal is written `remove`."""


def set_value(file: Path, key: str, literal: str) -> None:
    """`key` is `section.key`; the section must be there."""
    section, name = key.rsplit(".", 1)
    lines = file.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if re.match(rf"\[{re.escape(section)}\]", line)) + 1
    end = next((n for n in range(start, len(lines)) if lines[n].startswith("[")), len(lines))
    old = [n for n in range(start, end) if re.match(rf"{re.escape(name)}\s*=", lines[n])]
    for n in old:
        del lines[n]
    lines.insert(start, f"{name} = {literal}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_ecif(folder: Path, *arguments: str, seconds: float = 150) -> subprocess.CompletedProcess[str]:
    """One command in this working directory."""
    return subprocess.run(
        [*ECIF, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def environment() -> dict[str, str]:
    """Without what could point the hub at somebody's real database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECIF_")}
    return kept | {"PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Ports:
    core: int
    loan: int
    ebank: int
    loan_peer: int
    http: int
    wealth_peer: int = 0
    card_peer: int = 0
    teller: int = 0

    @classmethod
    def free(cls) -> "Ports":
        return cls(*free_ports(len(fields(cls))))


def prepare(folder: Path, ports: Ports, changes: Changes | None = None) -> None:
    """The shipped conf on these ports in `folder`/conf, with `changes` on top."""
    if not (folder / "conf").exists():
        shutil.copytree(ROOT / "conf", folder / "conf")
    for file, key, port in (
        ("systems/core/system.toml", "listen.address", ports.core),
        ("systems/loan/system.toml", "listen.address", ports.loan),
        ("systems/ebank/system.toml", "listen.address", ports.ebank),
        ("systems/loan/system.toml", "dial.address", ports.loan_peer),
        ("systems/wealth/system.toml", "dial.address", ports.wealth_peer),
        ("systems/card/system.toml", "dial.address", ports.card_peer),
        ("systems/teller/system.toml", "listen.address", ports.teller),
        ("hub.toml", "http.address", ports.http),
    ):
        set_value(folder / "conf" / file, key, f'"127.0.0.1:{port}"')
    for file, values in (changes or {}).items():
        for key, literal in values.items():
            set_value(folder / "conf" / file, key, literal)


@dataclass
class HubProcess:
    folder: Path
    ports: Ports
    command: Sequence[str] = (*ECIF, "serve", "--conf", "conf")
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    log_folder: Path | None = None

    @property
    def log(self) -> Path:
        return (self.log_folder or self.folder) / "hub.log"

    @property
    def certificates(self) -> Path:
        return self.folder / "var" / "certs"

    def start(self) -> "HubProcess":
        begins = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_ready(begins)
        return self

    def _wait_ready(self, begins: int) -> None:
        assert self.process is not None
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            said = self.log.read_bytes()[begins:].decode("utf-8", "replace")
            if any("ready" in line.split() for line in said.splitlines()):
                return
            assert self.process.poll() is None, (
                f"the hub ended with {self.process.returncode}:\n{said[-4000:]}"
            )
            time.sleep(0.02)
        raise AssertionError(f"not ready after {START_SECONDS} s:\n{said[-4000:]}")

    def stop(self, *, seconds: float = 30) -> int:
        """SIGTERM, then its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still there {seconds} s after SIGTERM") from None

    def kill(self) -> None:
        """SIGKILL: the process gets no chance to tidy up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def ecif(self, *arguments: str, seconds: float = 150) -> subprocess.CompletedProcess[str]:
        return run_ecif(self.folder, *arguments, seconds=seconds)


@contextlib.contextmanager
def running(hub: HubProcess) -> Iterator[HubProcess]:
    """Started on the way in; gone on the way out, whatever happened."""
    try:
        yield hub.start()
    finally:
        if hub.process is not None and hub.process.poll() is None:
            with contextlib.suppress(AssertionError):
                hub.stop(seconds=15)
        if hub.process is not None and hub.process.poll() is None:
            hub.kill()

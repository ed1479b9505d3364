"""Telling systemd how the hub is: `Type=notify` with a watchdog (sd_notify(3), sd_watchdog_enabled(3)).

    READY=1          all listeners are open, the store answers, the HTTP process too
    WATCHDOG=1       twice in each WATCHDOG_USEC: sent by the event loop, so a loop that hangs is restarted
    RELOADING=1      on SIGHUP, until READY=1 again
    STOPPING=1       draining

Where nobody listens (no NOTIFY_SOCKET) all of this does nothing.
"""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

import trio


@dataclass(frozen=True, slots=True)
class Supervisor:
    address: str = ""
    """NOTIFY_SOCKET: a path, or @ and a name in the abstract space."""
    watchdog_seconds: float = 0.0
    """How long systemd waits for a sign of life; 0: it does not."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Supervisor":
        """WATCHDOG_PID, where it is said, must be this process."""
        for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environment.get("WATCHDOG_USEC", "")
        seconds = int(microseconds) / 1e6 if for_us and microseconds.isdigit() else 0.0
        return cls(environment.get("NOTIFY_SOCKET", ""), seconds)

    def ready(self) -> None:
        self._tell("READY=1")

    def reloading(self) -> None:
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    async def live(self) -> None:
        """Signs of life until cancelled."""
        while self.address and self.watchdog_seconds:
            self._tell("WATCHDOG=1")
            await trio.sleep(self.watchdog_seconds / 2)

    def _tell(self, state: str) -> None:
        """A datagram that nobody takes harms nobody: it is as if nothing had been said."""
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)
            try:
                line.sendto(state.encode(), address)
            except OSError:
                return

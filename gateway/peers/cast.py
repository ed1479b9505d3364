"""The demonstration's processes, seen from outside: the hub and one peer a system."""

import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from subprocess import PIPE
from typing import Any

import trio

from gateway.peers.population import Step
from gateway.peers.process import Start

READY_SECONDS = 300
STOP_SECONDS = 15


class CastError(Exception):
    """A process of the demonstration did not come up or went away."""


class HubProcess:
    """`ecif serve` as anybody would start it, but out of reach of the keyboard's interrupt."""

    def __init__(self, conf: Path, log: Path) -> None:
        self._conf, self._log = conf, log
        self._process: trio.Process | None = None

    async def start(self) -> None:
        """Until it says `ready`."""
        environ = {key: value for key, value in os.environ.items() if key != "ECIF_DATABASE_URL"}
        command = [sys.executable, "-m", "gateway.cli.main", "serve", "--conf", str(self._conf)]
        with self._log.open("wb") as log:
            self._process = await trio.lowlevel.open_process(
                command, stdin=PIPE, stderr=log, env=environ, start_new_session=True
            )
        with trio.move_on_after(READY_SECONDS):
            while "ready" not in self._lines():
                if self._process.poll() is not None:
                    break
                await trio.sleep(0.05)
            else:
                return
        raise CastError(f"the hub did not start: {self._last_words()} (its log: {self._log})")

    async def stop(self) -> int:
        """SIGTERM, then wait for the drain."""
        if self._process is None:
            return 0
        self._process.terminate()
        with trio.move_on_after(STOP_SECONDS):
            await self._process.wait()
        return await _end(self._process)

    async def wait(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _lines(self) -> list[str]:
        return self._log.read_text("utf-8", "replace").splitlines()

    def _last_words(self) -> str:
        plain = [line for line in self._lines() if not line.startswith("{")]
        return (plain or ["no word"])[-1]


async def _end(process: trio.Process) -> int:
    """Gone, and its pipes closed, whatever happens meanwhile."""
    with trio.CancelScope(shield=True):
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                await pipe.aclose()
        await process.wait()
    return process.returncode or 0


class PeerProcess:
    """One scripted system."""

    def __init__(self, start: Start, log: Path) -> None:
        self.system, self._start, self._log = start.system, start, log
        self.numbers: dict[str, Any] = {}
        self.given = 0
        """Steps handed over."""
        self.done_giving = False
        self._ready = trio.Event()
        self._state: dict[str, Any] | None = None
        self._state_came = trio.Event()
        self._process: trio.Process | None = None

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "gateway.peers.process"]
            self._process = await trio.lowlevel.open_process(command, stdin=PIPE, stdout=PIPE, stderr=log)
        try:
            await self._tell(asdict(self._start))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen)
                with trio.move_on_after(READY_SECONDS) as waiting:
                    await self._ready.wait()
                if waiting.cancelled_caught:
                    raise CastError(f"the peer {self.system} did not start (its log: {self._log})")
                task_status.started()
        finally:
            await _end(self._process)

    async def give(self, steps: Iterable[Step]) -> None:
        for step in steps:
            await self._tell({"step": asdict(step)})
            self.given += 1
        self.done_giving = True

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def report(self) -> dict[str, Any]:
        """Its books and counts."""
        await self._tell({"do": "report"})
        await self._state_came.wait()
        assert self._state is not None
        return self._state

    @property
    def finished_steps(self) -> int:
        return max(0, self.given - int(self.numbers.get("open", 0)))

    @property
    def sent_all(self) -> bool:
        return self.done_giving and self.numbers.get("open", 1) == 0

    @property
    def idle(self) -> bool:
        """Everything handed over is done, and for a moment nothing has come in."""
        return self.sent_all and float(self.numbers.get("quiet_seconds", 0)) > 0.4

    async def _tell(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        await self._process.stdin.send_all((json.dumps(message, ensure_ascii=False) + "\n").encode())

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in _lines(self._process.stdout):
            event = json.loads(line)
            self._events[event.pop("event")](self, event)
        raise CastError(f"the peer {self.system} went away (its log: {self._log})")

    def _came_ready(self, event: dict[str, Any]) -> None:
        self._ready.set()

    def _came_progress(self, event: dict[str, Any]) -> None:
        self.numbers = event

    def _came_state(self, event: dict[str, Any]) -> None:
        self._state = event
        self._state_came.set()

    _events: dict[str, Callable[["PeerProcess", dict[str, Any]], None]] = {  # noqa: RUF012
        "ready": _came_ready,
        "progress": _came_progress,
        "state": _came_state,
    }


async def _lines(stream: trio.abc.ReceiveStream) -> AsyncGenerator[bytes, None]:
    """A state is one line of megabytes, so what came is joined once a line."""
    parts: list[bytes] = []
    while data := await stream.receive_some(1 << 20):
        *whole, rest = bytes(data).split(b"\n")
        for line in whole:
            yield b"".join([*parts, line])
            parts = []
        parts.append(rest)

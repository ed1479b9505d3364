"""An accept loop that nothing stops.

Running out of file descriptors must not spin, and must not leave peers hanging: one descriptor is kept in
reserve, given up to accept and close the next in line, and taken back.
"""

import contextlib
import errno
import os
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import structlog
import trio

log = structlog.get_logger("listener")

OUT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE_SECONDS = 0.1
LOG_SECONDS = 10.0


S = TypeVar("S", bound=trio.abc.AsyncResource)
Accepted = TypeVar("Accepted", bound=trio.abc.AsyncResource, covariant=True)


class Accepts(Protocol[Accepted]):
    async def accept(self) -> Accepted: ...


class Reserve:
    """One descriptor kept for the time when there are no others."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self.take()

    def take(self) -> None:
        if self._descriptor is None:
            with contextlib.suppress(OSError):
                self._descriptor = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def give_up(self) -> bool:
        """Whether there was one."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is not None


async def accept_loop(
    listener: Accepts[S], handle: Callable[[S], Awaitable[None]], tasks: trio.Nursery
) -> None:
    """Accept until cancelled, one task a connection in `tasks`. `handle` must not raise."""
    reserve = Reserve()
    quiet_until = trio.current_time()
    try:
        while True:
            try:
                stream = await listener.accept()
            except OSError as error:
                if error.errno not in OUT_OF:
                    raise
                if trio.current_time() >= quiet_until:
                    quiet_until = trio.current_time() + LOG_SECONDS
                    log.warning("listener.out_of_descriptors", error=errno.errorcode[error.errno])
                await _refuse_one(listener, reserve)
            else:
                tasks.start_soon(handle, stream)
    finally:
        reserve.give_up()


async def _refuse_one(listener: Accepts[S], reserve: Reserve) -> None:
    """Close the next in line with the reserve descriptor, rest a little, take the reserve back."""
    if reserve.give_up():
        with trio.move_on_after(PAUSE_SECONDS), contextlib.suppress(OSError):
            await trio.aclose_forcefully(await listener.accept())
    await trio.sleep(PAUSE_SECONDS)
    reserve.take()

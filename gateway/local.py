"""Unix sockets for programs of this machine and this user: one answer a connection, then it is closed.

The hub tells its statistics over one and takes orders over another; where several hubs share a machine, their
parent asks theirs and answers for all.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import trio

from gateway.accepting import accept_loop
from gateway.streams import Wire, WireBroken

SECONDS = 5.0
LONGEST_LINE = 4_096
LONGEST_SOCKET_PATH = 107

Answers: TypeAlias = Callable[[Wire], Awaitable[None]]
OpensLocal: TypeAlias = Callable[[Path], Awaitable[trio.abc.Listener[trio.SocketStream]]]
"""A path → a socket there."""


class CannotServe(OSError):
    """The socket cannot be opened; the text says why."""


async def serve_local(
    path: Path,
    answer: Answers,
    open_local: OpensLocal | None = None,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """`answer` each who connects, until cancelled. The socket is for this user only."""

    async def serve(stream: trio.SocketStream) -> None:
        wire = Wire(stream, peer=path.stem, write_seconds=SECONDS)
        try:
            with contextlib.suppress(WireBroken), trio.move_on_after(SECONDS):
                await answer(wire)
        finally:
            await wire.close()

    listener = await (open_local or open_socket)(path)
    try:
        async with trio.open_nursery() as answers:
            task_status.started()
            await accept_loop(listener, serve, answers)
    finally:
        remove_socket(path)
        await trio.aclose_forcefully(listener)


async def read_line(wire: Wire) -> bytes:
    """The first line, or what there is of it."""
    data = b""
    while b"\n" not in data and len(data) <= LONGEST_LINE:
        piece = await wire.receive()
        if not piece:
            break
        data += piece
    return data


async def ask_local(path: Path, question: bytes = b"") -> bytes:
    """What is answered there. Raises OSError, trio.BrokenResourceError."""
    async with await trio.open_unix_socket(path) as stream:
        if question:
            await stream.send_all(question)
        return b"".join([piece async for piece in stream])


async def open_socket(path: Path) -> trio.SocketListener:
    check_length(path)
    await _clear(path)
    socket = trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_STREAM)
    try:
        await socket.bind(os.fspath(path))
        os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
        socket.listen(64)
    except BaseException:
        socket.close()
        raise
    return trio.SocketListener(socket)


def check_length(path: Path) -> None:
    """Raises CannotServe."""
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise CannotServe(errno.ENAMETOOLONG, f"run.directory is too long a path for a socket: {path}")


async def _clear(path: Path) -> None:
    """Remove what a killed hub left behind; CannotServe when a living one is there."""
    try:
        await (await trio.open_unix_socket(path)).aclose()
    except (FileNotFoundError, ConnectionRefusedError, trio.BrokenResourceError):
        remove_socket(path)
    else:
        raise CannotServe(errno.EADDRINUSE, f"another hub is running: it answers on {path}")


def remove_socket(path: Path) -> None:
    path.unlink(missing_ok=True)

"""Orders to the running hub over a Unix socket beside the one with its statistics: one JSON line each way.

    {"do": "pause", "system": "core"}   →   {"done": true, "paused": ["core"]}

The socket is for this user only; who may give orders, and why, is the business of whoever asks (OCRM, which
keeps it in its audit trail).
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import trio

from gateway.accepting import accept_loop
from gateway.statistics import OpensLocal, as_line, open_socket, remove_socket
from gateway.streams import Wire, WireBroken

SECONDS = 5.0
LONGEST = 4_096

Order = Mapping[str, Any]


class Refused(Exception):
    """The order cannot be followed; the text says why."""


async def serve_control(
    path: Path,
    follow: Callable[[Order], Mapping[str, Any]],
    open_local: OpensLocal | None = None,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Until cancelled. `follow` raises Refused."""

    async def answer(stream: trio.SocketStream) -> None:
        wire = Wire(stream, peer="control", write_seconds=SECONDS)
        try:
            with contextlib.suppress(WireBroken), trio.move_on_after(SECONDS):
                await wire.send(as_line(_followed(await _line(wire), follow)))
        finally:
            await wire.close()

    listener = await (open_local or open_socket)(path)
    try:
        async with trio.open_nursery() as answers:
            task_status.started()
            await accept_loop(listener, answer, answers)
    finally:
        remove_socket(path)
        await trio.aclose_forcefully(listener)


async def _line(wire: Wire) -> bytes:
    data = b""
    while b"\n" not in data and len(data) <= LONGEST:
        piece = await wire.receive()
        if not piece:
            break
        data += piece
    return data


def _followed(line: bytes, follow: Callable[[Order], Mapping[str, Any]]) -> Mapping[str, Any]:
    try:
        order = json.loads(line)
        if not isinstance(order, dict):
            raise Refused("an order is a JSON object")
        return {"done": True, **follow(order)}
    except (ValueError, Refused) as error:
        return {"done": False, "why": str(error) if isinstance(error, Refused) else "the order is no JSON"}

"""Orders to the running hub over a Unix socket beside the one with its statistics: one JSON line each way.

    {"do": "pause", "system": "core"}   →   {"done": true, "paused": ["core"]}

The socket is for this user only; who may give orders, and why, is the business of whoever asks (OCRM, which
keeps it in its audit trail).
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import trio

from gateway.local import OpensLocal, read_line, serve_local
from gateway.statistics import as_line
from gateway.streams import Wire

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

    async def answer(wire: Wire) -> None:
        await wire.send(as_line(_followed(await read_line(wire), follow)))

    await serve_local(path, answer, open_local, task_status=task_status)


def _followed(line: bytes, follow: Callable[[Order], Mapping[str, Any]]) -> Mapping[str, Any]:
    try:
        order = json.loads(line)
        if not isinstance(order, dict):
            raise Refused("an order is a JSON object")
        return {"done": True, **follow(order)}
    except (ValueError, Refused) as error:
        return {"done": False, "why": str(error) if isinstance(error, Refused) else "the order is no JSON"}

"""Orders to the running hub, over the Unix socket beside the one with its statistics (`gateway.control`)."""

import json
import socket
from pathlib import Path

from ocrm_api.health.hub import HubSilent


class OrderRefused(Exception):
    """The hub does not follow it; the text says why."""


def order(path: Path, seconds: float, **what: str) -> None:
    """Raises HubSilent, OrderRefused."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(seconds)
            line.connect(str(path))
            line.sendall(json.dumps(what).encode() + b"\n")
            with line.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except (OSError, ValueError) as error:
        raise HubSilent("the hub gives no answer") from error
    if not answer.get("done"):
        raise OrderRefused(str(answer.get("why", "the hub refused")))

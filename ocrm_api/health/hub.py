"""Asking the running hub: one connection to its Unix socket, one JSON line back."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LARGEST = 16_000_000


class HubSilent(Exception):
    """The hub gave no answer in time: it is not running, or it hangs."""


def ask_hub(path: Path, seconds: float) -> Mapping[str, Any]:
    """The hub's statistics. Raises HubSilent."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(seconds)
            line.connect(str(path))
            answer = json.loads(_read_all(line))
    except (OSError, ValueError) as error:
        raise HubSilent("the hub gives no answer") from error
    if not isinstance(answer, dict):
        raise HubSilent("the hub's answer is no statistics")
    return answer


def _read_all(line: socket.socket) -> bytes:
    data = bytearray()
    while piece := line.recv(65536):
        data += piece
        if len(data) > _LARGEST:
            raise ValueError("statistics without end")
    return bytes(data)

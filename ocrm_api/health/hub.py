"""Asking the running hub: one connection to its Unix socket, one JSON line back."""

import json
import socket
from collections.abc import Mapping, Sequence
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


def quantile(buckets: Sequence[Sequence[Any]], share: float) -> float:
    """Of a histogram as the hub tells it: upper bound of the bucket that this share of all falls in; of the
    last one, the bound before it. 0 where there is nothing."""
    total = buckets[-1][1] if buckets else 0
    bounds = [bound for bound, count in buckets if bound != "+Inf" and count < share * total]
    known = [bound for bound, _ in buckets if bound != "+Inf"]
    return float(known[min(len(bounds), len(known) - 1)]) if total else 0.0

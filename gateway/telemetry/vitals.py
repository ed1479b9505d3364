"""What this process uses now: memory, descriptors, threads, tasks; and lines the log could not take."""

import os
import resource
import threading
from pathlib import Path

import trio

from gateway.telemetry.logs import lines_dropped


def vitals() -> dict[str, int]:
    """Asked in the event loop."""
    return {
        "resident_bytes": resident_bytes(),
        "descriptors": len(os.listdir("/proc/self/fd")) - 1,  # less the one that looks
        "threads": threading.active_count(),
        "tasks": trio.lowlevel.current_statistics().tasks_living,
        "log_lines_dropped": lines_dropped(),
    }


def resident_bytes(process: Path = Path("/proc/self")) -> int:
    return int((process / "statm").read_text().split()[1]) * resource.getpagesize()

"""The hub's clock."""

import time


def wall_clock() -> int:
    """Microseconds UTC."""
    return time.time_ns() // 1000

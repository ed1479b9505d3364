"""Who goes first where processor time is short: the systems of the bank, then those who look.

A hub and its HTTP process often share a few cores. One reader may wait some milliseconds; for the hub the
terminals of a whole system wait.
"""

import contextlib
import os
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(nice: int) -> None:
    """For the whole process, for good; 0 to 19 as for nice(2). Where the kernel groups processes by session
    (sched(7)), the niceness of one counts only inside its group: that of the group is set, too, if it is this
    process's own."""
    os.nice(nice)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_text(str(nice))

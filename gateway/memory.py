"""Memory that runs short: work is turned away first, so that what was taken in can be finished.

A process that is given no more memory fails at any place it happens to be. So the hub looks once a second
how much of what it may have is in use, and from `HIGH` on answers every message 9001 until it is below `LOW`:
nothing new is held, the peers come again. Two limits are known: the process's address space (RLIMIT_AS,
`ulimit -v`) and the control group's (systemd's MemoryMax, a container's limit), of which what the kernel can
give back does not count (cgroup v2, memory.stat: cached files but for shared memory, slab_reclaimable).
Backups and big logs fill the cache up to the limit, and that is no shortage.
"""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
import trio

log = structlog.get_logger("memory")

HIGH: Final = 0.9
LOW: Final = 0.8
EVERY_SECONDS: Final = 1.0
_CGROUPS = Path("/sys/fs/cgroup")


def in_use(process: Path = Path("/proc/self"), groups: Path = _CGROUPS) -> float:
    """Share of the memory that may be had; 0 where there is no limit, or nobody can say."""
    return max(_of_address_space(process), _of_group(process, groups))


def _of_address_space(process: Path) -> float:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return 0.0
    pages = int((process / "statm").read_text().split()[0])
    return pages * resource.getpagesize() / limit


def _of_group(process: Path, groups: Path) -> float:
    try:
        name = next(
            line[3:] for line in (process / "cgroup").read_text().splitlines() if line.startswith("0::")
        )
        group = groups / name.strip("/")
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError, StopIteration):  # no such control group, or "max"
        return 0.0
    cached, shared, slab = (int(stat.get(name, 0)) for name in ("file", "shmem", "slab_reclaimable"))
    return (used - max(cached - shared, 0) - slab) / limit


class Pressure:
    """Begins at `HIGH`, ends below `LOW`."""

    def __init__(self, share: Callable[[], float] = in_use) -> None:
        self._share, self.high = share, False

    def look(self) -> bool:
        """Whether work is turned away now."""
        share = self._share()
        if self.high != (share >= (LOW if self.high else HIGH)):
            self.high = not self.high
            log.warning("memory.short" if self.high else "memory.enough", share=round(share, 3))
        return self.high


async def watch_memory(shed: Callable[[bool], None]) -> None:
    """Until cancelled."""
    pressure = Pressure()
    while True:
        shed(pressure.look())
        await trio.sleep(EVERY_SECONDS)

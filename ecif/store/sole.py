"""An SQLite file is one hub's: a second one is told so, instead of both pushing the same changes.

Other databases have leases (`ecif.leases`). Chores beside the hub (`ecif load`, staff) may share the file.
The lock is the kernel's and ends with the process, however it ends.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ecif.store.engine import read_url
from ecif.store.errors import StoreLocked, StoreUnreachable

WAIT_SECONDS = 10.0
"""For a hub that was killed: its store process ends after the transaction it is in."""
_LOOK_SECONDS = 0.05


@contextmanager
def sole(url: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """The only hub on this SQLite file while this lasts; of other databases nothing. Raises StoreLocked."""
    parsed = read_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        yield
        return
    path = Path(f"{parsed.database}-hub")
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise StoreUnreachable(f"{path} cannot be opened: {error.strerror}") from error
    with file:
        _lock(file, time.monotonic() + wait_seconds)
        yield


def _lock(file: IO[str], until: float) -> None:
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StoreLocked(
                    "another hub works on this SQLite file: several hubs need PostgreSQL or Oracle"
                ) from None
            time.sleep(_LOOK_SECONDS)

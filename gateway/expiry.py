"""Certificates and revocation lists that end soon are told of: at the start, after a reload, once a day.

The metric `ecif_certificate_expiry_seconds` says it all the time; this is for those who read logs.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
import trio

from gateway.config.schema import Conf
from gateway.surroundings import tls_files
from gateway.tls import WARN_DAYS, days_left

log = structlog.get_logger("certificates")

DAY_SECONDS = 86_400.0


def ending(conf: Conf) -> Iterator[tuple[str, Path, int]]:
    """(key, file, days left) of those that end within 30 days, or have ended."""
    for key, path in tls_files(conf):
        left = None if key.endswith(".key") else days_left(path)
        if left is not None and left < WARN_DAYS:
            yield key, path, left


def warn(conf: Conf) -> None:
    for key, path, left in ending(conf):
        log.warning("certificate.ends", key=key, file=str(path), days=left)


async def warn_daily(in_force: Callable[[], Conf]) -> None:
    while True:
        warn(in_force())
        await trio.sleep(DAY_SECONDS)

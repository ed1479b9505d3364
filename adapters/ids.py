"""Message ids of the hub's own: upper-case letters and digits, or a UUID; random, so that none comes twice.

Not even after a restore from a backup (interfaces/README.md, "Shared values"): no counter, no clock.
"""

import base64
import secrets
import uuid
from collections.abc import Callable

from adapters.declaration import NewId


def id_maker(declared: NewId) -> Callable[[], str]:
    if declared.uuid:
        return lambda: uuid.uuid4().hex
    prefix = declared.prefix
    digits = (declared.length or 0) - len(prefix)
    size = digits * 5 // 8 + 1

    def make() -> str:
        return prefix + base64.b32encode(secrets.token_bytes(size)).decode("ascii")[:digits]

    return make

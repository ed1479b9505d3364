"""What the tests of the dialects share: moments, people of the sheets, and what is read of an answer."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adapters.clock import to_microseconds
from adapters.commands.incoming import Incoming
from adapters.dialect import SystemDialect
from ecif.messages import (
    Envelope,
    Unreadable,
)

EXAMPLES = Path(__file__).parents[2] / "formats" / "examples"
BEIJING = 8 * 3600
SENT = to_microseconds("20260105093000", BEIJING)
NOW = to_microseconds("20260105093002", BEIJING)
PREFIX = {"core": 4, "loan": 6, "ebank": 4}
LI = "110101199003074426"
MAIMAITI = "650101198506153039"

LI_IN_FULL = {
    "name": "李小明",
    "born": "19900307",
    "gender": "female",
}
EBANK_VALUES = LI_IN_FULL | {
    "kind": "person",
    "document:resident_id": (LI, "99991231"),
    "document:passport": ("E00000017", "20300101"),
    "phone:mobile": "13900000001",
    "address:mailing": ("北京市东城区试验路2号", "100010"),
    "email": "xm@example.com",
    "risk": "R3",
    "nationality": "CHN",
}

Bodies = Callable[[str, int], bytes]
Dialects = Mapping[str, SystemDialect]


def changed(dialect: SystemDialect, body: bytes, **fields: Any) -> bytes:
    """The same message with some fields changed; underscores are hyphens where core has them."""
    type, parsed = dialect.codec.parse(body)
    names = {name.replace("-", "_"): name for name in parsed}
    return dialect.codec.build(type, parsed | {names.get(key, key): value for key, value in fields.items()})


def refused(read: Incoming) -> tuple[str, str]:
    assert isinstance(read, Unreadable), read
    assert re.fullmatch(r"[ -~]{0,60}", read.text)
    return read.code, read.text


def envelope_of(read: Incoming) -> Envelope:
    return read.envelope

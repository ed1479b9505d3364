"""CU01 and CP01 (core.md) beside hand-written code, with and without the double-byte fields.

All use our charsets; without the double-byte fields their codecs, the same for all, hide nothing.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from bench import core_naive, core_tuned
from bench.contest import Contest
from bench.samples import codec_of, cp01, cu01
from formats.charsets.charset import charset
from formats.interpreting.interpreter import Interpreter
from formats.layout import Field, Layout
from formats.records import RecordCodec

EBCDIC = charset("cp037")
DEMANDS = {"naive": 1.5, "tuned": 0.85}
WIDE = frozenset({"CUST-NAME", "CUST-ADDRESS"})


def contests(conf: Path) -> Iterable[Contest]:
    codec = codec_of(conf, "core")
    for task, type, fields in _tasks():
        yield from _both_ways(task, codec, type, fields, wide=True)
        narrow = {name: value for name, value in fields.items() if name not in WIDE}
        yield from _both_ways(f"{task}, no double-byte", _narrow(codec, type), type, narrow, wide=False)


def _tasks() -> Iterable[tuple[str, str, dict[str, Any]]]:
    yield "CU01, 0 accounts", "CU01", cu01(0)
    yield "CU01, 5 accounts", "CU01", cu01(5)
    yield "CP01", "CP01", cp01()


def _both_ways(
    task: str, codec: RecordCodec, type: str, fields: dict[str, Any], *, wide: bool
) -> Iterable[Contest]:
    body, whole = codec.build(type, fields), {"MSG-TYPE": type, **fields}
    careful = Interpreter(codec.layout(type), EBCDIC.blank)
    by_hand = {"naive": core_naive, "tuned": core_tuned}
    others: dict[str, Any] = {
        name: partial(getattr(module, f"parse_{type.lower()}"), body, wide)
        for name, module in by_hand.items()
    }
    others["interpreted"] = lambda: careful.parse(body)[0]
    yield Contest(task, "parse", lambda: codec.parse(body)[1], others, DEMANDS)
    others = {
        name: partial(getattr(module, f"build_{type.lower()}"), whole, wide)
        for name, module in by_hand.items()
    }
    others["interpreted"] = lambda: careful.build(whole)[0]
    yield Contest(task, "build", lambda: codec.build(type, fields), others, DEMANDS)


def _narrow(codec: RecordCodec, type: str) -> RecordCodec:
    """The same record with the double-byte fields as filler."""
    layout: Layout = tuple(
        Field("", row.scalar) if isinstance(row, Field) and row.name in WIDE else row
        for row in codec.layout(type)
    )
    header = tuple(row for row in layout if row.name.startswith("MSG-"))
    return RecordCodec("core", header, "MSG-TYPE", {type: layout}, EBCDIC.blank)

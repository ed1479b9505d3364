"""Generated and careful writing of TLV messages are one: usual values, odd ones, wrong ones."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.errors import FormatError
from formats.tlv import _FAILED
from tests.soak import examples

WORDS = (
    "*",
    "٣" * 8,
    "20240230",
    "19900307",
    "ab cd",
    "20260105093000",
    "20260230000000",
    "名",
    "x" * 21,
    "\ud800",
)
ODD: Any = st.sampled_from(
    [
        "",
        None,
        0,
        1,
        -1,
        256,
        2**63,
        True,
        1.5,
        b"ab",
        [],
        {},
        Decimal("1.05"),
        [{}],
        [7],
        [{"use": 1}],
        *WORDS,
    ]
)


def outcome(build: Any) -> Any:
    try:
        return build()
    except FormatError as error:
        return [fault.text() for fault in error.faults]


@settings(max_examples=examples(400))
@given(data=st.data())
def test_both_ways_agree(ebank: Any, data: st.DataObject) -> None:
    codec = ebank.codec
    type, fields = codec.parse(
        data.draw(st.sampled_from([b for b in ebank.bodies() if codec.peek(b)[0] != "0xEE"]))
    )
    names = sorted({str(path[0]) for path in codec.paths(type)} | {"NO-SUCH", "unknown"})
    changed = data.draw(st.dictionaries(st.sampled_from(names), ODD, max_size=2))
    fields = {**fields, **changed}
    careful = outcome(lambda: codec.build_carefully(type, fields))
    both = outcome(lambda: codec.build(type, fields)[: -codec._seal_size])
    assert both == careful
    if isinstance(careful, list):
        with pytest.raises(_FAILED):
            codec._lowered[type].build(fields)


def test_an_id_is_echoed_by_generated_code(ebank: Any) -> None:
    fields = {"id": b"\x01\x02", "code": "0000"}
    written = ebank.codec._lowered["0x21"].build(fields)
    assert written == ebank.codec.build_carefully("0x21", fields)
    assert written[2:18] == b"\x01\x02" + bytes(14)


def test_usual_messages_are_written_by_generated_code_alone(ebank: Any) -> None:
    for body in ebank.bodies():
        type, fields = ebank.codec.parse(body)
        if "unknown" not in fields:
            assert ebank.codec._lowered[type].build(fields) == ebank.codec.build_carefully(type, fields)

"""Generated and careful reading of TLV messages are one: sound, in any order, damaged."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.errors import FormatError
from formats.tlv import _FAILED
from tests.soak import examples


def sealed(codec: Any, body: bytes) -> bytes:
    data = body[: -codec._seal_size]
    return data + codec._seal.over(data)


def carefully(codec: Any, body: bytes) -> Any:
    try:
        return codec.parse_carefully(body)
    except FormatError as error:
        return [fault.text() for fault in error.faults]


def generated(codec: Any, body: bytes) -> Any:
    """Only the generated way, without the second look at what it refuses."""
    lowered = codec._by_code[body[codec._type_slot]]
    return lowered.type, lowered.parse(body)


def tlvs(codec: Any, body: bytes) -> list[bytes]:
    found = codec._tlvs(body, codec._spec.head_size, len(body) - codec._seal_size)
    return [body[slot.start - codec._cells.least : slot.stop] for _, slot in found]


def test_the_examples_are_read_by_generated_code_alone(ebank: Any) -> None:
    read = 0
    for body in ebank.bodies():
        careful = carefully(ebank.codec, body)
        if isinstance(careful, tuple):
            assert generated(ebank.codec, body) == careful
            read += 1
    assert read > 10


@settings(max_examples=examples(150))
@given(data=st.data())
def test_both_ways_agree_in_any_order_and_damaged(ebank: Any, data: st.DataObject) -> None:
    codec = ebank.codec
    body = data.draw(st.sampled_from(ebank.bodies()))
    parts = tlvs(codec, body)
    if data.draw(st.booleans()):
        random.Random(data.draw(st.integers(0, 99))).shuffle(parts)
    if parts and data.draw(st.booleans()):
        parts.append(data.draw(st.sampled_from([*parts, b"\x7f\x01\x00\x02ab", b"\x01\x42\x00\x00"])))
    mixed = bytearray(body[: codec._spec.head_size] + b"".join(parts) + bytes(codec._seal_size))
    for _ in range(data.draw(st.integers(0, 2))):
        mixed[data.draw(st.integers(0, len(mixed) - codec._seal_size - 1))] = data.draw(st.integers(0, 255))
    message = sealed(codec, bytes(mixed))
    careful = carefully(codec, message)
    try:
        fast = generated(codec, message)
    except _FAILED:
        assert not isinstance(careful, tuple), "refused by generated code only"
    else:
        assert fast == careful


def test_a_wrong_seal_is_found_though_all_else_is_sound(ebank: Any) -> None:
    body = ebank.body("ebank 1")
    with pytest.raises(FormatError) as raised:
        ebank.codec.parse(body[:-1] + bytes([body[-1] ^ 1]))
    assert raised.value.kind.value == "seal"


def test_what_was_generated_can_be_read(ebank: Any) -> None:
    source = ebank.codec.source("0x20")
    assert "def parse(body):" in source
    assert "def build(fields):" in source
    assert "documents_entry['expiry']" in source

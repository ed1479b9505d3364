"""Any damage to any message of any system in conf: a value that is stable, or a clean refusal.

Hypothesis shrinks what it finds; `bench.fuzz` does the same a million times over.
"""

import os
from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.fuzz import open_codec
from formats.codec import Codec
from formats.errors import FormatError
from formats.samples import wild_messages
from formats.testing import check_any
from gateway.config.reader import read_conf

CONF = Path(__file__).parents[2] / "conf"
SYSTEMS = sorted(path.name for path in (CONF / "systems").iterdir())
EDITS = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=6
)


@cache
def codec_of(system: str) -> tuple[Codec, Sequence[bytes]]:
    codec = open_codec(read_conf(CONF, os.environ), system)
    return codec, list(islice(wild_messages(codec, 4), 50))


def damaged(body: bytes, edits: Sequence[tuple[int, int, bytes]]) -> bytes:
    data = bytearray(body)
    for at, size, piece in edits:
        at %= len(data) + 1
        data[at : at + size] = piece
    return bytes(data)


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 49), EDITS)
@example(0, [(0, 0, b"\xff" * 8)])
def test_damaged_messages(system: str, which: int, edits: list[tuple[int, int, bytes]]) -> None:
    codec, messages = codec_of(system)
    check_any(codec, damaged(messages[which], edits))


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=600))
@example(b"")
def test_any_bytes(system: str, data: bytes) -> None:
    check_any(codec_of(system)[0], data)


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.none() | st.text() | st.integers() | st.floats(), max_size=4))
def test_any_values(system: str, fields: dict[str, object]) -> None:
    codec, messages = codec_of(system)
    type, valid = codec.parse(messages[0])
    for name, value in zip(valid, [*fields.values()], strict=False):
        try:
            codec.parse(codec.build(type, valid | {name: value}))
        except FormatError:
            continue
    with_unknown = {f"x{name}": value for name, value in fields.items()}
    if with_unknown:
        with pytest.raises(FormatError):
            codec.build(type, valid | with_unknown)

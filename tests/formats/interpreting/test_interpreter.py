"""The fast way and the careful way read and write alike, on random and on damaged records."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.codec import Fields
from formats.layout import Field, Layout, Repeat
from formats.scalars import Amount, Date, Number, Scalar, Text, Time, text_of


def values(scalar: Scalar) -> st.SearchStrategy[Any]:
    """Values that this scalar takes."""
    match scalar:
        case Text():
            return st.text(max_size=scalar.size).map(scalar.fit)
        case Date():
            return st.sampled_from(["", "19900307", "99999999", "20240230"])
        case Time():
            return st.sampled_from(["", "20260105093000", "20240229235959"])
        case Amount():
            most = 10**scalar.numerals.digits - 1
            return st.integers(0, most).map(lambda n: f"{n // 100}.{n % 100:02d}")
        case Number():
            return st.integers(0, 10**scalar.numerals.digits - 1)
    raise AssertionError(scalar.kind)


def records(layout: Layout) -> st.SearchStrategy[Fields]:
    """Messages of this layout."""
    cells: dict[str, st.SearchStrategy[Any]] = {}
    counts = {row.count for row in layout if isinstance(row, Repeat)}
    for row in layout:
        if isinstance(row, Repeat):
            entries = st.lists(records(row.rows), min_size=row.least, max_size=min(row.most, 3))
            cells[row.name] = entries if row.not_sent is None else st.none() | entries
        elif isinstance(row, Field) and row.name and row.name not in counts:
            cells[row.name] = values(row.scalar)
    return st.fixed_dictionaries(cells)


TYPES = [("core", t) for t in ("CU01", "CN01", "RP01", "CP01", "HB00")] + [
    ("loan", t) for t in ("LN10", "LN11", "LN20", "LN30", "LN31")
]


@pytest.mark.parametrize(("name", "type"), TYPES)
@settings(max_examples=25)
@given(data=st.data())
def test_random_records_come_back(core: Any, loan: Any, name: str, type: str, data: st.DataObject) -> None:
    codec = {"core": core, "loan": loan}[name].codec
    record = codec._records[type]
    fields = data.draw(records(record.layout))
    body = codec.build(type, fields)
    parsed = codec.parse(body)[1]
    assert codec.build(type, parsed) == body
    assert codec.parse(codec.build(type, parsed)) == (type, parsed)
    for key, value in fields.items():
        if isinstance(value, str) and key not in ("MSG-TYPE", "TYPE") and text_of(_scalar(record, key)):
            assert parsed[key] == value


def _scalar(record: Any, name: str) -> Scalar:
    return next(row.scalar for row in record.layout if isinstance(row, Field) and row.name == name)


@pytest.mark.parametrize(("name", "type"), TYPES)
@settings(max_examples=40)
@given(data=st.data())
def test_both_ways_agree(core: Any, loan: Any, name: str, type: str, data: st.DataObject) -> None:
    codec = {"core": core, "loan": loan}[name].codec
    record = codec._records[type]
    body = bytearray(codec.build(type, data.draw(records(record.layout))))
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(body[: data.draw(st.none() | st.integers(0, len(body)))])
    careful, faults = record.interpreter.parse(damaged)
    try:
        fast = record.parse(damaged)
    except ValueError:
        assert faults or damaged[codec._type_slot] != codec._type_field.scalar.write(type)
        return
    assert not faults
    assert careful == fast
    assert record.interpreter.build({**fast, codec._type_field.name: type}) == (record.build(fast), [])


@given(body=st.binary(max_size=400))
def test_any_bytes_give_a_value_or_faults(core: Any, loan: Any, body: bytes) -> None:
    for codec in (core.codec, loan.codec):
        for type, record in codec._records.items():
            fields, faults = record.interpreter.parse(body)
            if not faults:
                body = codec.build(type, fields)
                assert record.parse(body) == record.interpreter.parse(body)[0]
            assert all(0 <= fault.place.offset <= len(body) for fault in faults)

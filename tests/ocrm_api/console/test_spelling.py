"""Moments, amounts and values as people read them."""

import time

import pytest

from ocrm_api.console.spelling import amount, day, duration, joined, machine, moment, parts


@pytest.fixture(autouse=True)
def in_shanghai(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_moments_carry_the_banks_own_offset() -> None:
    assert moment(1_700_000_000_000_000) == "2023-11-15 06:13:20 +08:00"
    assert moment("2023-11-14T22:13:20+00:00", False) == "2023-11-15 06:13 +08:00"
    assert machine(1_700_000_000_000_000) == "2023-11-15T06:13:20+08:00"
    assert moment(None) == moment("") == machine(None) == ""


def test_days_amounts_and_durations() -> None:
    assert (day("20301231"), day("unknown"), day(None)) == ("2030-12-31", "unknown", "")
    assert (amount("1234567.5"), amount("x"), amount(None)) == ("1,234,567.50", "x", "")
    assert [duration(seconds) for seconds in (3, 119, 700, 9000, 400_000, None)] == [
        "3 s", "119 s", "12 min", "2 h", "5 d", "",
    ]  # fmt: skip


def test_values_of_several_parts() -> None:
    assert parts("document:passport", ("E1", "20350630")) == ["E1", "2035-06-30"]
    assert parts("address:home", ("Street 1", None)) == ["Street 1"]
    assert parts("born", "19491231") == ["1949-12-31"]
    assert joined("document:passport", ["E1", "20350630"]) == "E1 · 2035-06-30"
    assert joined("name", None) == ""

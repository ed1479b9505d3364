"""What the HTTP process is lent: the bank's systems as functions, all that they build built once."""

import os
from pathlib import Path

import pytest

from gateway.config.reader import read_conf
from gateway.lending import ConfBank


@pytest.fixture(scope="module")
def bank() -> ConfBank:
    return ConfBank(read_conf(Path("conf"), os.environ))


def test_systems_as_conf_declares_them(bank: ConfBank) -> None:
    systems = {one.name: one for one in bank.systems()}
    assert systems["ebank"].secured == ("TLS", "hmac-sm3")
    assert systems["teller"].takes_pushes is False
    assert systems["card"].lines.startswith("→ ")


def test_a_message_that_cannot_be_read_is_dumped_with_what_is_wrong(bank: ConfBank) -> None:
    dump = bank.dump("teller", b"<broken")
    assert dump is not None
    assert dump.size == 7
    assert dump.faults
    assert sum(line.size for line in dump.lines) >= 7


def test_nobody_reads_the_bytes_of_a_stranger(bank: ConfBank) -> None:
    assert bank.dump("stranger", b"") is None

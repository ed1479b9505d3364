"""Each broken message is refused by the hub's own reading with the code the sheets promise."""

import pytest

from adapters.dialect import SystemDialect
from ecif.messages import CustomerImage, Unreadable
from gateway.bootstrap import load_dialects
from gateway.config.schema import Conf
from gateway.peers.population import FAULTS
from tests.gateway.peers.conftest import Desk

DECIDED_BY_THE_SERVICE = ("other_kind", "reused_id")
"""Readable, and refused for what the hub knows already."""


@pytest.fixture(scope="module")
def dialects(shipped: Conf) -> dict[str, SystemDialect]:
    return dict(load_dialects(shipped))


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in DECIDED_BY_THE_SERVICE])
def test_refused_with_its_code(desk: Desk, dialects: dict[str, SystemDialect], fault: str) -> None:
    record = next(iter(desk.books.records.values()))
    image = desk.books.written(record, record.seq + 1)
    letter, code = desk.breakage.broken(fault, image, desk.letters.customer(image))
    command = dialects[desk.system].read(desk.letters.bytes_of(letter), 0)
    assert isinstance(command, Unreadable)
    assert command.code == code


def test_the_same_id_says_something_else(desk: Desk, dialects: dict[str, SystemDialect]) -> None:
    record = next(iter(desk.books.records.values()))
    image = desk.books.written(record, record.seq + 1)
    first = desk.letters.customer(image)
    letter, code = desk.breakage.broken("reused_id", image, first)
    read = [dialects[desk.system].read(desk.letters.bytes_of(each), 0) for each in (first, letter)]
    assert all(isinstance(each, CustomerImage) for each in read)
    one, other = (each.envelope for each in read)
    assert (one.message_id, code) == (other.message_id, "1004")
    assert one.digest != other.digest

"""Messages as the hub reads them: the same content when sent again, and every record of the bank readable."""

import time

from ecif.messages import CustomerImage, Identification, NumberReplaced, PartyQuery, SignOn
from gateway.bootstrap import load_dialects
from gateway.config.schema import Conf
from tests.gateway.peers.conftest import Desk

BEIJING_NOON_2026 = 1_767_240_000_000_000


def test_every_record_is_a_readable_image(desk: Desk, shipped: Conf) -> None:
    dialect = load_dialects(shipped)[desk.system]
    for record in desk.books.records.values():
        letter = desk.letters.customer(desk.books.written(record, record.seq))
        command = dialect.read(desk.letters.bytes_of(letter), BEIJING_NOON_2026)
        assert isinstance(command, CustomerImage)
        assert command.change.customer_no == record.customer_no


def test_sent_again_it_is_flagged_and_says_the_same(desk: Desk, shipped: Conf) -> None:
    dialect = load_dialects(shipped)[desk.system]
    record = next(iter(desk.books.records.values()))
    letter = desk.letters.customer(desk.books.written(record, record.seq))
    first = dialect.read(desk.letters.bytes_of(letter), 0)
    again = dialect.read(desk.letters.bytes_of(letter, again=True), 0)
    assert isinstance(first, CustomerImage)
    assert isinstance(again, CustomerImage)
    flagged = dialect.sections.envelope.duplicate is not None
    assert (first.envelope.duplicate, again.envelope.duplicate) == (False, flagged)
    assert first.envelope.digest == again.envelope.digest


def test_ids_differ(desk: Desk) -> None:
    record = next(iter(desk.books.records.values()))
    ids = {desk.letters.customer(desk.books.written(record, 1)).id for _ in range(50)}
    assert len(ids) == 50


def test_the_other_requests_are_what_they_say(desk: Desk, shipped: Conf) -> None:
    dialect = load_dialects(shipped)[desk.system]
    identity = next(found for r in desk.books.records.values() if (found := desk.form.identity(r.page)))
    asked = {
        Identification: desk.letters.identify(identity),
        PartyQuery: desk.letters.query("EB00000001"),
        NumberReplaced: desk.letters.renumber("000000000001", "000000000002", 2),
        SignOn: desk.letters.sign_on(),
    }
    made = {kind: letter for kind, letter in asked.items() if letter is not None}
    for kind, letter in made.items():
        assert isinstance(dialect.read(desk.letters.bytes_of(letter), time.time_ns() // 1000), kind)

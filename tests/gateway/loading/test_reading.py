import pytest

from ecif.messages import CustomerImage, Unreadable
from ecif.setting import SECOND
from gateway.bootstrap import load_dialects
from gateway.loading.pieces import Piece
from gateway.loading.reading import RecordReader, customer_type
from tests.gateway.loading.files import CODECS, ID, SENT, TREE, body

NOW = 1_800_000_000 * SECOND
AS_OF = 1_767_576_602 * SECOND
DIALECTS = load_dialects(TREE)


def reader(system="core", as_of=AS_OF, **options):
    return RecordReader(TREE.systems[system], DIALECTS[system], as_of, **options)


def test_a_whole_message_is_read_as_it_is():
    one = body(1)
    command = reader().read(Piece(0, one), NOW)
    assert isinstance(command, CustomerImage)
    assert command.envelope.raw == one


def test_what_a_record_lacks_is_filled_in_the_same_way_every_time():
    bare = body(1, without=(ID, SENT, "CUST-SEQ"))
    first = reader().read(Piece(0, bare), NOW)
    later = reader(as_of=AS_OF + SECOND).read(Piece(500, bare), NOW)
    assert isinstance(first, CustomerImage)
    assert (first.change.seq, first.change.sent_at) == (1, AS_OF)
    assert later.envelope.message_id == first.envelope.message_id
    assert later.envelope.digest == first.envelope.digest
    other = reader().read(Piece(0, body(2, without=(ID, SENT))), NOW)
    assert other.envelope.message_id != first.envelope.message_id


def test_filler_behind_a_record_of_one_length():
    one = body(1)
    assert isinstance(reader().read(Piece(0, one + b"\x40" * 9), NOW), Unreadable)
    assert reader(padded=True).read(Piece(0, one + b"\x40" * 9), NOW) == reader().read(Piece(0, one), NOW)


def test_a_row_is_the_message_that_the_same_fields_make():
    fields = CODECS["core"].parse(body(1))[1]
    row = reader().read(Piece(2, type="CU01", fields=fields), NOW)
    assert row == reader().read(Piece(0, body(1)), NOW)


def test_a_row_that_cannot_be_written_is_told_without_its_value():
    command = reader().read(Piece(2, type="CU01", fields={"CUST-NO": "7" * 40}), NOW)
    assert isinstance(command, Unreadable)
    assert command.text.startswith("CUST-NO@35 ")
    assert "777" not in command.text


def test_what_cannot_be_read_has_a_stable_id():
    first, again = (reader().read(Piece(at, b"\xff" * 400), NOW) for at in (0, 9))
    assert isinstance(first, Unreadable)
    assert first.envelope.message_id == again.envelope.message_id != ""


def test_what_is_no_record_is_passed_over():
    beat = CODECS["core"].build("HB00", {ID: "A", SENT: "20260105093000"})
    reply = CODECS["core"].build("RP01", {ID: "B", "REPLY-TO": "X", "REPLY-CODE": "0000"})
    assert [reader().read(Piece(0, one), NOW) for one in (beat, reply)] == [None, None]


@pytest.mark.parametrize("system", TREE.systems)
def test_every_system_reads_a_row_without_envelope(system):
    """With what its customer message demands, and a stable id in its own form."""
    dialect, type = DIALECTS[system], customer_type(DIALECTS[system])
    fields = MINIMAL[system]
    first, again = (
        reader(system, as_of=AS_OF).read(Piece(at, type=type, fields=dict(fields)), NOW) for at in (2, 3)
    )
    assert not isinstance(first, Unreadable), first.text
    assert first.envelope.message_id == again.envelope.message_id != ""
    assert dialect.codec.parse(first.envelope.raw)[0] == type


MINIMAL = {
    "core": {"CUST-NO": "1", "CUST-KIND": "P", "CUST-NAME": "张三"},
    "loan": {"CUST_NO": "1", "KIND": "1", "NAME": "张三"},
    "ebank": {"number": "EB1", "kind": 1, "name": "张三"},
    "wealth": {"number": "1", "kind": "P", "name": "张三"},
    "card": {"DE102": "1", "DE48.01": "P", "DE48.02": "张三", "DE91": "1", "DE101": "CUSTOMER"},
    "teller": {
        "operator": "A1", "kind": "person", "name": "张三",
        "documents": [{"type": "passport", "number": "E1"}],
    },
}  # fmt: skip

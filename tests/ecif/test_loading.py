"""First loads on every database: once only, as often as they come; and nobody was told a number."""

from ecif.model import PartyChange


def load(bank, *commands):
    return [(reply.code, known) for reply, known in bank.service.take_new(commands, bank.now)]


def test_a_batch_takes_effect_once(bank):
    batch = [bank.person("core", f"C{n}", f"张{n}", id=f"M{n}", phone__mobile=f"139{n}") for n in range(3)]
    assert load(bank, *batch) == [("0000", False)] * 3
    before = bank.rows("SELECT count(*) FROM message UNION ALL SELECT count(*) FROM change_event")
    assert load(bank, *batch) == [("0000", True)] * 3
    assert load(bank, *batch, bank.person("core", "C9", "李九")) == [("0000", True)] * 3 + [("0000", False)]
    after = bank.rows("SELECT count(*) FROM message UNION ALL SELECT count(*) FROM change_event")
    assert [new - old for (old,), (new,) in zip(before, after, strict=True)] == [1, 1]


def test_a_record_that_stands_twice_in_a_batch_is_one(bank):
    one = bank.person("core", "C1", id="M1", content="x")
    assert load(bank, one, one) == [("0000", False), ("0000", True)]
    assert bank.rows("SELECT count(*) FROM message") == [(1,)]


def test_an_id_with_other_content_is_refused_and_stays_so(bank):
    first = bank.person("core", "C1", id="M1", content="x")
    other = bank.person("core", "C2", id="M1", content="y")
    assert load(bank, first, other) == [("0000", False), ("1004", False)]
    assert load(bank, first, other) == [("0000", True), ("1004", True)]


def test_refusals_are_kept_too(bank):
    bad = bank.unreadable("core", "1001", "CUST-NO@35 ends early", id="M1")
    assert load(bank, bad) == [("1001", False)]
    assert load(bank, bad) == [("1001", True)]
    assert bank.rows("SELECT count(*) FROM message") == [(1,)]


def test_nobody_was_told_the_ecif_number(bank):
    load(bank, bank.person("core", "C1"))
    assert bank.look("core", "C1").record.number_held == ""
    bank.one(bank.person("core", "C2", "李四"))
    told = bank.look("core", "C2").record.number_held
    assert told != ""
    load(bank, bank.person("core", "C2", "李四", phone__mobile="13912345678"))
    assert bank.look("core", "C2").record.number_held == told
    assert bank.due("core") == []


def test_the_line_and_the_file_bring_the_same_message(bank):
    """Its repeat over the line is answered from the journal, and the other way round."""
    one, two = bank.person("core", "C1"), bank.person("core", "C2", "李四")
    load(bank, one)
    assert bank.one(one).code == "0000"
    bank.one(two)
    assert load(bank, one, two) == [("0000", True)] * 2


def test_a_load_behind_the_line_overwrites_nothing(bank):
    bank.one(bank.person("core", "C1", "张三", seq=5))
    late = bank.person("core", "C1", "张老", seq=1)
    assert isinstance(late.change, PartyChange)
    assert load(bank, late) == [("0003", False)]
    assert bank.golden("core", "C1")["name"] == "张三"

"""What was worked out where a record was read changes nothing of what comes of it."""

from contextlib import closing

from ecif.foresight import foreseen
from ecif.survivorship import Rules
from tests.ecif.bank import TRUST, Bank
from tests.ecif.fakes import RESIDENT

TABLES = (
    "party", "source_record", "sync_state", "match_key", "change_event", "party_name", "party_document",
    "party_contact", "party_address", "party_relation", "party_holding", "review_task", "message",
)  # fmt: skip


def batches(bank):
    """Somebody new; the same again, elsewhere, otherwise; a namesake; two who share a document."""
    document = ("resident_id", RESIDENT, None)
    yield [
        bank.person("core", "C1", document=document, address=("", "虚构巷1号", "100010")),
        bank.person("core", "C2", "李四", phone__mobile="13912345678", born="19850615"),
        bank.person("core", "C3", "李四", phone__mobile="13912345678", born="19850615"),
        bank.image("core", "C4", kind="organization", name="试验公司"),
    ]
    yield [
        bank.person("ebank", "E1", document__resident_id=(RESIDENT, "20300101")),
        bank.person("core", "C1", "张三丰", document=document),
        bank.person("core", "C5", "王五", document=document),
        bank.person("core", "C6", "李四"),
        bank.person("core", "C2", "李四", phone__mobile="13900000002", born="19850615"),
    ]


def loaded(folder, prepare):
    folder.mkdir()
    bank = Bank(folder)
    with closing(bank.store):
        replies = []
        for batch in batches(bank):
            commands = [prepare(bank, command) for command in batch]
            replies += bank.service.take_new(commands, bank.now)
            bank.wait(1)
        assert bank.problems() == []
        return replies, {name: sorted(bank.rows(f"SELECT * FROM {name}"), key=repr) for name in TABLES}


def test_foreseen_or_not_every_row_is_the_same(tmp_path):
    def ahead(bank, command):
        system = command.envelope.system
        return foreseen(command, {system: bank.dialects[system]}, Rules.compiled(TRUST), bank.matching)

    plain = loaded(tmp_path / "plain", lambda bank, command: command)
    assert plain[1]["review_task"]
    assert plain[1]["match_key"]
    assert loaded(tmp_path / "ahead", ahead) == plain

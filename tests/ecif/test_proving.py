"""Whatever is done to history behind the program's back is found, and named; what is sound is not."""

import sqlite3
from contextlib import closing

import pytest

from ecif import anchoring
from ecif.chaining import ALGORITHMS, link
from ecif.proving import prove
from ecif.setting import SECOND
from ecif.signing import Signer, key_name
from tests.ecif.bank import Bank

KEY = b"a key of the bank"
SIGNER = Signer(key_name(KEY), KEY)
SIGNERS = {SIGNER.name: SIGNER}


def busy(bank, turns=25):
    """Two customers with a history each; gives their numbers."""
    numbers = []
    for customer_no in ("1", "2"):
        for turn in range(turns):
            bank.wait(60)
            reply = bank.one(bank.person("core", customer_no, f"张{customer_no}", risk=f"R{turn}"))
        numbers.append(reply.ecif_no)
    return numbers


def anchor(bank, signer=SIGNER, algorithm="sha256"):
    return list(anchoring.anchor(bank.store, bank.now, signer, algorithm))


def proven(bank, signers=SIGNERS):
    with bank.store.reading() as connection:
        return list(prove(connection, signers))


@pytest.fixture
def sqlite(tmp_path):
    bank = Bank(tmp_path)
    bank.numbers = busy(bank)
    anchor(bank)
    yield bank
    bank.store.close()


def tamper(bank, *statements):
    with closing(sqlite3.connect(bank.url.removeprefix("sqlite:///"))) as connection, connection:
        for statement, *bound in statements:
            connection.execute(statement, bound)


def made_anew(bank, number):
    """The chain of a number recomputed from its events as they are: what a thief with the code would do."""
    with closing(sqlite3.connect(bank.url.removeprefix("sqlite:///"))) as connection, connection:
        connection.row_factory = sqlite3.Row
        previous = ""
        rows = connection.execute("select * from change_event where ecif_no = ? order by seq", [number])
        for row in rows.fetchall():
            kept = connection.execute(
                "select state from party_snapshot where ecif_no = ? and seq = ?", [number, row["seq"]]
            ).fetchone()
            previous = link(previous, dict(row), kept["state"] if kept else "")
            link_of = "update change_event set chain = ? where ecif_no = ? and seq = ?"
            connection.execute(link_of, [previous, number, row["seq"]])
        old = connection.execute("select detail from party where ecif_no = ?", [number]).fetchone()["detail"]
        head = old[: old.rindex('"', 0, -2) + 1] + previous + '"]'
        connection.execute("update party set detail = ? where ecif_no = ?", [head, number])


# ---------------------------------------------------------------- what is sound


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_sound_history_is_proven(bank, algorithm):
    busy(bank, 3)
    (first,) = anchor(bank, algorithm=algorithm)
    assert (first.id, first.heads, first.key_name) == (1, 2, SIGNER.name)
    assert anchor(bank) == []  # nothing has grown
    bank.wait(3600)
    bank.one(bank.person("core", "1", "张1", risk="R9"))
    (second,) = anchor(bank, algorithm=algorithm)
    assert (second.id, second.heads) == (2, 1)
    assert proven(bank) == []


def test_a_chain_may_change_its_hash(bank):
    bank.one(bank.person("core", "1", risk="R1"))
    bank.wait(1)
    bank.service.setting = type(bank.service.setting)(
        bank.dialects, bank.service.setting.rules, bank.service.setting.matching, hashing="sm3"
    )
    bank.one(bank.person("core", "1", risk="R2"))
    chains = [row[0] for row in bank.rows("select chain from change_event order by seq")]
    assert [chain.startswith("sm3:") for chain in chains] == [False, True]
    assert proven(bank) == []


def test_a_large_database_is_anchored_in_parts(bank, monkeypatch):
    monkeypatch.setattr(anchoring, "PART", 3)
    for customer_no in range(8):
        bank.wait(1)
        bank.one(bank.person("core", str(customer_no), f"张{customer_no}"))
    parts = anchoring.anchor(bank.store, bank.now)
    next(parts)
    parts.close()  # interrupted
    rest = list(anchoring.anchor(bank.store, bank.now))
    assert sum(part.heads for part in rest) == 5
    assert proven(bank) == []


def test_an_event_that_was_committed_late_is_anchored(bank):
    """Stored at 10:00, committed after the anchor of 10:30: found, as long as it is not an hour late."""
    bank.wait(3600)
    bank.one(bank.person("core", "1"))
    anchor(bank)
    bank.wait(-1800)
    bank.one(bank.person("core", "2", "李四"))
    bank.wait(7200)
    (late,) = anchor(bank)
    assert late.heads == 1


# ---------------------------------------------------------------- what is not

EIGHTH = "ecif_no = ? and seq = 8"
ALTERED = (f"update change_event set difference = replace(difference, 'R7', 'R8') where {EIGHTH}",)
DELETED = ("delete from change_event where ecif_no = ? and seq = 8",)
CUT = ("delete from change_event where ecif_no = ? and seq > 20",)
SWAPPED = (
    "update change_event set seq = -8 where ecif_no = ? and seq = 8",
    "update change_event set seq = 8 where ecif_no = ? and seq = 9",
    "update change_event set seq = 9 where ecif_no = ? and seq = -8",
)
AUTHOR = ("update change_event set actor = 'somebody else' where ecif_no = ? and seq = 3",)
SNAPSHOT = ("update party_snapshot set state = replace(state, 'R19', 'R18') where ecif_no = ?",)


@pytest.mark.parametrize("damage", [ALTERED, DELETED, CUT, SWAPPED, AUTHOR, SNAPSHOT])
def test_damage_is_found_and_named(sqlite, damage):
    number = sqlite.numbers[0]
    tamper(sqlite, *((statement, number) for statement in damage))
    found = proven(sqlite, {})
    assert {(kind, who) for kind, who, _ in found} >= {("chain", number)}
    assert all(who == number for _, who, _ in found)


def test_a_chain_made_anew_does_not_agree_with_its_anchor(sqlite):
    number = sqlite.numbers[0]
    tamper(sqlite, (ALTERED[0].replace("R8", "RX"), number))
    made_anew(sqlite, number)
    found = proven(sqlite, {})
    assert ("anchor", number) in {(kind, who) for kind, who, _ in found}
    assert "chain" not in {kind for kind, _, _ in found}


def test_a_tail_cut_off_with_its_party_does_not_agree_with_its_anchor(sqlite):
    number = sqlite.numbers[0]
    tamper(sqlite, (CUT[0], number))
    made_anew(sqlite, number)
    told = [detail for kind, who, detail in proven(sqlite, {}) if (kind, who) == ("anchor", number)]
    assert told == ["event 25 is missing that was anchored by anchor 1"]


def test_a_customer_who_was_wiped_out_is_missed(sqlite):
    number = sqlite.numbers[0]
    tables = ("change_event", "party_snapshot", "party_name", "party")
    tamper(
        sqlite,
        ("update source_record set party = ?, head = ?", *[sqlite.numbers[1]] * 2),
        *((f"delete from {table} where ecif_no = ?", number) for table in tables),
    )
    assert ("anchor", number) in {(kind, who) for kind, who, _ in proven(sqlite, {})}


def test_false_anchors_are_found(sqlite):
    sqlite.wait(3600)
    sqlite.one(sqlite.person("core", "1", "张1", risk="RZ"))
    anchor(sqlite)
    number = sqlite.numbers[0]
    assert proven(sqlite) == []
    tamper(sqlite, ("update anchor_head set chain = 'x' where ecif_no = ? and anchor = 1", number))
    told = {said for _, _, said in proven(sqlite, {})}
    assert "the heads of anchor 1 are not those that were anchored" in told
    tamper(sqlite, ("delete from anchor_head where anchor = 1",), ("delete from anchor where id = 1",))
    assert "1 anchor(s) before anchor 2 are missing" in {said for _, _, said in proven(sqlite, {})}


def test_a_false_anchor_lacks_the_banks_key(sqlite):
    """Everything made anew, by somebody who knows the program and not the key."""
    number = sqlite.numbers[0]
    tamper(sqlite, (ALTERED[0].replace("R8", "RX"), number))
    made_anew(sqlite, number)
    tamper(sqlite, ("delete from anchor_head",), ("delete from anchor",))
    thief = Signer(SIGNER.name, b"a guess")
    anchor(sqlite, thief)
    assert proven(sqlite, {}) == []  # without the key, or the line in the log, nothing shows
    assert [said for _, _, said in proven(sqlite)] == ["anchor 1 is not the one that was signed"]


def test_a_history_that_leads_elsewhere_is_found(sqlite):
    number = sqlite.numbers[0]
    tamper(sqlite, ("update party set detail = replace(detail, 'R24', 'R23') where ecif_no = ?", number))
    assert ("history", number) in {(kind, who) for kind, who, _ in proven(sqlite)}


def test_an_hour_is_an_hour():
    assert anchoring._BACK == 3600 * SECOND

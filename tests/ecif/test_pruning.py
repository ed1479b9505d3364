"""Old bodies and history go in small steps; what stays is proven from a signed checkpoint; holds are kept."""

import itertools

import pytest

from ecif import history, legal_hold, pruning
from ecif.anchoring import anchor
from ecif.proving import prove
from ecif.pruning import prune
from ecif.setting import SECOND
from ecif.signing import Signer, key_name
from ecif.store import prunes
from ecif.store.errors import Crossed, StoreLocked
from tests.ecif.bank import Bank
from tests.ecif.test_proving import tamper

DAY = 86_400 * SECOND
KEY = b"a key of the bank"
SIGNER = Signer(key_name(KEY), KEY)


def years(bank, customer_no, days):
    for day in range(days):
        bank.wait(86_400)
        reply = bank.one(bank.person("core", customer_no, f"张{customer_no}", risk=f"R{day}"))
    return reply.ecif_no


def prune_all(bank, before, **options):
    return prune(
        bank.store, bodies_before=before, events_before=before, now=bank.now, signer=SIGNER, **options
    )


def proven(bank):
    with bank.store.reading() as connection:
        return list(prove(connection, {SIGNER.name: SIGNER}))


def risk(bank, number, moment):
    found = history.as_of(bank.store, number, stored_at=moment)
    return found.golden.values["risk"].value if "risk" in found.golden.values else None, found.complete


def test_what_is_left_is_proven_and_read(bank):
    start = bank.now
    number = years(bank, "1", 50)
    list(anchor(bank.store, bank.now, SIGNER))
    before = start + 30 * DAY
    count = {"bodies": 29, "events": 28, "parties": 1}
    assert prune_all(bank, before, rehearse=True) == pruning.Pruned(**count)
    assert bank.rows("select count(*) from change_event") == [(50,)]
    assert prune_all(bank, before) == pruning.Pruned(**count)
    assert prune_all(bank, before) == pruning.Pruned()
    assert bank.rows("select count(*), min(seq) from change_event") == [(22, 29)]
    assert bank.rows("select seq, events from history_checkpoint") == [(28, 28)]
    assert bank.rows("select count(*) from message_body") == [(21,)]
    assert proven(bank) == []
    assert risk(bank, number, before - 1) == ("R28", True)  # in force on the day
    assert risk(bank, number, start + 35 * DAY) == ("R34", True)
    assert risk(bank, number, start + 10 * DAY) == (None, False)
    found = history.as_of(bank.store, number, held_at=start + 40 * DAY)
    assert (found.golden.values["risk"].value, found.complete) == ("R39", True)
    assert not history.as_of(bank.store, number, held_at=start + 5 * DAY).complete
    years(bank, "1", 3)
    assert proven(bank) == []


def test_pruning_again_goes_on_from_the_checkpoint(bank):
    start = bank.now
    number = years(bank, "1", 45)
    for day in (10, 25, 40):
        prune_all(bank, start + day * DAY)
        assert proven(bank) == []
    assert bank.rows("select seq, events from history_checkpoint") == [(38, 38)]
    assert risk(bank, number, bank.now) == ("R44", True)
    assert bank.problems() == []


def test_legal_hold_reaches_merged_numbers(bank):
    start = bank.now
    one, two, three = (years(bank, number, 5) for number in "123")
    bank.service.merge(one, two, actor="a", reason="b", now=bank.now)
    legal_hold.place(bank.store, one, actor="court", reason="case 7", now=bank.now)
    bank.wait(86_400)
    done = prune_all(bank, bank.now)
    assert (done.events, done.parties, done.held) == (4, 1, 12)
    assert bank.rows("select distinct ecif_no from history_checkpoint") == [(three,)]
    assert legal_hold.lift(bank.store, one, actor="court", reason="closed", now=bank.now) == 1
    assert prune_all(bank, bank.now).parties == 2
    (told,) = legal_hold.listed(bank.store)
    assert (told.ecif_no, told.reason, told.lift_reason) == (one, "case 7", "closed")
    with pytest.raises(legal_hold.NoSuchParty):
        legal_hold.place(bank.store, "100000000999", actor="a", reason="b", now=bank.now)
    assert bank.now > start
    assert proven(bank) == []


def test_a_body_that_may_be_needed_stays(bank):
    bank.one(bank.person("core", "1"))
    bank.service.set_aside(bank.person("loan", "2"), "a bug", bank.now)
    bank.one(bank.person("ebank", "9", "李四", document__passport=("E1", None)))
    assert len(bank.due("loan") + bank.due("core") + bank.due("ebank")) >= 0
    bank.wait(86_400)
    before = bank.rows("select count(*) from message_body")[0][0]
    done = prune_all(bank, bank.now)
    assert 0 < done.bodies < before
    kept = bank.rows("select m.state from message_body b join message m on m.id = b.id order by m.state")
    assert {row[0] for row in kept} <= {"failed", "sent"}
    assert ("failed",) in kept


@pytest.fixture
def sqlite(tmp_path):
    bank = Bank(tmp_path)
    yield bank
    bank.store.close()


def test_a_history_that_is_not_as_written_is_not_pruned(sqlite):
    number = years(sqlite, "1", 10)
    tamper(sqlite, ("update change_event set difference = '{}' where seq = 4",))
    assert prune_all(sqlite, sqlite.now).broken == (number,)
    assert sqlite.rows("select count(*) from change_event") == [(10,)]


@pytest.mark.parametrize(
    "damage",
    [
        "update history_checkpoint set state = replace(state, 'R', 'X')",
        "update history_checkpoint set chain = 'x'",
        "update history_checkpoint set events = 1",
    ],
)
def test_a_false_checkpoint_is_found(sqlite, damage):
    number = years(sqlite, "1", 10)
    prune_all(sqlite, sqlite.now - 5 * DAY)
    assert proven(sqlite) == []
    tamper(sqlite, (damage,))
    assert ("checkpoint", number) in {(kind, who) for kind, who, _ in proven(sqlite)}


def test_steps_are_small(bank, monkeypatch):
    monkeypatch.setattr(pruning, "BODIES", 4)
    monkeypatch.setattr(pruning, "PARTIES", 1)
    for number in "123":
        years(bank, number, 5)
    seen = []
    done = prune_all(bank, bank.now + DAY, progress=seen.append)
    assert (done.events, done.bodies) == (12, 15)
    assert len(seen) > 6
    assert seen[-1] == done


@pytest.mark.fault(
    "D9", "beside a hub at work: only settled rows, a few at a time, and the hub gets its turn"
)
def test_under_load(bank, monkeypatch):
    monkeypatch.setattr(pruning, "BODIES", 7)
    numbers = [str(n) for n in range(40)]
    for n in numbers:
        bank.one(bank.person("loan", n, f"张{n}"))
    failed = bank.person("core", "1", "张1")
    bank.service.set_aside(failed, "a fault", bank.now)
    pushes = bank.due("loan", limit=15)  # in flight: they may have to be repeated
    went, rested = [], []

    def rest(seconds):
        """The hub takes its turn between two steps."""
        rested.append(seconds)
        assert bank.one(bank.person("loan", numbers[len(rested) % 40], f"李{len(rested)}")).code == "0000"

    bank.wait(1)
    before = bank.now
    bank.wait(1)
    done = prune(
        bank.store, bodies_before=before, events_before=0, now=bank.now, progress=went.append, sleep=rest
    )
    assert (done.bodies, done.events) == (40, 0)
    steps = [
        after.bodies - earlier.bodies for earlier, after in itertools.pairwise([pruning.Pruned(), *went])
    ]
    assert (max(steps), len(rested)) == (7, len(went))
    kept = bank.rows(
        "SELECT m.message_id FROM message m JOIN message_body b ON b.id = m.id WHERE m.id < 1000"
    )
    assert {failed.envelope.message_id, *(push.push_id for push in pushes)} <= {id for (id,) in kept}
    bank.wait(60)
    assert {push.push_id for push in bank.due("loan")} >= {push.push_id for push in pushes}
    bank.service.discard(
        bank.rows("SELECT id FROM message WHERE state = 'failed'")[0][0],
        actor="wang",
        reason="x",
        now=bank.now,
    )


def test_a_step_that_finds_the_database_locked_is_taken_again(bank, monkeypatch):
    bank.one(bank.person("core", "1"))
    tries = iter([StoreLocked("x"), Crossed("x")])
    drop = prunes.drop_bodies

    def locked(connection, ids):
        for error in tries:
            raise error
        drop(connection, ids)

    monkeypatch.setattr(prunes, "drop_bodies", locked)
    slept = []
    done = prune(bank.store, bodies_before=bank.now + 1, events_before=0, now=bank.now, sleep=slept.append)
    assert (done.bodies, slept[:2]) == (1, [0.1, 0.5])

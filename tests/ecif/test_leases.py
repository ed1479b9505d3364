"""Several hubs on one database: who may push, what a stalled one can still write, and the clock."""

import pytest

from ecif.leases import SECOND, Leases, tenancies
from ecif.service import Service
from ecif.store.store import Unit
from ecif.survivorship import Rules
from tests.databases import POSTGRESQL
from tests.ecif.bank import TRUST, ZHANG_ID, Bank

LASTS = 600 * SECOND  # far more than any step here takes by the real clock
ROOM = {"core": 5, "ebank": 5, "loan": 5}
SYSTEMS = sorted(ROOM)
DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}


def hub(bank, tmp_path, name):
    """One more hub on the bank's database, with leases."""
    made = bank.beside()
    made.service = Service(
        made.store,
        made.dialects,
        Rules.compiled(TRUST),
        made.matching,
        patience=bank.service.setting.patience,
        leases=Leases(name, LASTS),
    )
    return made


@pytest.fixture
def hubs(bank, tmp_path):
    made = [hub(bank, tmp_path, name) for name in ("first", "second")]
    yield made
    for each in made:
        each.store.close()


def holds(hub, *wanted):
    """Systems that it holds after it asked for these."""
    return sorted(each.system for each in hub.service.keep_leases(wanted) if each.mine)


def clock_moves(bank, seconds):
    """The database's clock, as seen from its leases."""
    with bank.store.changing() as connection:
        connection.exec_driver_sql(
            f"UPDATE lease SET held_until = held_until - {int(seconds * SECOND)} WHERE held_until > 0"
        )


def wait(seconds, *hubs):
    for each in hubs:
        each.wait(seconds)


def two_known(first, second):
    """A customer of core and ebank; ebank's change makes a push to core due."""
    first.take(first.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    first.take(first.person("ebank", "9", **DOCUMENT))
    first.settle()


@pytest.mark.fault("H1", "two want the same system: one gets it, pushes only there, the other after its end")
def test_one_at_a_time(hubs):
    first, second = hubs
    assert holds(first, *SYSTEMS) == SYSTEMS
    assert holds(second, *SYSTEMS) == []
    two_known(first, second)
    wait(60, *hubs)
    second.one(second.person("ebank", "9", phone__mobile="13900001111", **DOCUMENT))
    assert second.due("core") == []
    (push,) = first.due("core")
    clock_moves(first, 601)
    assert holds(second, "core") == ["core"]
    assert holds(first, *SYSTEMS) == ["ebank", "loan"]
    assert {each.system: each.holder for each in tenancies(first.store)} == {
        "core": "second", "ebank": "first", "loan": "first"
    }  # fmt: skip
    wait(60, *hubs)
    assert first.due("core") == []
    (again,) = second.due("core")
    assert (again.push_id, again.copies) == (push.push_id, 2)


@pytest.mark.fault("X2", "a hub that does not know that its lease ended writes no push")
def test_a_stale_hub_is_fenced(hubs):
    first, second = hubs
    holds(first, *SYSTEMS)
    two_known(first, second)
    wait(60, first, second)
    clock_moves(first, 601)
    assert holds(second, "core") == ["core"]
    change = first.person("ebank", "9", phone__mobile="13900001111", **DOCUMENT)
    (reply,) = first.service.take_in([change], first.now, ROOM)
    assert (reply.code, first.service.take_leaving()) == ("0000", []), "the message counts, no push leaves"
    assert first.service.counts["fenced"] == 1
    assert first.due("core") == []
    assert [push.copies for push in second.due("core")] == [1]


@pytest.mark.fault("X2", "so do its rounds of pushes, and what it says of lines that are gone")
def test_a_stale_round_takes_and_loses_nothing(hubs):
    first, second = hubs
    holds(first, *SYSTEMS)
    two_known(first, second)
    wait(60, first, second)
    first.one(first.person("ebank", "9", phone__mobile="13900001111", **DOCUMENT))
    clock_moves(first, 601)
    holds(second, "core")
    assert first.due("core") == []
    assert first.service.counts["fenced"] == 1
    (push,) = second.due("core")
    before = second.look("core", "1").schedule
    first.service.connection_lost([push.push_id], first.now)
    assert second.look("core", "1").schedule == before


@pytest.mark.fault("H1", "taken over while the holder's transaction runs: that one is done again")
@pytest.mark.parametrize("database", [POSTGRESQL])
def test_a_takeover_in_the_middle_of_a_transaction(tmp_path, database, monkeypatch):
    bank = Bank(tmp_path, database=database)
    first, second = (hub(bank, tmp_path, name) for name in ("first", "second"))
    holds(first, *SYSTEMS)
    two_known(first, second)
    wait(60, first, second)
    first.one(first.person("ebank", "9", phone__mobile="13900001111", **DOCUMENT))
    commit, taken = Unit.commit, []

    def taken_over_meanwhile(unit, work, now):
        if not taken:
            clock_moves(second, 601)
            taken.append(holds(second, "core"))
        commit(unit, work, now)

    monkeypatch.setattr(Unit, "commit", taken_over_meanwhile)
    assert first.due("core") == []
    assert taken == [["core"]]
    assert first.service.counts["fenced"] == 1
    assert [push.copies for push in second.due("core")] == [1]
    for each in (bank, first, second):
        each.store.close()


def test_a_reply_settles_its_push_wherever_it_arrives(hubs):
    """It is a fact, not a decision: the lease is about what is sent."""
    first, second = hubs
    holds(first, *SYSTEMS)
    two_known(first, second)
    wait(60, first, second)
    change = first.person("ebank", "9", phone__mobile="13900001111", **DOCUMENT)
    first.service.take_in([change], first.now, ROOM)
    (push,) = first.service.take_leaving()
    clock_moves(first, 601)
    holds(second, "core")
    second.one(second.answer(push))
    wait(60, *hubs)
    assert second.due("core") == []


@pytest.mark.fault("H2", "given up, or held by a former life of the same hub: taken at once")
def test_what_is_given_up_is_taken_at_once(hubs, bank, tmp_path):
    first, second = hubs
    holds(first, *SYSTEMS)
    assert holds(first, "loan") == ["loan"]
    assert holds(second, *SYSTEMS) == ["core", "ebank"]
    reborn = hub(bank, tmp_path, "second")
    assert holds(reborn, *SYSTEMS) == ["core", "ebank"]
    assert holds(second, *SYSTEMS) == [], "only what it held when it began"
    reborn.store.close()


@pytest.mark.fault("X3", "the database's clock an hour on or back: held by one, and not for an hour too long")
@pytest.mark.parametrize("hours", [1, -1])
def test_steps_of_the_databases_clock(hubs, hours):
    first, second = hubs
    holds(first, "core")
    clock_moves(first, hours * 3600)
    assert holds(second, "core") == ["core"]
    assert holds(first, "core") == []
    assert holds(second, "core") == ["core"]


@pytest.mark.fault("X3", "a hub's clock an hour off: its leases are by the database's")
@pytest.mark.parametrize("hours", [1, -1])
def test_a_hubs_clock_counts_for_nothing(hubs, hours):
    first, second = hubs
    holds(first, "core")
    second.wait(hours * 3600)
    first.wait(-hours * 3600)
    assert (holds(second, "core"), holds(first, "core")) == ([], ["core"])


def test_it_is_renewed_when_a_third_is_over(hubs):
    first, _ = hubs
    holds(first, "core")
    (before,) = first.service.keep_leases(["core"])
    clock_moves(first, 240)
    (after,) = first.service.keep_leases(["core"])
    assert after.token == before.token
    assert after.left > before.left - SECOND
    assert after.left <= LASTS

from ipaddress import ip_network

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from gateway.garbage import masked
from gateway.limits.admission import Addresses, Allowlist, Often, Places, Seat
from gateway.limits.budget import Budget
from gateway.limits.rates import Pacer, Throttle


def test_allowlist_knows_networks_and_mapped_addresses() -> None:
    allowed = Allowlist((ip_network("127.0.0.0/8"), ip_network("::1/128")))
    assert "127.0.0.1" in allowed
    assert "::1" in allowed
    assert "::ffff:127.0.0.1" in allowed
    assert "10.0.0.1" not in allowed
    assert "::2" not in allowed
    assert "not an address" not in allowed


def test_a_seat_is_taken_once_and_given_back_once() -> None:
    places = Places(1)
    first, second = Seat(places), Seat(places)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.give_back()
    first.give_back()
    assert second.take()
    assert places.taken == 1


@pytest.mark.fault("C7", "connections an address")
def test_addresses_count_each_host_alone() -> None:
    addresses = Addresses(1)
    assert addresses.take("a")
    assert addresses.take("b")
    assert not addresses.take("a")
    addresses.give_back("a")
    assert addresses.take("a")


async def test_budget_makes_readers_wait() -> None:
    budget = Budget(100)
    budget.hold(120)
    passed = []

    async def reader() -> None:
        await budget.wait_room()
        passed.append(True)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await wait_all_tasks_blocked()
        assert not passed
        budget.give_back(120)
    assert passed


@pytest.mark.fault("B7", "half-received frames hold the whole budget: one reader at a time goes on")
async def test_frames_begun_do_not_wait_for_each_other() -> None:
    budget, most, whole = Budget(100), 0, list[int]()

    async def reader(n: int) -> None:
        nonlocal most
        await budget.wait_room()
        await trio.lowlevel.checkpoint()
        budget.hold(30)
        for _ in range(3):
            await trio.lowlevel.checkpoint()
            await budget.wait_more(n)
            budget.hold(30)
            most = max(most, budget.taken)
        whole.append(n)
        budget.give_back(120)
        budget.end_turn(n)

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            for n in range(50):
                nursery.start_soon(reader, n)
    assert sorted(whole) == list(range(50))
    assert budget.taken == 0
    assert most <= 50 * 30 + 120  # a read of each, and the rest of one


async def test_a_turn_that_is_given_up_is_the_next_ones() -> None:
    budget = Budget(10)
    budget.hold(20)
    await budget.wait_more("first")
    done = trio.Event()

    async def second() -> None:
        await budget.wait_more("second")
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(second)
        await wait_all_tasks_blocked()
        assert not done.is_set()
        budget.end_turn("somebody else")
        await wait_all_tasks_blocked()
        assert not done.is_set()
        budget.end_turn("first")
    assert done.is_set()


def test_who_signs_on_gets_a_place_at_anothers_cost() -> None:
    places, gone = Places(1), list[str]()
    old = Seat(places)
    assert old.take()
    newcomer = Seat(places, make_room=lambda: gone.append("old"))
    assert newcomer.may_wait
    assert not newcomer.take()
    newcomer.take_by_right()
    newcomer.take_by_right()
    assert newcomer.held
    assert gone == ["old"]
    old.give_back()
    assert places.taken == 1


async def test_pacer_spreads_evenly_and_saves_nothing_up(autojump_clock: MockClock) -> None:
    pacer = Pacer(10)
    await trio.sleep(100)
    starts = []
    for _ in range(5):
        await pacer.wait_turn()
        starts.append(round(trio.current_time(), 3))
    assert [round(start - starts[0], 3) for start in starts] == [0, 0.1, 0.2, 0.3, 0.4]


@pytest.mark.fault("C7", "log lines are limited")
def test_throttle_says_how_much_it_hid() -> None:
    throttle = Throttle(most=2, seconds=10)
    assert [throttle.admit("x", now) for now in (0.0, 1.0, 2.0, 3.0, 10.0)] == [0, 0, None, None, 2]
    assert throttle.admit("y", 1.0) == 0


def test_masked_bytes_say_what_they_look_like_only() -> None:
    assert masked(b"GET /Zhang 13812345678") == "A A A 20 2f A a a a a 20 9 9 9 9 9"


@pytest.mark.fault("C7", "an address that connects and drops without end is counted and turned away")
def test_how_often_is_counted_an_address_and_a_window() -> None:
    often = Often(2, seconds=10)
    assert [often.note("a", now) for now in (0, 1, 2)] == [False, False, True]
    assert not often.note("b", 2)
    assert often.too_often("a", 9.9)
    assert not often.too_often("a", 10)
    assert not often.note("a", 10)
    often.note("a", 11)
    assert often.too_often("a", 12)
    often.forgive("a")
    assert not often.too_often("a", 12)


def test_addresses_without_end_do_not_fill_the_memory() -> None:
    often = Often(1, seconds=10)
    for n in range(3 * Often.MOST_REMEMBERED):
        often.note(str(n), 0.0)
    assert len(often._windows) <= Often.MOST_REMEMBERED

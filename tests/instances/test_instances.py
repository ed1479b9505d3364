"""Two `ecif serve` on one PostgreSQL: one delivers, and what happens to it befalls nobody else."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.databases import POSTGRESQL
from tests.instances.load import Load
from tests.instances.rig import GOOD, SECONDS, Instance, Pair, eventually, loan_id, stopped
from tests.sheets import core_client, ebcdic
from tests.sheets.people import Someone
from tests.sheets.pushes import SILENCE, Push
from tests.soak import soak_only

MOBILES = itertools.count(13_900_000_001)
ROUNDS = 10
"""Of the long form."""


@pytest.fixture(scope="module", params=[POSTGRESQL])
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    if ebcdic.MISSING:
        pytest.skip(ebcdic.MISSING)
    made = Pair(tmp_path_factory.mktemp("pair"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def who(pair: Pair) -> Someone:
    someone = Someone()
    pair.acquaint(someone)
    return someone


def change(at: Instance, who: Someone, seq: int) -> str:
    """Loan says a new mobile number there; core must hear of it."""
    mobile = str(next(MOBILES))
    reply = at.loan_says(who, seq, MOBILE=mobile, **loan_id(who))
    assert reply["CODE"] in GOOD, reply
    return mobile


def pushed(pair: Pair, who: Someone, mobile: str) -> Push:
    return pair.core_box.take_until(who.core, {"CUST-MOBILE": mobile}, seconds=SECONDS)


@pytest.mark.fault("H4", "the same messages through two hubs at the same moment: one effect, the same reply")
def test_the_same_message_at_once(pair: Pair) -> None:
    someone = Someone()
    with ThreadPoolExecutor(2) as both:
        for seq in range(1, 11):
            said = core_client.customer(someone.core, seq, CUST_NAME=f"{someone.name}{seq}")
            image = core_client.encode(said)
            asked = [both.submit(each.line.ask_raw, image, seconds=SECONDS) for each in pair.both]
            first, second = (core_client.decode(each.result()) for each in asked)
            assert first["REPLY-CODE"] == "0000", first
            own = {"MSG-ID": "", "MSG-SENT-AT": ""}
            assert {**first, **own} == {**second, **own}
            assert first["REPLY-VERSION"] == seq


@pytest.mark.fault("H1", "core has lines to both, changes come to both: only the holder's line is pushed on")
def test_one_delivers_whoever_takes_in(pair: Pair, who: Someone) -> None:
    holder, other = pair.holder()
    for seq, at in enumerate([holder, other, other, holder], 2):
        assert pushed(pair, who, change(at, who, seq)).line == id(holder.line)


@pytest.mark.fault("H1", "core leaves the holder: the hub that core still has a line to delivers")
def test_it_goes_where_the_line_is(pair: Pair, who: Someone) -> None:
    holder, other = pair.holder()
    holder.hang_up()
    assert pushed(pair, who, change(holder, who, 2)).line == id(other.line)
    holder.dials = True
    assert pushed(pair, who, change(holder, who, 3)).line == id(other.line), "it stays"
    assert pair.holder() == (other, holder)


@pytest.mark.fault("X2", "SIGSTOP for longer than the lease with a message on its way, then SIGCONT")
def test_a_stopped_hub_writes_no_push_when_it_goes_on(pair: Pair, who: Someone) -> None:
    holder, other = pair.holder()
    with ThreadPoolExecutor(1) as waiting:
        with stopped(*holder.pids[1:]):  # the store process: the message and its room for pushes are with it
            asked = waiting.submit(change, holder, who, 2)
            eventually(lambda: other.holds("core"), "the other one takes over")
        mobile = asked.result()
    assert pushed(pair, who, mobile).line == id(other.line)
    assert holder.statistics()["met"]["fenced"] >= 1


@pytest.mark.fault("X2", "the whole hub is stopped and goes on: it keeps its lines, takes in, pushes nothing")
def test_a_hub_that_wakes_up_leaves_it_to_the_other(pair: Pair, who: Someone) -> None:
    holder, other = pair.holder()
    with stopped(*holder.pids):
        eventually(lambda: other.holds("core"), "the other one takes over")
        assert pushed(pair, who, change(other, who, 2)).line == id(other.line)
    assert pushed(pair, who, change(holder, who, 3)).line == id(other.line)
    assert pair.holder() == (other, holder)


@pytest.mark.fault("H3", "cut from the database: 9002 or silence, not ready, lines stay; the other delivers")
def test_cut_from_the_database(pair: Pair, who: Someone) -> None:
    cut, sound = pair.first, pair.second
    if sound.holds("core"):
        sound.hang_up()
        eventually(lambda: cut.holds("core"), "it goes where the line is")
        sound.dials = True
    line, someone = cut.line, Someone()
    before = len(line.frames)
    pair.proxy.down()
    first = core_client.customer(someone.core, 1, CUST_NAME=someone.name)
    line.send(first)
    eventually(lambda: not cut.statistics()["ready"], "it knows that it is cut off")
    second = core_client.customer(Someone().core, 1, CUST_NAME="张三")
    line.send(second)
    eventually(lambda: sound.holds("core"), "the other one takes over")
    assert pushed(pair, who, change(sound, who, 2)).line == id(sound.line)
    assert not line.closed
    said = [core_client.decode(frame) for frame in line.frames[before:] if frame[:4] == _RP01]
    assert {reply["REPLY-CODE"] for reply in said} <= {"9002"}, "nothing is acknowledged"
    pair.proxy.up()
    eventually(lambda: cut.statistics()["ready"], "it goes on")
    assert core_client.decode(line.wait_reply(second["MSG-ID"], seconds=SECONDS))["REPLY-CODE"] == "0000"
    assert line.ask(first, seconds=SECONDS)["REPLY-CODE"] == "0000"


_RP01 = "RP01".encode("cp037")


@pytest.mark.fault("H2", "kill -9 with a push in flight: the other repeats it flagged, then a newer one")
def test_a_killed_holder(pair: Pair, who: Someone) -> None:
    holder, other = pair.holder()
    pair.core_box.script(who.core, SILENCE)
    change(other, who, 2)
    push = pair.core_box.take(who.core, seconds=SECONDS)
    assert push.line == id(holder.line)
    newer = change(other, who, 3)
    holder.hub.kill()
    again = pair.core_box.take(who.core, seconds=SECONDS)
    assert again.values == push.values | {"MSG-POSSDUP": "Y"}
    assert again.line == id(other.line)
    assert other.holds("core")
    after = pair.core_box.take(who.core, seconds=SECONDS)
    assert (after["CUST-MOBILE"], after["ECIF-VERSION"] > push["ECIF-VERSION"]) == (newer, True)
    holder.start()


@pytest.mark.fault("H2", "the holder reloads, then stops, under load: nothing refused, no order broken")
def test_reload_and_takeover_under_load(pair: Pair) -> None:
    with Load(pair, customers=6) as load:
        holder, other = pair.holder()
        load.carries_on()
        holder.reload_core()
        load.carries_on()
        holder.dials = False
        assert holder.hub.stop(seconds=SECONDS) == 0
        eventually(lambda: other.holds("core"), "what was given up is taken over")
        load.carries_on()
    load.check()


@pytest.mark.slow
@soak_only
@pytest.mark.parametrize("way", ["reload", "stop", "kill", "stall", "hang up"])
def test_takeovers_under_load_for_long(pair: Pair, way: str) -> None:
    """A rolling upgrade is what happens here: one after the other stops and comes back, ten times."""
    for each in pair.both:
        if each.hub.process is None or each.hub.process.poll() is not None:
            each.start()
        each.dials = True
    with Load(pair, customers=40) as load:
        for _ in range(ROUNDS):
            holder, other = pair.holder()
            match way:
                case "reload":
                    holder.reload_core()
                case "stop" | "kill":
                    if way == "kill":
                        holder.hub.kill()
                    else:
                        assert holder.hub.stop(seconds=SECONDS) == 0
                    eventually(lambda at=other: at.holds("core"), "it is taken over")
                    load.carries_on()
                    holder.start()
                case "stall":
                    with stopped(*holder.pids):
                        eventually(lambda at=other: at.holds("core"), "it is taken over")
                case "hang up":
                    holder.hang_up()
                    eventually(lambda at=other: at.holds("core"), "it is taken over")
                    holder.dials = True
            load.carries_on()
    load.check()

import json
from math import inf
from pathlib import Path

import pytest

from adapters.clock import to_microseconds
from adapters.dialect import Heartbeat, SystemDialect
from adapters.session import FLOOD, MOST_HEARTBEATS, Beats, Limits, Session, State, Step, Tick
from ecif.messages import CustomerImage, Reply, SignOn, Unreadable
from formats.errors import Fault, FaultKind, FormatError, Place

EXAMPLES = Path(__file__).parents[1] / "formats" / "examples"
AT = to_microseconds("20260105093002", 8 * 3600)
LIMITS = Limits(sign_on_seconds=5, silence_seconds=90, beats=Beats(20, 2))
BAD_LENGTH = FormatError("", FaultKind.LENGTH, [Fault(Place("length", 0, 4), "over 65535")])


def example(system: str, number: int) -> bytes:
    found = json.loads((EXAMPLES / f"{system}.json").read_text("utf-8"))
    return bytes.fromhex(found[number - 1]["frame"])[4:]


def step(session: Session, body: bytes) -> Step:
    return session.take(session.dialect.read(body, AT), AT)


@pytest.fixture
def new(ebank: SystemDialect) -> Session:
    return Session(ebank, LIMITS, now=100)


@pytest.fixture
def signed(new: Session) -> Session:
    sign_on = step(new, example("ebank", 1)).command
    assert sign_on is not None
    assert not new.answered(sign_on, Reply("0000"))
    return new


def test_a_sign_on_goes_to_the_service_and_opens_the_line(new: Session) -> None:
    taken = step(new, example("ebank", 1))
    assert isinstance(taken.command, SignOn)
    assert (taken.close, new.state, new.ready) == (False, State.SIGNING, False)
    assert not new.answered(taken.command, Reply("0000"))
    assert (new.state, new.ready) == (State.OPEN, True)


def test_a_refused_sign_on_closes_the_line(new: Session) -> None:
    command = step(new, example("ebank", 1)).command
    assert command is not None
    assert new.answered(command, Reply("1005"))
    assert new.state is State.CLOSED
    assert step(new, example("ebank", 3)) == Step(close=True)


@pytest.mark.parametrize("number", [3, 7, 10, 15, 14])
def test_anything_before_the_sign_on_is_refused_and_closes_the_line(new: Session, number: int) -> None:
    taken = step(new, example("ebank", number))
    assert isinstance(taken.command, Unreadable)
    assert (taken.command.code, taken.command.text, taken.close) == ("1005", "not signed on", True)
    assert new.state is State.CLOSED


def test_anything_while_signing_on_is_refused(new: Session) -> None:
    step(new, example("ebank", 1))
    assert step(new, example("ebank", 3)).close
    assert new.state is State.CLOSED


def test_a_broken_sign_on_is_1005_whatever_was_wrong(new: Session) -> None:
    body = new.dialect.codec.build("0x10", {"id": "0" * 32, "system": "ebank", "time": "20260105093000"})
    taken = step(new, body)
    assert isinstance(taken.command, Unreadable)
    assert (taken.command.code, taken.close) == ("1005", True)
    assert taken.command.text.endswith("blank")


def test_an_open_line_passes_messages_on(signed: Session) -> None:
    taken = step(signed, example("ebank", 3))
    assert isinstance(taken.command, CustomerImage)
    assert (taken.send, taken.close) == (None, False)
    assert not signed.answered(taken.command, Reply("1006"))


def test_a_second_sign_on_is_answered_anew(signed: Session) -> None:
    again = step(signed, example("ebank", 1)).command
    assert isinstance(again, SignOn)
    assert signed.answered(again, Reply("1005"))


def test_heartbeats_end_here(signed: Session) -> None:
    assert step(signed, example("ebank", 15)) == Step(send=example("ebank", 16))


def test_a_system_without_a_sign_on_is_open_at_once(core: SystemDialect) -> None:
    session = Session(core, now=5)
    assert session.ready
    assert isinstance(step(session, example("core", 1)).command, CustomerImage)
    assert session.deadline() == inf
    assert session.tick(10**9, AT) == Tick()


def test_a_bad_length_is_answered_on_an_open_line_only(new: Session, core: SystemDialect) -> None:
    assert new.unframed(BAD_LENGTH, AT) is None
    assert Session(core).unframed(BAD_LENGTH, AT)
    assert new.state is State.CLOSED


def test_the_sign_on_has_a_deadline(new: Session) -> None:
    assert new.deadline() == 105
    assert new.tick(104.9, AT) == Tick()
    assert new.tick(105, AT) == Tick(close="sign_on")


def test_silence_ends_the_line(signed: Session) -> None:
    signed.heard(200)
    signed.sent(280)
    assert signed.deadline() == 290
    assert signed.tick(290, AT) == Tick(close="silence")


def test_heartbeats_are_sent_after_silence_of_the_hub_and_two_unanswered_end_the_line(
    signed: Session,
) -> None:
    signed.sent(110)
    assert signed.deadline() == 130
    assert signed.tick(129, AT) == Tick()
    for now in (130, 150):
        signed.heard(now)
        beat = signed.tick(now, AT)
        assert beat.send is not None
        assert signed.dialect.codec.parse(beat.send)[0] == "0x7E"
    assert signed.tick(170, AT) == Tick(close="heartbeat")


def test_an_answered_heartbeat_starts_the_count_anew(signed: Session) -> None:
    signed.tick(120, AT)
    assert step(signed, example("ebank", 16)) == Step()
    for now in (140, 160):
        signed.heard(now)
        assert signed.tick(now, AT).send is not None
    assert signed.tick(180, AT) == Tick(close="heartbeat")


@pytest.mark.fault("P2", "heartbeats without end: only so many a second are answered")
def test_a_flood_of_heartbeats_is_passed_over(signed: Session) -> None:
    beat = signed.dialect.read(signed.dialect.heartbeat(AT), AT)
    assert isinstance(beat, Heartbeat)
    signed.heard(100)
    answered = [signed.take(beat, AT) for _ in range(MOST_HEARTBEATS + 5)]
    assert [step.send is not None for step in answered] == [True] * MOST_HEARTBEATS + [False] * 5
    assert answered[-1].passed_over == FLOOD
    signed.heard(101)
    assert signed.take(beat, AT).send is not None

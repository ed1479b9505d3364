"""A dialled line on which the hub signs on: nothing is said before the answer; codes for several."""

from pathlib import Path

import pytest

from adapters.clock import SECOND
from adapters.commands.answers import read_short
from adapters.declaration.messages import ShortCodes
from adapters.dialect import SystemDialect
from adapters.session import Beats, Limits, Session, State
from ecif.messages import CustomerImage, Reply
from gateway.bootstrap import load_dialects
from gateway.config.reader import read_conf

CONF = Path(__file__).parents[2] / "conf"
AT = 1_767_576_602 * SECOND
LIMITS = Limits(sign_on_seconds=5, beats=Beats(60, 2))
IMAGE = {
    "DE7": "0105093000", "DE11": "000042", "DE37": "C00000000042", "DE48.01": "P", "DE48.02": "李小明",
    "DE48.20": 1, "DE91": "2", "DE101": "CUSTOMER", "DE102": "K1",
}  # fmt: skip


@pytest.fixture(scope="module")
def card() -> SystemDialect:
    return load_dialects(read_conf(CONF, {}))["card"]


def _greeted(card: SystemDialect) -> tuple[Session, bytes]:
    session = Session(card, LIMITS)
    said = session.greet(AT)
    assert said is not None
    return session, said


def _answer(card: SystemDialect, greeting: bytes, **changed: str) -> bytes:
    fields = card.codec.parse(greeting)[1]
    echoed = {name: fields[name] for name in ("DE7", "DE11", "DE70")}
    return card.codec.build("0810", echoed | {"DE39": "00"} | changed)


def test_the_greeting_signs_on(card: SystemDialect) -> None:
    _, said = _greeted(card)
    type, fields = card.codec.parse(said)
    assert (type, fields["DE70"], fields["DE7"]) == ("0800", "001", "0105093002")


def test_its_answer_opens_the_line(card: SystemDialect) -> None:
    session, said = _greeted(card)
    assert not session.ready
    step = session.take(card.read(_answer(card, said), AT), AT)
    assert (step.opened, step.close, session.ready) == (True, False, True)


@pytest.mark.parametrize("code", ["12", "96", "30"])
def test_another_code_closes_it(card: SystemDialect, code: str) -> None:
    session, said = _greeted(card)
    assert session.take(card.read(_answer(card, said, DE39=code), AT), AT).close
    assert session.state is State.CLOSED


def test_the_answer_to_something_else_is_passed_over(card: SystemDialect) -> None:
    session, said = _greeted(card)
    for other in (_answer(card, said, DE11="999999"), card.codec.build("0302", IMAGE)):
        step = session.take(card.read(other, AT), AT)
        assert (step.command, step.send, step.opened, step.close) == (None, None, False, False)


def test_no_answer_in_time_is_given_up(card: SystemDialect) -> None:
    session, _ = _greeted(card)
    assert session.deadline() == 5
    assert session.tick(5.0, AT).close == "sign_on"


def test_a_repeat_has_the_content_of_its_first_copy(card: SystemDialect) -> None:
    first, again = (card.read(card.codec.build(type, IMAGE), AT) for type in ("0302", "0303"))
    assert isinstance(first, CustomerImage)
    assert isinstance(again, CustomerImage)
    assert (first.envelope.duplicate, again.envelope.duplicate) == (False, True)
    assert first.envelope.digest == again.envelope.digest
    assert first.envelope.message_id == "C000000000420000420105093000"


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("0000", "00"),
        ("0003", "00"),
        ("1003", "30"),
        ("1005", "63"),
        ("1004", "94"),
        ("2001", "25"),
        ("9001", "96"),
        ("9999", "96"),
        ("2002", "12"),
    ],
)
def test_each_code_has_its_short_one(card: SystemDialect, code: str, short: str) -> None:
    envelope = card.read(card.codec.build("0302", IMAGE), AT).envelope
    said = card.reply(envelope, Reply(code, text="x"), AT)
    assert said is not None
    fields = card.codec.parse(said)[1]
    assert (fields["DE39"], fields["DE48.32"]) == (short, code)


def test_a_short_code_that_is_not_read_is_a_refusal_of_its_own() -> None:
    short = ShortCodes(field="RC", write={"00": ("0000",)}, otherwise="12", read={"00": "0000"})
    assert [read_short(short, {"RC": own}) for own in ("00", "94", "")] == ["0000", "=94", ""]
    assert read_short(None, {"RC": "00"}) == ""

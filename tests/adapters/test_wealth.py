"""What only wealth's conf uses: values that say since when they hold, parts that must say something."""

from typing import Any

from adapters.clock import SECOND, day_start
from adapters.dialect import SystemDialect
from ecif.messages import CustomerImage, Unreadable
from ecif.model import Push
from formats.errors import Fault, FaultKind, FormatError, Place

ZONE = 8 * 3600
NOW = 1_767_576_602 * SECOND
"""2026-01-05 09:30:02 in Beijing."""
IMAGE = {
    "serial": "S1", "sent-at": "20260105093000", "number": "W1", "seq": 1, "kind": "P", "name": "东方",
    "risk": "C3", "risk-date": "20251120",
}  # fmt: skip


def image(wealth: SystemDialect, **fields: Any) -> CustomerImage | Unreadable:
    changed = {name.replace("_", "-"): value for name, value in fields.items()}
    message = wealth.read(wealth.codec.build("W100", {**IMAGE, **changed}), NOW)
    assert isinstance(message, CustomerImage | Unreadable)
    return message


def since(wealth: SystemDialect, **fields: Any) -> dict[str, int]:
    message = image(wealth, **fields)
    assert isinstance(message, CustomerImage)
    return dict(message.change.since)


def test_a_risk_level_holds_since_its_test(wealth: SystemDialect) -> None:
    assert since(wealth) == {"risk": day_start("20251120", ZONE)}


def test_without_a_day_or_a_level_nothing_is_said(wealth: SystemDialect) -> None:
    assert since(wealth, risk_date="") == {}
    assert since(wealth, risk="") == {}
    assert since(wealth, risk_date="20250231") == {}, "an impossible day"
    assert since(wealth, risk_date="99999999") == {}


def test_nothing_holds_from_after_it_was_said(wealth: SystemDialect) -> None:
    sent = day_start("20260105", ZONE)
    assert sent is not None
    assert since(wealth, risk_date="20300101") == {"risk": sent + (9 * 60 + 30) * 60 * SECOND}


def test_a_push_says_since_when(wealth: SystemDialect) -> None:
    at = day_start("20251120", ZONE)
    assert at is not None
    push = Push(
        "P1", NOW, "100000000123", 7, "W1", "person", {"risk": "R3"}, since={"risk": at + 5, "name": at}
    )
    fields = wealth.codec.parse(wealth.push_bytes(push))[1]
    assert (fields["risk"], fields["risk-date"]) == ("C3", "20251120")
    cleared = Push("P1", NOW, "100000000123", 7, "W1", "person", {"risk": None})
    fields = wealth.codec.parse(wealth.push_bytes(cleared))[1]
    assert (fields["risk"], fields["risk-date"]) == ("*", "99999999")
    without = Push("P1", NOW, "100000000123", 7, "W1", "person", {"name": "甲"})
    assert wealth.codec.parse(wealth.push_bytes(without))[1]["risk-date"] == ""


def test_parts_that_must_say_something(wealth: SystemDialect) -> None:
    blank = image(wealth, positions=[{"product": "P1", "amount": "1.00"}, {"product": "P2"}])
    assert isinstance(blank, Unreadable)
    assert (blank.code, blank.text.split("@")[0]) == ("1006", "#17[2].3")
    cleared = image(wealth, positions=[{"product": "*", "amount": "1.00"}])
    assert isinstance(cleared, Unreadable)
    assert cleared.text.endswith("cleared")


def test_bytes_that_are_no_frame_get_no_answer(wealth: SystemDialect) -> None:
    error = FormatError("wealth", FaultKind.LENGTH, [Fault(Place("frame", 0, 1), "neither STX nor NAK")])
    assert wealth.unframed(error, NOW) is None

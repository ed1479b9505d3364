"""Computed reply types; whole replies are in dialects/."""

import pytest

from adapters.replies import stepped


@pytest.mark.parametrize(
    ("type", "step", "reply"),
    [
        ("0x20", 1, "0x21"),
        ("0x99", 1, "0x9A"),
        ("0x0F", 1, "0x10"),
        ("0302", 10, "0312"),
        ("0xFF", 1, None),
        ("9999", 1, None),
        ("LN10", 1, None),
        ("", 1, None),
        ("é", 1, None),
    ],
)
def test_a_reply_type_computed_from_the_request_s(type: str, step: int, reply: str | None) -> None:
    assert stepped(type, step) == reply

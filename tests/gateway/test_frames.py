"""Frames taken apart for people: a bad check costs one frame, a word about a frame is none."""

from typing import Any

from formats.framing import NAK, StxEtxLrc
from gateway.frames import take_apart


class Words:
    """A codec of one word."""

    name = "words"

    def parse(self, body: bytes) -> tuple[str, dict[str, Any]]:
        return body.decode("ascii"), {}


def test_what_follows_a_bad_check_is_still_read() -> None:
    framing = StxEtxLrc(kind="stx_etx_lrc", limit=60)
    good = framing.wrap(b"W900")
    bad = good[:-1] + b"\x00"
    taken = list(take_apart(good + bad + NAK + good + b"\x02W", framing, Words()))  # type: ignore[arg-type]
    assert [(one.type, one.offset, one.size) for one in taken] == [
        ("W900", 0, 7), ("", 7, 7), ("", 14, 1), ("W900", 15, 7), ("", 22, 2),
    ]  # fmt: skip
    assert [[fault.rule for fault in one.faults] for one in taken] == [[], ["wrong"], [], [], ["ends early"]]

"""The fuzzer sees what it is for; `make soak` (ECIF_SOAK) tries a million frames of each format."""

import os
from pathlib import Path
from typing import Any

import pytest

from bench.fuzz import fuzz, fuzz_all, open_codec
from formats.framing import BinaryLength
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from tests.soak import SOAK

CONF = Path(__file__).parents[2] / "conf"
SYSTEMS = sorted(path.name for path in (CONF / "systems").iterdir())
LINE = BinaryLength(kind="binary_length", size=4, limit=65535)
FRAMES = 1_000_000 if SOAK else 400


@pytest.fixture(scope="module")
def conf() -> Conf:
    return read_conf(CONF, os.environ)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.slow
def test_every_format(conf: Conf, system: str) -> None:
    (report,) = fuzz_all(conf, [system], FRAMES, seed=1)
    assert report.found == []
    assert report.frames == FRAMES
    assert report.values > FRAMES // 50
    assert sum(report.refused.values()) > FRAMES // 2
    assert "without a fault" not in report.refused
    assert report.grown_kb < 64 << 10


class Wrong:
    def __init__(self, codec: Any) -> None:
        self._codec = codec
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def parse(self, body: bytes) -> Any:
        self.calls += 1
        return self.read(body)

    def read(self, body: bytes) -> Any:
        raise NotImplementedError


class Careless(Wrong):
    def read(self, body: bytes) -> Any:
        return self._codec.parse(body) if body[:4] != bytes(4) else {}["x"]


class Changing(Wrong):
    def read(self, body: bytes) -> Any:
        type, fields = self._codec.parse(body)
        return type, fields | {"MSG-POSSDUP": "YN"[self.calls % 2]}


class Hungry(Wrong):
    def read(self, body: bytes) -> Any:
        if self.calls % 500 == 499:
            return bytearray(4 << 30)
        return self._codec.parse(body)


class Endless(Wrong):
    def read(self, body: bytes) -> Any:
        if self.calls % 1900 == 1899:
            while True:
                pass
        return self._codec.parse(body)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [(Careless, "KeyError"), (Changing, "NotStable"), (Hungry, "MemoryError"), (Endless, "Hang: more than")],
)
def test_what_must_not_be_is_found(conf: Conf, monkeypatch: Any, wrong: type[Wrong], what: str) -> None:
    monkeypatch.setattr("bench.fuzz.open_codec", lambda conf, system: wrong(open_codec(conf, system)))
    (report,) = fuzz_all(conf, ["core"], 2000, seed=3)
    assert any(one.what.startswith(what) for one in report.found), report.found[:3]


def test_one_seed_gives_the_same_frames(conf: Conf) -> None:
    codec = open_codec(conf, "ebank")
    first, again = fuzz(codec, LINE, 300, 5), fuzz(codec, LINE, 300, 5)
    assert (first.values, first.refused) == (again.values, again.refused)

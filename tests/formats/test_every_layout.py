"""The kit over every system in conf, whatever its family: whoever adds a folder has these tests at once."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from formats.codec import Codec
from formats.samples import example, wild_messages
from formats.testing import check_format, check_framing, check_message
from gateway.bootstrap import load_codec_of
from gateway.config.reader import read_conf
from gateway.config.schema import Conf

CONF = Path(__file__).parents[2] / "conf"
SYSTEMS = sorted(path.name for path in (CONF / "systems").iterdir())


@pytest.fixture(scope="session")
def conf() -> Conf:
    return read_conf(CONF, os.environ)


@pytest.fixture(scope="session", params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def codec(conf: Conf, system: str) -> Codec:
    return load_codec_of(conf, system)


def test_the_kit(codec: Codec) -> None:
    check_format(codec, ())


def test_every_type_has_an_example_with_every_field(codec: Codec) -> None:
    for type in codec.types:
        found, fields = codec.parse(example(codec, type))
        assert found == type
        left_out = {fact.path for fact in codec.facts(type)} - set(_names(fields))
        counts = {fact.path for fact in codec.facts(type) if fact.kind == "count"}
        assert left_out <= counts, type


def _names(fields: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(fields, dict):
        for name, value in fields.items():
            yield (*above, name)
            yield from _names(value, (*above, name))
    elif isinstance(fields, list):
        for entry in fields:
            yield from _names(entry, above)


def test_random_messages_come_back_as_they_are(codec: Codec) -> None:
    for body in islice(wild_messages(codec, 2), 40):
        check_message(codec, body)


def test_any_chunking_gives_the_same_frames(conf: Conf, system: str, codec: Codec) -> None:
    check_framing(conf.systems[system].framing, list(islice(wild_messages(codec, 3), 12)))

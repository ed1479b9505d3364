"""The specification of every system in conf: complete, and its examples are messages."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ecif.messages import CustomerImage, Opening
from formats.codec import Codec
from formats.testing import check_message
from gateway.bootstrap import load_codec_of, load_dialects
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.document import as_html, as_markdown
from gateway.specification import specification

CONF = Path(__file__).parents[2] / "conf"
SYSTEMS = sorted(path.name for path in (CONF / "systems").iterdir())
_EXAMPLE = re.compile(r"^## (\S+?)(?::[^\n]*)?\n(?:(?!^## ).)*?^```hex\n(.*?)^```", re.M | re.S)


@pytest.fixture(scope="session")
def conf() -> Conf:
    return read_conf(CONF, os.environ)


@pytest.fixture(scope="session", params=SYSTEMS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="session")
def codec(conf: Conf, name: str) -> Codec:
    return load_codec_of(conf, name)


@pytest.fixture(scope="session")
def markdown(conf: Conf, name: str, codec: Codec) -> str:
    return as_markdown(specification(conf, name, codec))


def bodies(conf: Conf, name: str, markdown: str) -> dict[str, bytes]:
    found = {}
    for type, text in _EXAMPLE.findall(markdown):
        reader = conf.systems[name].framing.reader()
        reader.feed(bytes.fromhex(text))
        found[type] = reader.next_frame()
        assert not reader.partial
    return found


def test_every_message_has_an_example_that_parses_again(
    conf: Conf, name: str, codec: Codec, markdown: str
) -> None:
    found = bodies(conf, name, markdown)
    assert set(found) == set(codec.types)
    for type, body in found.items():
        assert codec.parse(body)[0] == type
        check_message(codec, body)


def test_every_field_is_there(name: str, codec: Codec, markdown: str) -> None:
    for type in codec.types:
        section = markdown.split(f"\n## {type}", 1)[1].split("\n## ", 1)[0]
        for fact in codec.facts(type):
            assert f" {fact.path[-1]} " in section, (name, type, fact.path)


def test_the_hub_takes_the_example_of_a_customer(conf: Conf, name: str, markdown: str) -> None:
    dialect = load_dialects(conf)[name]
    found = bodies(conf, name, markdown)
    messages = conf.systems[name].messages
    images = [type for type, message in messages.items() if message.role in ("customer", "open")]
    assert images
    for type in images:
        message = dialect.read(found[type], 1_767_576_602_000_000)
        assert isinstance(message, CustomerImage | Opening), getattr(message, "text", message)


def test_no_key_is_shown(conf: Conf, name: str, markdown: str) -> None:
    key = getattr(conf.systems[name].seal, "key", None)
    assert key is None or key.hex() not in markdown.lower()
    assert "${" not in markdown


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.frames: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "pre":
            self.frames.append(data)


def test_html_says_the_same_and_is_whole(conf: Conf, name: str, codec: Codec, markdown: str) -> None:
    page = as_html(specification(conf, name, codec))
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.frames == [text.replace("\n", "") for _, text in _EXAMPLE.findall(markdown)]


def test_the_places_are_those_of_the_sheet() -> None:
    conf = read_conf(CONF, os.environ)
    text = as_markdown(specification(conf, "core", load_codec_of(conf, "core")))
    assert "| CUST-NAME | 53 | 62 | text, cp935 | yes | name |" in text
    assert "| · ACCT-BALANCE | 26 | 8 | amount, packed decimal, 15 digits, signed, 2 decimals |" in text
    assert "| CUST-ID-TYPE | 115 | 2 | text, cp037 |  | document type | table document |" in text
    assert json.dumps("李小明", ensure_ascii=False).strip('"') in text

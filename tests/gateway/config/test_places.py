"""Lines of key paths, held against tomllib: every path that it finds has the line it stands on."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config.places import KeyPath, error_line, find_places

CONF = sorted((Path(__file__).parents[3] / "conf").rglob("*.toml"))
TEXT = '''# a comment with [brackets] and = signs
title = "one # no comment"   # a comment
[a.b]
"quoted key" = 1
dotted.key = 'literal ] }'
multi = """
[not.a.table]
x = 1
"""
raw = \'\'\'
[nor.this]
\'\'\'
list = [
    1, 2,  # two on a line
    { inner = 3, deep = { er = [4, 5] } },
]

[[many]]
x = 1
[[many]]
x = 2
[many.below]
y = 3
'''


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("a", "b"), 3),
        (("a", "b", "quoted key"), 4),
        (("a", "b", "dotted", "key"), 5),
        (("a", "b", "multi"), 6),
        (("a", "b", "raw"), 10),
        (("a", "b", "list", 1), 14),
        (("a", "b", "list", 2, "deep", "er", 1), 15),
        (("many", 1, "x"), 21),
        (("many", 1, "below", "y"), 23),
        (("a", "b", "missing"), 3),
        (("nowhere",), 1),
    ],
)
def test_line(path: KeyPath, line: int) -> None:
    assert find_places(TEXT).line(path) == line


@pytest.mark.parametrize("text", [TEXT, *(file.read_text("utf-8") for file in CONF)])
def test_knows_every_path_that_tomllib_finds(text: str) -> None:
    places = find_places(text)
    assert set(paths(tomllib.loads(text))) <= set(places.lines)


@pytest.mark.parametrize("file", CONF, ids=lambda file: file.name)
def test_last_part_of_each_path_is_on_its_line(file: Path) -> None:
    text = file.read_text("utf-8")
    lines = text.splitlines()
    for path, line in find_places(text).lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]


def test_crlf() -> None:
    assert find_places("a = 1\r\n[b]\r\nc = 2\r\n").line(("b", "c")) == 3


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ("a = [1,\n", 2)])
def test_line_of_a_syntax_error(text: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert error_line(str(caught.value), text) == line

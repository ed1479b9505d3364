"""Where a fault stands in a TOML file."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from formats.errors import DeclarationError
from formats.toml_file import line_of, read_toml

TEXT = """# comment
[one]
a = 1
"b c" = 2

[one.two]
rows = [
    [1],
    # comment
    [2],
]
x = { y = 1, z = 2 }
"""


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("one",), 2), (("one", "a"), 3), (("one", "b c"), 4), (("one", "two"), 6),
        (("one", "two", "rows"), 7),
        (("one", "two", "rows", 0), 8), (("one", "two", "rows", 1), 10), (("one", "two", "x", "z"), 12),
        (("nowhere",), 1), (("one", "two", "rows", 9), 7),
    ],
)  # fmt: skip
def test_the_line_of_a_key(loc: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, loc) == line


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int
    b: int = 0


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('b = "x"\nc = 1\n', "utf-8")
    with pytest.raises(ExceptionGroup) as raised:
        read_toml(path, Model)
    found = [(e.line, e.key) for e in raised.value.exceptions if isinstance(e, DeclarationError)]
    assert found == [(1, "a"), (1, "b"), (2, "c")]


@pytest.mark.parametrize("data", [b"a = ", b"\xff", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.toml"
    path.write_bytes(data)
    with pytest.raises(ExceptionGroup):
        read_toml(path, Model)

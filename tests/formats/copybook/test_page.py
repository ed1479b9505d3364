"""The examples of docs/copybooks.md run."""

import doctest
import re
import tomllib
from pathlib import Path

from pydantic import TypeAdapter

from formats.codec import Codec
from formats.declare import Declaration, load_codec

PAGE = Path(__file__).parents[3] / "docs" / "copybooks.md"
_FILE = re.compile(r"^```[a-z]+ (\S+\.[a-z]+)\n(.*?)^```$", re.M | re.S)


def test_the_examples_of_the_page(tmp_path: Path) -> None:
    for name, text in _FILE.findall(PAGE.read_text("utf-8")):
        (tmp_path / name).write_text(text, "utf-8")

    def declared(name: str) -> Codec:
        section = tomllib.loads((tmp_path / name).read_text("utf-8"))["codec"]
        return load_codec(TypeAdapter(Declaration).validate_python(section), tmp_path, "example")

    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, encoding="utf-8", globs={"declared": declared}
    )
    assert (failed, tried) == (0, 7)

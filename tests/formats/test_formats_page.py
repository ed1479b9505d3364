"""The examples of docs/formats.md run: its files are written to a folder, its sessions are tried on them."""

import doctest
import re
import tomllib
from pathlib import Path

from pydantic import TypeAdapter

from formats.codec import Codec
from formats.declare import Declaration, load_codec

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
_FILE = re.compile(r"^```[a-z]+ (\S+\.[a-z]+)\n(.*?)^```$", re.M | re.S)


def test_the_examples_of_the_page(tmp_path: Path) -> None:
    files = _FILE.findall(PAGE.read_text("utf-8"))
    for name, text in files:
        (tmp_path / name).write_text(text, "utf-8")

    def declared(name: str) -> Codec:
        section = tomllib.loads((tmp_path / name).read_text("utf-8"))["codec"]
        return load_codec(TypeAdapter(Declaration).validate_python(section), tmp_path, "example")

    known = {"declared": declared, "folder": tmp_path}
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8", globs=known)
    assert failed == 0
    assert tried > 40
    families = {tomllib.loads(text)["codec"]["family"] for name, text in files if "[codec]" in text}
    assert families == {"copybook", "table", "tlv", "delimited", "iso8583", "xml", "construct"}

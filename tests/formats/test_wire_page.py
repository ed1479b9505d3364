"""The examples of docs/wire.md run."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "wire.md"


def test_the_examples_of_the_page() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert tried > 25

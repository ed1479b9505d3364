"""The shipped dialects, and the messages of the sheets' examples."""

import json

import pytest

from adapters.dialect import SystemDialect
from tests.adapters.dialects.sheet_bodies import EXAMPLES, PREFIX, Bodies, Dialects


@pytest.fixture(scope="module")
def body() -> Bodies:
    """`body("core", 1)`: the unframed message of the sheet's first example."""
    found = {system: json.loads((EXAMPLES / f"{system}.json").read_text("utf-8")) for system in PREFIX}

    def of(system: str, number: int) -> bytes:
        example = found[system][number - 1]
        assert example["title"].startswith(f"{system} {number}.")
        return bytes.fromhex(example["frame"])[PREFIX[system] :]

    return of


@pytest.fixture(scope="module")
def dialects(core: SystemDialect, loan: SystemDialect, ebank: SystemDialect) -> Dialects:
    return {"core": core, "loan": loan, "ebank": ebank}

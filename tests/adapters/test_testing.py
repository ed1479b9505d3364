"""The kit over every shipped system; and the kit itself must find what is wrong."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.dialect import SystemDialect
from adapters.testing import check_dialect
from ecif.model import Push

EXAMPLES = Path(__file__).parents[1] / "formats" / "examples"
AROUND = {"core": slice(4, None), "loan": slice(6, None), "ebank": slice(4, None), "wealth": slice(1, -2)}
"""The frame's body, without what the framing puts around it."""


def bodies(system: str) -> list[bytes]:
    examples = json.loads((EXAMPLES / f"{system}.json").read_text("utf-8"))
    found = (bytes.fromhex(example["frame"])[AROUND[system]] for example in examples)
    return [body for body in found if body]


@pytest.fixture(scope="module")
def dialects(
    core: SystemDialect, loan: SystemDialect, ebank: SystemDialect, wealth: SystemDialect
) -> Mapping[str, SystemDialect]:
    return {"core": core, "loan": loan, "ebank": ebank, "wealth": wealth}


@pytest.mark.parametrize("system", AROUND)
def test_shipped_systems_keep_their_promises(dialects: Mapping[str, SystemDialect], system: str) -> None:
    check_dialect(dialects[system], bodies(system))


def test_examples_without_an_image_prove_nothing(core: SystemDialect) -> None:
    with pytest.raises(AssertionError, match="no customer image"):
        check_dialect(core, bodies("core")[3:4])


def test_a_push_that_loses_a_value_is_found(core: SystemDialect, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(push: Push) -> bytes:
        return SystemDialect.push_bytes(core, Push(push.id, push.sent_at, "1", 1, "1", push.kind, {}))

    monkeypatch.setattr(core, "push_bytes", forgetful)
    with pytest.raises(AssertionError, match="the push shows otherwise"):
        check_dialect(core, bodies("core"))

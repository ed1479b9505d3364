"""The contract of every codec: the sheets' own frames, the kit, and random messages."""

import json
from decimal import Decimal
from typing import Any

import pytest

from formats.errors import FormatError
from formats.testing import check_message


def plain(value: Any) -> Any:
    """Decimals as the examples write them."""
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def test_every_example_decodes_to_its_fields_and_back(system: Any) -> None:
    for example in system.examples:
        body = system.body(example.title)
        assert system.framing.wrap(body) == example.frame, example.title
        if not body:
            continue
        type, fields = system.codec.parse(body)
        assert plain(fields) == example.fields, example.title
        assert system.codec.build(type, fields) == body, example.title
        assert system.codec.build(type, json.loads(json.dumps(example.fields))) == body, example.title


def test_every_example_passes_the_kit(system: Any) -> None:
    """Whole; what cut and damaged messages do is seen in test_every_layout."""
    for body in system.bodies():
        check_message(system.codec, body)


def test_an_error_names_the_system_and_never_the_value(loan: Any) -> None:
    body = loan.body("loan 1.")
    at = body.index("李小明".encode("gb18030"))
    with pytest.raises(FormatError) as raised:
        loan.codec.parse(body[: at + 4] + b"\xff\xff" + body[at + 6 :])
    assert str(raised.value) == "loan LN10: content: NAME@61 not gb18030"
    assert raised.value.fields["SERIAL"] == "LN2026010500000001"
    assert "NAME" not in raised.value.fields


def test_content_ignores_what_a_resend_changes(core: Any) -> None:
    first, again = core.body("core 2."), core.body("core 3.")
    assert first != again
    head = ("MSG-SENT-AT", "MSG-POSSDUP")
    assert core.codec.content(first, head) == core.codec.content(again, head)
    assert core.codec.content(first, ("MSG-POSSDUP",)) != core.codec.content(again, ("MSG-POSSDUP",))

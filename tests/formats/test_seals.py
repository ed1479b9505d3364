"""HMAC-SM3, and a key that no error or repr shows."""

from typing import Any

import pytest
from pydantic import ValidationError

from formats.seals import HmacSm3, load_seal


def seal(key: str = "11" * 32) -> Any:
    return load_seal(HmacSm3.model_validate({"kind": "hmac-sm3", "key": key}))


def test_the_sheets_heartbeat() -> None:
    head = bytes.fromhex("017e0000000a00004000800000000000000a00")
    code = bytes.fromhex("e46e27d737ab4766c4ccf53a75bc2dcd86681933a59678f52e438ea6726d7acf")
    assert seal().over(head) == code
    assert seal().holds(head, code)
    assert not seal().holds(head + b"x", code)
    assert not seal().holds(head, code[:-1])
    assert not seal("12" * 32).holds(head, code)


def test_a_key_file_may_end_in_a_line_end() -> None:
    assert seal("11" * 32 + "\n").over(b"x") == seal().over(b"x")


@pytest.mark.parametrize("key", ["c0ffee", "not hex at all", ""])
def test_a_key_that_cannot_be_is_not_shown(key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        HmacSm3.model_validate({"kind": "hmac-sm3", "key": key})
    assert not key or key not in str(raised.value)


def test_the_key_is_not_in_the_repr() -> None:
    assert "1111" not in repr(HmacSm3.model_validate({"kind": "hmac-sm3", "key": "11" * 32}))

"""Every kind of seal against published values, and a key that no error or repr shows."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter, ValidationError

from formats.seals import HmacSm3, Seal, SealDeclaration, load_seal

HALVES = "0123456789abcdeffedcba9876543210"
AES = "2b7e151628aed2a6abf7158809cf4f3c"


_DECLARED: TypeAdapter[SealDeclaration] = TypeAdapter(
    SealDeclaration, config=ConfigDict(hide_input_in_errors=True)
)


def sealed(**declared: Any) -> Seal:
    return load_seal(_DECLARED.validate_python(declared))


def seal(key: str = "11" * 32) -> Seal:
    return sealed(kind="hmac-sm3", key=key)


KINDS: dict[str, dict[str, Any]] = {
    "hmac-sm3": {"kind": "hmac-sm3", "key": "11" * 32},
    "hmac-sha256": {"kind": "hmac-sha256", "key": "11" * 32, "size": 16},
    "cmac-aes": {"kind": "cmac-aes", "key": AES},
    "cmac-sm4": {"kind": "cmac-sm4", "key": HALVES, "size": 8},
    "x9.19": {"kind": "x9.19", "key": HALVES},
    "x9.19 in hex": {"kind": "x9.19", "key": HALVES, "form": "hex"},
    "x9.9": {"kind": "x9.9", "key": HALVES[:16]},
    "crc-16": {"kind": "crc-16", "variant": "kermit"},
    "crc-32": {"kind": "crc-32"},
    "lrc": {"kind": "lrc"},
    "lrc sum": {"kind": "lrc", "rule": "sum"},
}


def test_the_sheets_heartbeat() -> None:
    head = bytes.fromhex("017e0000000a00004000800000000000000a00")
    code = bytes.fromhex("e46e27d737ab4766c4ccf53a75bc2dcd86681933a59678f52e438ea6726d7acf")
    assert seal().over(head) == code
    assert seal().holds(head, code)
    assert not seal().holds(head + b"x", code)
    assert not seal().holds(head, code[:-1])
    assert not seal("12" * 32).holds(head, code)


def test_the_card_sheets_check_value() -> None:
    message = (
        b"0302"
        + bytes.fromhex("8220000008000000000000200C000001")
        + b"0105093000" + b"000001" + b"000000000001" + b"2" + b"08CUSTOMER" + b"02K1"
    )  # fmt: skip
    assert sealed(**KINDS["x9.19"]).over(message).hex() == "fc41f64412b748e7"
    assert sealed(**KINDS["x9.19 in hex"]).over(message) == b"FC41F64412B748E7"
    assert sealed(**KINDS["x9.19 in hex"]).holds(message, b"fc41f64412b748e7")


@pytest.mark.parametrize(
    ("declared", "data", "code"),
    [
        # FIPS 113, appendix
        ({"kind": "x9.9", "key": HALVES[:16]}, b"7654321 Now is the time for ", "f1d30f68"),
        (
            {"kind": "x9.9", "key": HALVES[:16], "size": 8},
            b"7654321 Now is the time for ",
            "f1d30f6849312ca4",
        ),
        # ISO/IEC 9797-1, annex: algorithm 3, padding method 1
        ({"kind": "x9.19", "key": HALVES}, b"Now is the time for all ", "a1c72e74ea3fa9b6"),
        ({"kind": "x9.19", "key": HALVES}, b"Now is the time for it", "2e2b1428cc78254f"),
        # RFC 4231, case 1
        (
            {"kind": "hmac-sha256", "key": "0b" * 20},
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        # RFC 4493, examples 1 and 2
        ({"kind": "cmac-aes", "key": AES}, b"", "bb1d6929e95937287fa37d129b756746"),
        (
            {"kind": "cmac-aes", "key": AES},
            bytes.fromhex("6bc1bee22e409f96e93d7e117393172a"),
            "070a16b46b4d4144f79bdd9dd04a287c",
        ),
        # the catalogue's check values
        ({"kind": "crc-16", "variant": "arc"}, b"123456789", "bb3d"),
        ({"kind": "crc-16", "variant": "ibm-3740"}, b"123456789", "29b1"),
        ({"kind": "crc-16", "variant": "ibm-sdlc"}, b"123456789", "906e"),
        ({"kind": "crc-16", "variant": "kermit"}, b"123456789", "2189"),
        ({"kind": "crc-16", "variant": "modbus"}, b"123456789", "4b37"),
        ({"kind": "crc-16", "variant": "usb"}, b"123456789", "b4c8"),
        ({"kind": "crc-16", "variant": "xmodem"}, b"123456789", "31c3"),
        ({"kind": "crc-16", "variant": "xmodem", "order": "little"}, b"123456789", "c331"),
        ({"kind": "crc-32"}, b"123456789", "cbf43926"),
        ({"kind": "crc-32", "variant": "bzip2"}, b"123456789", "fc891918"),
        ({"kind": "crc-32", "variant": "cksum"}, b"123456789", "765e7680"),
        ({"kind": "crc-32", "variant": "iscsi"}, b"123456789", "e3069283"),
        ({"kind": "crc-32", "variant": "mpeg-2"}, b"123456789", "0376e6e7"),
        ({"kind": "lrc"}, b"W900\x03", "6d"),
        ({"kind": "lrc", "rule": "sum"}, bytes.fromhex("f7031389000a"), "60"),  # Modbus ASCII
    ],
)  # fmt: skip
def test_published_values(declared: dict[str, Any], data: bytes, code: str) -> None:
    assert sealed(**declared).over(data).hex() == code


def _double(block: bytes) -> bytes:
    number = int.from_bytes(block) << 1
    return ((number ^ (0x87 if number >> 128 else 0)) & (1 << 128) - 1).to_bytes(16)


def _cmac_by_the_book(key: bytes, data: bytes) -> bytes:
    """SP 800-38B, 6.2, over SM4 one block at a time: there is no published CMAC-SM4 value to be had."""

    def cipher(block: bytes) -> bytes:
        return Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(block)

    whole = bool(data) and len(data) % 16 == 0
    sub = _double(cipher(bytes(16)))
    sub = sub if whole else _double(sub)
    padded = data if whole else data + b"\x80" + bytes(-(len(data) + 1) % 16)
    value = bytes(16)
    for at in range(0, len(padded) - 16, 16):
        value = cipher(bytes(a ^ b for a, b in zip(value, padded[at : at + 16], strict=True)))
    return cipher(bytes(a ^ b ^ c for a, b, c in zip(value, padded[-16:], sub, strict=True)))


def test_the_cipher_under_the_book_is_gbt_32907() -> None:
    key = bytes.fromhex(HALVES)
    block = Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(key)
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"


@given(st.binary(max_size=70))
def test_cmac_sm4_is_made_by_the_book(data: bytes) -> None:
    code = _cmac_by_the_book(bytes.fromhex(HALVES), data)
    assert sealed(kind="cmac-sm4", key=HALVES).over(data) == code
    assert sealed(kind="cmac-sm4", key=HALVES, size=4).over(data) == code[:4]


@given(st.binary(max_size=70))
def test_zeros_fill_the_last_block_of_a_des_mac(data: bytes) -> None:
    for kind, key in (("x9.19", HALVES), ("x9.9", HALVES[:16])):
        made = sealed(kind=kind, key=key)
        filled = data + bytes(-len(data) % 8) or bytes(8)
        assert made.over(data) == made.over(filled)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(min_size=1, max_size=100), at=st.integers(0), bit=st.integers(0, 7))
def test_a_changed_bit_is_found(kind: str, data: bytes, at: int, bit: int) -> None:
    made = sealed(**KINDS[kind])
    code = made.over(data)
    assert len(code) == made.size
    assert made.holds(data, code)
    changed = bytearray(data)
    changed[at % len(data)] ^= 1 << bit
    assert not made.holds(bytes(changed), code)
    other = bytearray(code)
    other[at % len(code)] ^= 1 if KINDS[kind].get("form") == "hex" else 1 << bit
    assert not made.holds(data, bytes(other))
    assert not made.holds(data, code + b"0")


@pytest.mark.parametrize("kind", KINDS)
@given(code=st.binary(max_size=40))
def test_any_code_is_refused_or_right(kind: str, code: bytes) -> None:
    made = sealed(**KINDS[kind])
    read = bytes.upper if KINDS[kind].get("form") == "hex" else bytes
    assert made.holds(b"message", code) == (read(code) == read(made.over(b"message")))


def test_a_key_file_may_end_in_a_line_end() -> None:
    assert seal("11" * 32 + "\n").over(b"x") == seal().over(b"x")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("hmac-sm3", "c0ffee"),
        ("hmac-sm3", "not hex at all"),
        ("hmac-sm3", ""),
        ("hmac-sha256", "c0ffee"),
        ("cmac-aes", "c0ffee" * 5),
        ("cmac-sm4", "12" * 32),
        ("x9.19", "c0ffee12"),
        ("x9.19", "0123456789abcdef" * 2),
        ("x9.9", HALVES),
    ],
)
def test_a_key_that_cannot_be_is_not_shown(kind: str, key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        sealed(kind=kind, key=key)
    assert not key or key not in str(raised.value)


@pytest.mark.parametrize("kind", [kind for kind, declared in KINDS.items() if "key" in declared])
def test_the_key_is_not_in_the_repr(kind: str) -> None:
    made = _DECLARED.validate_python(KINDS[kind])
    assert "key" not in repr(made)


def test_the_model_of_a_kind_is_not_tied_to_conf() -> None:
    made = HmacSm3.model_validate({"kind": "hmac-sm3", "key": "11" * 32})
    assert load_seal(made).over(b"x") == seal().over(b"x")


@pytest.mark.parametrize(
    "declared",
    [
        {"kind": "crc-16"},
        {"kind": "crc-16", "variant": "smoke"},
        {"kind": "lrc", "key": "00"},
        {"kind": "x9.19", "key": HALVES, "size": 9},
        {"kind": "hmac-sm3", "key": "11" * 32, "size": 4},
        {"kind": "smoke"},
    ],
)
def test_declarations_are_checked(declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        sealed(**declared)


_KEYED = [name for name, declared in KINDS.items() if "key" in declared]


@pytest.mark.parametrize("name", _KEYED)
def test_while_keys_are_changed_over_both_are_taken_and_the_new_one_written(name: str) -> None:
    old = KINDS[name]
    new = old | {"key": old["key"][-2:] + old["key"][:-2]}
    between = sealed(**new, other_key=old["key"])
    assert between.over(b"message") == sealed(**new).over(b"message")
    for code in (sealed(**old).over(b"message"), sealed(**new).over(b"message")):
        assert between.holds(b"message", code)
        assert not between.holds(b"another", code)
    assert between.size == sealed(**old).size


@pytest.mark.parametrize("name", _KEYED)
def test_the_other_key_is_checked_like_the_key_and_never_shown(name: str) -> None:
    with pytest.raises(ValueError, match="other_key"):
        sealed(**KINDS[name], other_key="1234")
    shown = repr(_DECLARED.validate_python(KINDS[name] | {"other_key": KINDS[name]["key"]}))
    assert "other_key" not in shown

"""Every way of writing the family has, both ways; the generated code and the careful way say the same."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.errors import FaultKind, FormatError
from formats.iso8583.codec import Iso8583Codec, load_iso8583
from formats.testing import check_format
from tests.soak import examples

Load = Callable[[str], Iso8583Codec]

NETWORK = """
[message]
version = 1993
mti = "{mti}"
bitmap = "{bitmap}"
tertiary = true
elements = "{elements}"
lengths = "{lengths}"

[elements]
2 = "LLVAR n..19"
3 = "n 6"
4 = "n 12"
7 = {{ format = "n 10", time = "MMDDhhmmss" }}
11 = "n 6"
12 = {{ format = "n 12", time = "YYMMDDhhmmss" }}
22 = {{ format = "n 3", fill = "right" }}
28 = "x+n 8"
35 = {{ format = "LLVAR z..37" }}
37 = "an 12"
41 = "ans 8"
43 = {{ format = "LLVAR ans..99", content = "where" }}
48 = {{ format = "LLLVAR ..999", content = "more" }}
52 = "b 64"
55 = {{ format = "LLLVAR b..255", content = "chip" }}
60 = {{ format = "LLLVAR b..20", length = "binary" }}
100 = "LLVAR n..11"
130 = "an 4"
192 = {{ format = "LVAR ans..9" }}

[tags.more]
tag = 2
length = 3

[tags.more.fields]
"01" = ["text", 20]
"02" = {{ content = "inner" }}
"03" = "date"
"04" = ["number", 5]
"05" = {{ type = "digits", bytes = 4 }}
"06" = ["hex", 3]

[tags.inner]
tag = 1
length = 1
fields = {{ a = ["text", 3], b = {{ content = "pair" }} }}

[parts.pair]
fields = {{ left = {{ bytes = 2 }}, right = {{ bytes = 2 }} }}

[parts.where]
may_end = 1
fields = {{ country = {{ bytes = 3 }}, city = {{ bytes = 5 }}, rest = ["text", 10] }}

[ber.chip.fields]
"9F26" = {{ type = "hex", bytes = 8 }}
"95" = {{ type = "hex", bytes = 5 }}
"70" = {{ content = "record" }}

[ber.record]
fields = {{ "5A" = ["hex", 10], "5F20" = ["text", 26] }}

[messages]
"1100" = "2 3 4 7? 11 12? 22? 28? 35? 37? 41? 43? 48? 52? 55? 60? 100? 130? 192?"
"1110" = "3 11 37?"
"1101" = "=1100"
"""
WRITTEN = {
    "ASCII": {"mti": "ascii", "bitmap": "binary", "elements": "ascii", "lengths": "ascii"},
    "hex bitmaps": {"mti": "ascii", "bitmap": "hex", "elements": "ascii", "lengths": "ascii"},
    "EBCDIC": {"mti": "ebcdic", "bitmap": "hex-ebcdic", "elements": "ebcdic", "lengths": "ebcdic"},
    "BCD": {"mti": "bcd", "bitmap": "binary", "elements": "bcd", "lengths": "bcd"},
    "binary lengths": {"mti": "bcd", "bitmap": "binary", "elements": "ascii", "lengths": "binary"},
}
FEW = {"DE2": "6200000000000000037", "DE3": "000000", "DE4": "000000012345", "DE11": "000042"}
MANY = FEW | {
    "DE7": "0229235959", "DE12": "240229235959", "DE22": "051", "DE28": "D00000100",
    "DE35": "6200000000000000037=2512", "DE37": "REF", "DE41": "TERM 1", "DE43.country": "CHN",
    "DE43.city": "BJ", "DE43.rest": "a street", "DE48.01": "text", "DE48.02.a": "x", "DE48.02.b.left": "l",
    "DE48.02.b.right": "r", "DE48.03": "99999999", "DE48.04": 77, "DE48.05": "0001", "DE48.06": "00ff",
    "DE52": "0123456789abcdef", "DE55.9F26": "0102030405060708", "DE55.95": "0000000000",
    "DE55.70.5A": "62ff", "DE55.70.5F20": "LI/XIAOMING", "DE60": "deadbeef", "DE100": "12345",
    "DE130": "LAST", "DE192": "end",
}  # fmt: skip


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def made(text: str) -> Iso8583Codec:
        (tmp_path / "messages.toml").write_text(text, "utf-8")
        return load_iso8583(tmp_path / "messages.toml", "network", None)

    return made


@pytest.fixture(scope="module", params=list(WRITTEN))
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iso8583Codec:
    path = tmp_path_factory.mktemp("network") / "messages.toml"
    path.write_text(NETWORK.format(**WRITTEN[request.param]), "utf-8")
    return load_iso8583(path, "network", None)


def _track(fields: dict[str, Any], codec: Iso8583Codec) -> dict[str, Any]:
    """Packed track data has D where characters have an equals sign."""
    packed = codec.peek(codec.build("1100", FEW))[1]["MTI"] == b"\x11\x00" and "DE35" in fields
    try:
        codec.build("1100", FEW | {"DE35": "1=2"})
    except FormatError:
        return fields | {"DE35": fields["DE35"].replace("=", "D")} if packed else fields
    return fields


@pytest.mark.parametrize("fields", [FEW, MANY], ids=["few", "many"])
def test_both_ways(network: Iso8583Codec, fields: dict[str, Any]) -> None:
    fields = _track(fields, network)
    body = network.build("1100", fields)
    assert network.build_carefully("1100", fields) == body
    assert network.parse(body) == ("1100", {"MTI": "1100"} | fields)
    assert network.parse_carefully(body) == network.parse(body)
    assert network.parse(network.build("1101", fields))[0] == "1101"


def test_the_kit(network: Iso8583Codec) -> None:
    check_format(
        network, [network.build("1100", _track(MANY, network)), network.build("1110", {"DE3": "123456"})]
    )


def test_a_message_of_known_bytes(load: Load) -> None:
    """Written by hand from the standard: MTI 1100, a bitmap of 3, 11 and 55, EMV data."""
    codec = load(NETWORK.format(**WRITTEN["BCD"]))
    body = bytes.fromhex("1100 2020000000000200 012345 000042 0011 9f26080102030405060708".replace(" ", ""))
    assert codec.parse(body)[1] == {
        "MTI": "1100",
        "DE3": "012345",
        "DE11": "000042",
        "DE55.9F26": "0102030405060708",
    }


def test_ebcdic_of_known_bytes(load: Load) -> None:
    codec = load(NETWORK.format(**WRITTEN["EBCDIC"]))
    body = (
        "1110".encode("cp037")
        + "2020000008000000".encode("cp037")
        + "000000000042REF         ".encode("cp037")
    )
    assert codec.parse(body) == ("1110", {"MTI": "1110", "DE3": "000000", "DE11": "000042", "DE37": "REF"})


@pytest.mark.parametrize(("digits", "fill", "data"), [("051", "left", "0051"), ("051", "right", "051f")])
def test_an_odd_count_of_packed_digits(load: Load, digits: str, fill: str, data: str) -> None:
    text = NETWORK.format(**WRITTEN["BCD"]).replace('fill = "right"', f'fill = "{fill}"')
    codec = load(text)
    body = codec.build("1100", {"DE22": digits})
    assert body.endswith(bytes.fromhex(data))
    assert codec.parse(body)[1]["DE22"] == digits
    with pytest.raises(FormatError, match="bad filler"):
        codec.parse(body[:-2] + (b"\x10\x51" if fill == "left" else b"\x05\x10"))


def test_three_bitmaps_only_where_they_are_needed(load: Load) -> None:
    codec = load(NETWORK.format(**WRITTEN["ASCII"]))
    sizes = [
        len(codec.build("1100", {name: value}))
        for name, value in (("DE3", "000000"), ("DE100", "1"), ("DE130", "X"))
    ]
    assert sizes == [4 + 8 + 6, 4 + 16 + 3, 4 + 24 + 4]


def test_unknown_tags_are_kept(load: Load) -> None:
    codec = load(NETWORK.format(**WRITTEN["ASCII"]))
    fields = {"DE3": "000000", "unknown": [["DE48.99", "4142"], ["DE55.70.9A", "01"], ["DE55.9F10", "00"]]}
    body = codec.build("1100", fields)
    assert codec.parse(body) == ("1100", {"MTI": "1100"} | fields)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("9f2608010203", "ends early"),
        ("9f", "ends early"),
        ("1f81818101", "not a tag"),
        ("9580", "length not definite"),
        ("958300000500", "length over 2 bytes"),
        ("95050000000000950500000000ff", "given twice"),
        ("950100", "length not 5"),
        ("70035a8162", "ends early"),
    ],
)
def test_ber_that_does_not_fit(load: Load, data: str, rule: str) -> None:
    codec = load(NETWORK.format(**WRITTEN["ASCII"]))
    raw = bytes.fromhex(data)
    body = b"1100" + (1 << 64 - 55).to_bytes(8) + b"%03d" % len(raw) + raw
    with pytest.raises(FormatError) as raised:
        codec.parse(body)
    assert rule in [fault.rule for fault in raised.value.faults]


def test_a_long_ber_value_has_a_long_length(load: Load) -> None:
    text = NETWORK.format(**WRITTEN["ASCII"]).replace('"5F20" = ["text", 26]', '"5F20" = ["text", 200]')
    codec = load(text)
    fields = {"DE55.70.5F20": "x" * 150}
    body = codec.build("1100", fields)
    assert b"\x5f\x20\x81\x96" in body
    assert codec.parse(body)[1] == {"MTI": "1100"} | fields


def test_every_fault_is_named(load: Load) -> None:
    codec = load(NETWORK.format(**WRITTEN["ASCII"]))
    body = codec.build("1100", FEW | {"DE37": "REF", "DE48.04": 7})
    broken = body.replace(b"000000012345", b"00000001234X").replace(b"04001" + b"7", b"04001" + b"z")
    with pytest.raises(FormatError) as raised:
        codec.parse(broken)
    assert [fault.place.label for fault in raised.value.faults] == ["DE4", "DE48.04"]
    assert raised.value.fields["DE11"] == "000042"
    assert broken[raised.value.faults[1].place.offset :][:1] == b"z"


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"11", FaultKind.CONTENT, "MTI@0 ends early"),
        (b"11x0", FaultKind.CONTENT, "MTI@0 not digits"),
        (b"0100" + bytes(8), FaultKind.VERSION, "MTI@0 unknown version"),
        (b"1400" + bytes(8), FaultKind.TYPE, "MTI@0 unknown type"),
        (b"1110" + bytes(4), FaultKind.CONTENT, "bitmap@4 ends early"),
        (b"1110" + (1 << 60).to_bytes(8) + b"000000000042", FaultKind.CONTENT, "DE4@12 not in 1110"),
        (b"1110" + (1 << 58).to_bytes(8), FaultKind.CONTENT, "DE6@12 ends early"),
        (b"1110" + (1 << 61).to_bytes(8) + b"0000000", FaultKind.CONTENT, "message@18 bytes follow"),
        (b"1100" + (1 << 62).to_bytes(8) + b"20", FaultKind.CONTENT, "DE2@12 over 19"),
        (b"1100" + (1 << 62).to_bytes(8) + b"1x", FaultKind.CONTENT, "DE2@12 length not digits"),
    ],
)
def test_what_is_told_of_a_message_that_cannot_be_read(
    load: Load, body: bytes, kind: FaultKind, text: str
) -> None:
    with pytest.raises(FormatError) as raised:
        load(NETWORK.format(**WRITTEN["ASCII"])).parse(body)
    assert (raised.value.kind, raised.value.faults[0].text()) == (kind, text)


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"DE3": "12345"}, "DE3"),
        ({"DE3": "12345x"}, "DE3"),
        ({"DE2": "1" * 20}, "DE2"),
        ({"DE37": "ümlaut"}, "DE37"),
        ({"DE48.04": 123456}, "DE48.04"),
        ({"DE48": {}}, "DE48"),
        ({"DE9": "1"}, "DE9"),
        ({"DE52": "00"}, "DE52"),
        ({"DE7": "0230000000"}, "DE7"),
        ({"DE12": "230229000000"}, "DE12"),
        ({"unknown": [["DE9.1", "zz"]]}, "unknown"),
        ({"DE43.city": "too long"}, "DE43.city"),
        ({"DE35": "x"}, "DE35"),
        ({"DE28": "X00000001"}, "DE28"),
    ],
)
def test_what_cannot_be_written_is_named(load: Load, fields: dict[str, Any], label: str) -> None:
    with pytest.raises(FormatError) as raised:
        load(NETWORK.format(**WRITTEN["ASCII"])).build("1100", fields)
    assert [fault.place.label for fault in raised.value.faults] == [label]


def _same(codec: Iso8583Codec, body: bytes) -> None:
    def tried(parse: Callable[[bytes], Any]) -> Any:
        try:
            return parse(body)
        except FormatError as error:
            return error.kind, list(error.faults), error.fields

    assert tried(codec.parse) == tried(codec.parse_carefully)


@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), cuts=st.integers(0, 4))
def test_generated_and_careful_agree_on_damaged_bytes(network: Iso8583Codec, seed: int, cuts: int) -> None:
    rng = random.Random(seed)
    chosen = {name: value for name, value in _track(MANY, network).items() if rng.random() < 0.7}
    body = bytearray(network.build("1100", chosen))
    for _ in range(cuts):
        at = rng.randrange(len(body))
        match rng.randrange(4):
            case 0:
                body[at] = rng.randrange(256)
            case 1:
                body[at:at] = rng.randbytes(rng.randrange(1, 4))
            case 2:
                del body[at : at + rng.randrange(1, 4)]
            case _:
                body[at] ^= 1 << rng.randrange(8)
        if not body:
            break
    _same(network, bytes(body))


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=120))
def test_generated_and_careful_agree_on_any_bytes(network: Iso8583Codec, body: bytes) -> None:
    _same(network, body)
    _same(network, network.build("1110", {"DE3": "000000"})[:4] + body)


def test_card_messages_agree_in_any_order_of_tags(card: Any) -> None:
    codec, body = card.codec, card.body("card 4.")
    fields = codec.parse(body)[1]
    assert codec.parse_carefully(body)[1] == fields
    rng = random.Random(7)
    at = body.index(b"01001P")
    end = body.index(b"208CUSTOMER")
    cells, data = [], body[at:end]
    while data:
        size = 5 + int(data[2:5])
        cells.append(data[:size])
        data = data[size:]
    for _ in range(50):
        rng.shuffle(cells)
        mixed = body[:at] + b"".join(cells) + body[end:-8]
        sealed = mixed + codec._seal.over(mixed)
        assert codec.parse(sealed)[1] == fields
        _same(codec, sealed)


def test_the_generated_code_is_what_runs(card: Any) -> None:
    """A message as its sheet has it never needs the careful way."""
    for example in card.examples:
        type, fields = card.codec.parse(card.body(example.title))
        fast = card.codec._fast[type]
        assert fast.parse(card.body(example.title)) == fields
        assert card.body(example.title).startswith(fast.build(fields))

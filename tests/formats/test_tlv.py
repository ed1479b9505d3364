"""Messages of tags (ebank): order, twice, lengths, unknown ones, the seal."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.errors import FaultKind, FormatError, Place
from formats.seals import HmacSm3, load_seal
from formats.testing import check_any, refused
from tests.soak import examples

SEAL = load_seal(HmacSm3.model_validate({"kind": "hmac-sm3", "key": "11" * 32}))
HEAD = bytes.fromhex("0120000000020000400080000000000000 0200".replace(" ", ""))


def sealed(tlvs: bytes, head: bytes = HEAD) -> bytes:
    return head + tlvs + SEAL.over(head + tlvs)


def tlv(tag: int, value: bytes) -> bytes:
    return tag.to_bytes(2) + len(value).to_bytes(2) + value


def faults(codec: Any, body: bytes) -> list[str]:
    with pytest.raises(FormatError) as raised:
        codec.parse(body)
    return [f"{raised.value.kind.value} {fault.text()}" for fault in raised.value.faults]


def test_tags_stand_in_any_order(ebank: Any) -> None:
    seq, name = tlv(0x0102, (4).to_bytes(8)), tlv(0x0101, "李".encode())
    phone = tlv(0x8120, tlv(0x0122, b"139") + tlv(0x0121, b"\x01"))
    parsed = ebank.codec.parse(sealed(phone + name + seq + phone))[1]
    assert parsed["seq"] == 4
    assert parsed["name"] == "李"
    assert parsed["phones"] == [{"use": 1, "number": "139"}] * 2
    assert "email" not in parsed


@pytest.mark.parametrize(
    ("tlvs", "text"),
    [
        (tlv(0x0101, b"a") + tlv(0x0101, b"b"), "0101@28 given twice"),
        (tlv(0x0102, b"\x01"), "0102@23 length not 8"),
        (tlv(0x0104, bytes(3)), "0104@23 length not 4"),
        (tlv(0x0104, b"\x19\x90\x0a\x07"), "0104@23 not a digit"),
        (tlv(0x0003, bytes.fromhex("20260230000000")), "0003@23 impossible time"),
        (tlv(0x0103, b"12"), "0103@23 length not 1"),
        (tlv(0x0100, b"x" * 21), "0100@23 over 20 bytes"),
        (tlv(0x0101, b"\xff"), "0101@23 not utf-8"),
        (b"\x01\x01", "tlv@19 ends early"),
        (b"\x01\x01\x00\x05abc", "0101@23 ends early"),
        (tlv(0x8120, b"\x01\x22\x00\x09139"), "8120[1].0122@27 ends early"),
        (tlv(0x8120, tlv(0x0121, b"\x01") + b"\x01"), "8120[1].tlv@28 ends early"),
        (tlv(0x8110, b"") + tlv(0x8110, tlv(0x0112, b"\xff")), "8110[2].0112@31 not utf-8"),
        (tlv(0x8110, tlv(0x0113, bytes(4)) * 2), "8110[1].0113@35 given twice"),
    ],
)
def test_faults_of_tags(ebank: Any, tlvs: bytes, text: str) -> None:
    assert faults(ebank.codec, sealed(tlvs)) == [f"content {text}"]


def test_faults_of_the_head_come_in_their_order(ebank: Any) -> None:
    body = ebank.body("ebank 3.")
    broken = tlv(0x0102, b"")
    assert faults(ebank.codec, body[:-1] + b"\0") == [f"seal MAC@{len(body) - 32} wrong"]
    assert faults(ebank.codec, b"\x02" + body[1:]) == [f"seal MAC@{len(body) - 32} wrong"]
    assert faults(ebank.codec, sealed(broken, b"\x02\x55" + HEAD[2:18] + b"\x80")) == [
        "version version@0 unknown version"
    ]
    assert faults(ebank.codec, sealed(broken, b"\x01\x55" + HEAD[2:18] + b"\x80")) == [
        "type type@1 unknown type"
    ]
    assert faults(ebank.codec, sealed(broken, HEAD[:18] + b"\x80")) == ["type flags@18 unknown flags"]
    assert faults(ebank.codec, sealed(broken)) == ["content 0102@23 length not 8"]
    assert faults(ebank.codec, body[:40]) == ["content MAC@19 ends early"]
    assert faults(ebank.codec, body[:10]) == ["content id@2 ends early"]
    assert faults(ebank.codec, b"") == ["content version@0 ends early"]


def test_all_faults_of_tags_are_reported(ebank: Any) -> None:
    body = sealed(tlv(0x0102, b"") + tlv(0x0101, b"\xff") + tlv(0x0143, b"CHN"))
    assert faults(ebank.codec, body) == ["content 0102@23 length not 8", "content 0101@27 not utf-8"]
    with pytest.raises(FormatError) as raised:
        ebank.codec.parse(body)
    assert raised.value.fields["nationality"] == "CHN"
    assert raised.value.fields["id"] == "00000002000040008000000000000002"


def test_unknown_tags_are_kept_and_written_back(ebank: Any) -> None:
    body = sealed(
        tlv(0x0101, b"a") + tlv(0x8110, tlv(0x0111, b"\x01") + tlv(0x0199, b"z")) + tlv(0x8999, b"\x01") * 2
    )
    type, fields = ebank.codec.parse(body)
    assert fields["documents"] == [{"type": 1, "unknown": [["0199", "7a"]]}]
    assert fields["unknown"] == [["8999", "01"], ["8999", "01"]]
    assert ebank.codec.build(type, fields) == body


def test_blank_and_clear(ebank: Any) -> None:
    body = sealed(tlv(0x0101, b"") + tlv(0x0104, bytes(4)) + tlv(0x0142, b""))
    fields = ebank.codec.parse(body)[1]
    assert (fields["name"], fields["born"], fields["risk"]) == ("", "", "*")
    built = ebank.codec.build(
        "0x20", {"id": "00" * 16, "seq": "", "kind": None, "documents": None, "time": ""}
    )
    assert len(built) == 19 + 32


def test_places(ebank: Any) -> None:
    body = ebank.body("ebank 3.")
    for path, value in {
        ("seq",): (4).to_bytes(8),
        ("documents", 1, "number"): b"E00000017",
        ("addresses", 0, "postcode"): b"100010",
        ("id",): body[2:18],
    }.items():
        place = ebank.codec.place(body, path)
        assert body[place.offset : place.offset + place.size] == value
    assert ebank.codec.place(body, ("documents", 1, "number")).label == "8110[2].0112"
    assert ebank.codec.place(body, ("documents", 2, "number")) == Place("8110[3].0112", len(body), 0)
    group = ebank.codec.place(ebank.body("ebank 4."), ("documents", 1))
    missing = ebank.codec.place(ebank.body("ebank 4."), ("documents", 1, "expiry"))
    assert missing == Place("8110[2].0113", group.offset + group.size, 0)
    assert ebank.codec.place(ebank.body("ebank 4."), ("gender",)).label == "0105"
    assert ebank.codec.place(body, ("flags",)) == Place("flags", 18, 1)


def test_content_leaves_out_time_flags_and_seal(ebank: Any) -> None:
    without = ("time", "flags")
    name = tlv(0x0101, b"a")
    first = sealed(tlv(0x0003, bytes.fromhex("20260105093000")) + name)
    again = sealed(tlv(0x0003, bytes.fromhex("20260105093010")) + name, HEAD[:18] + b"\x01")
    assert ebank.codec.content(first, without) == ebank.codec.content(again, without)
    other = sealed(tlv(0x0003, bytes.fromhex("20260105093000")) + tlv(0x0101, b"b"))
    assert ebank.codec.content(first, without) != ebank.codec.content(other, without)
    broken = [sealed(tlv(0x0003, bytes([n] * 7)) + b"\x01") for n in (1, 2)]
    assert ebank.codec.content(broken[0], without) == ebank.codec.content(broken[1], without)
    for size in range(len(first)):
        assert len(ebank.codec.content(first[:size], without)) == size


def test_an_unknown_type_can_be_answered(ebank: Any) -> None:
    type, head = ebank.codec.peek(b"\x01\x55ab")
    assert (type, head["id"]) == ("0x55", b"ab".ljust(16, b"\0"))
    built = ebank.codec.build("0x56", {"id": head["id"], "code": "1002", "text": "type@1 unknown type"})
    assert built[:2] == b"\x01\x56"
    assert ebank.codec.content(built, ()) == built[:-32] + bytes(32)
    for wrong in ("0x100", "86", "0x5", "", "0xab"):
        with pytest.raises(FormatError, match="unknown type"):
            ebank.codec.build(wrong, {})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"no_such": 1}, "no_such@19 no such field"),
        ({"code": "0000"}, "code@19 no such field"),
        ({"kind": 256}, "0103@19 not a code of one byte"),
        ({"documents": [{"type": 1, "x": 2}]}, "8110[1].x@23 no such field"),
        ({"documents": [{"type": "1"}]}, "8110[1].0111@23 not a code of one byte"),
        ({"documents": [3]}, "8110[1]@19 not a group"),
        ({"documents": {}}, "8110@19 not a list"),
        ({"name": "x" * 70_000}, "0101@19 over 65536 bytes"),
        ({"name": "x" * 65_536}, "0101@19 over its length field"),
        ({"flags": 2}, "flags@18 unknown flags"),
        ({"id": "abc"}, "id@2 not hex"),
        ({"id": "abcd"}, "id@2 length not 16"),
        ({"unknown": [["1", "2"]]}, "unknown@19 not [tag, value] in hex"),
    ],
)
def test_what_cannot_be_written_is_named(ebank: Any, fields: dict[str, Any], text: str) -> None:
    with pytest.raises(FormatError) as raised:
        ebank.codec.build("0x20", fields)
    assert raised.value.kind is FaultKind.CONTENT
    assert [fault.text() for fault in raised.value.faults] == [text]


tags = st.sampled_from([0x0003, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x0113, 0x8110, 0x8120, 0x0177])
trees = st.recursive(
    st.tuples(tags, st.binary(max_size=9)),
    lambda inner: st.tuples(tags, st.lists(inner, max_size=3)),
    max_leaves=6,
)


def written(tree: Any) -> bytes:
    tag, value = tree
    return tlv(tag, value if isinstance(value, bytes) else b"".join(map(written, value)))


@settings(max_examples=examples(300))
@given(forest=st.lists(trees, max_size=4), tail=st.binary(max_size=3))
def test_any_sealed_tags_are_read_or_refused(ebank: Any, forest: list[Any], tail: bytes) -> None:
    check_any(ebank.codec, sealed(b"".join(map(written, forest)) + tail))


@settings(max_examples=examples(200))
@given(data=st.data())
def test_damage_behind_a_right_seal(ebank: Any, data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(ebank.bodies()))[:-32])
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    check_any(ebank.codec, bytes(body) + SEAL.over(bytes(body)))


@given(body=st.binary(max_size=120))
def test_any_bytes_are_refused_without_the_key(ebank: Any, body: bytes) -> None:
    assert refused(ebank.codec, body)


def test_fit(ebank: Any) -> None:
    assert ebank.codec.fit("0x30", ("number",), "中" * 9) == "中" * 6
    assert ebank.codec.fit("0x30", ("documents", "number"), "A・B") == "A·B"
    assert ebank.codec.fit("0x30", ("kind",), "x") == "x"
